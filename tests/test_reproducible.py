"The same seed gives the same model."
import shutil
from pathlib import Path
import mnist_sgd, torch
from mnist_sgd.base.clock import machine_name
from mnist_sgd.app.climb import read_results
from mnist_sgd.app.models import digest, find_model, load_model
from mnist_sgd.pixels import sample_tensors
from mnist_sgd.predict import TEMPERATURES, classify

SHIPPED = Path(mnist_sgd.__file__).parent/'models'

def test_resnet_and_cnn_come_out_the_same(run, tmp_path):
    first = run('train', '--stages', 'resnet,cnn', '--seed', '3', '--threads', '1', '--out', tmp_path/'one')
    assert first.returncode==0, first.stderr
    again = run('train', '--like', tmp_path/'one/results.json', '--out', tmp_path/'two')
    assert again.stdout.splitlines()[-2:]==[f'{name}: the same weights, bit for bit' for name in ('resnet','cnn')]
    other = run('train', '--stages', 'cnn', '--seed', '4', '--threads', '1', '--out', tmp_path/'three')
    three,one = read_results(tmp_path/'three')['rungs'][0],read_results(tmp_path/'one')['rungs'][1]
    assert three['digest']!=one['digest'], other
    shutil.copytree(tmp_path/'one', tmp_path/'mnist_sgd_runs/20260101-000000')
    asked = run('predict', tmp_path/'one/ladder.png', '--model', 'resnet', cwd=tmp_path)
    assert asked.returncode==0, asked.stderr

def test_the_models_in_the_package_can_be_made_again(run, tmp_path):
    """Equal bits on the machine they were made on; anywhere, scores within 1e-3, and decisions that are not within 0.01
    of the threshold."""
    like = read_results(SHIPPED)
    done = run('train', '--like', SHIPPED/'results.json', '--out', tmp_path/'again')
    assert done.returncode==0, done.stderr
    again,valid_x = read_results(tmp_path/'again'),sample_tensors()[2]
    same = (like['machine'], like['versions'])==(machine_name(), again['versions'])
    for then,now in zip(like['rungs'], again['rungs'], strict=True):
        assert not same or then['digest']==now['digest'], then['name']
        shipped = load_model(find_model(then['name']))
        assert then['digest']==digest(shipped.state_dict()), 'the record is that of another model'
    files = find_model('cnn'),tmp_path/'again/cnn.safetensors'
    old,new = (classify(valid_x, load_model(file), TEMPERATURES['cnn']) for file in files)
    torch.testing.assert_close(new, old, rtol=0, atol=1e-3)
    clear = ((old-.7).abs()>.01)&((old-.3).abs()>.01)
    assert torch.equal((old>.7)[clear], (new>.7)[clear]) and torch.equal((old<.3)[clear], (new<.3)[clear])
    assert (SHIPPED/'cnn.safetensors').stat().st_size<200_000
