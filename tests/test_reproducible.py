"The same seed gives the same model."
import shutil
from pathlib import Path
import mnist_sgd, torch
import mnist_sgd.app.climb as climbing
from mnist_sgd.base.clock import machine_name
from mnist_sgd.app.climb import read_results
from mnist_sgd.app.models import digest, find_model, load_model, model_about
from mnist_sgd.app.settings import Settings
from mnist_sgd.pixels import sample_tensors
from mnist_sgd.predict import TEMPERATURES, classify
from mnist_sgd.ten_digits import digit_rows

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

def test_any_digit_in_the_package_is_that_of_its_record():
    "And as small as promised. `mnist_sgd train --like mnist_sgd/models/any_digit.json` makes it again, wholly."
    like,file = read_results(SHIPPED/'any_digit.json'),find_model('any_digit')
    rung = like['rungs'][0]
    assert [rung['name'], like['digits'], like['double'], like['threads']]==['any_digit','all',True,1]
    assert rung['digest']==digest(load_model(file).state_dict()), 'the record is that of another model'
    assert model_about(file)['classes']==(*'0123456789', 'none') and rung['n']==10_000
    x,y = digit_rows('test')
    with torch.no_grad(): right = (load_model(file)(x).argmax(1)==y).sum().item()
    assert abs(right-rung['right'])<=2 and right>9650 # it was judged with 64 bits
    assert sum(f.stat().st_size for f in SHIPPED.iterdir())<600_000

def test_a_small_any_digit_comes_out_the_same(tmp_path, monkeypatch):
    "The whole one takes minutes: here 1,500 digits, two epochs."
    few = {split: tuple(t[:n] for t in digit_rows(split)) for split,n in (('train',1500), ('test',500))}
    monkeypatch.setattr(climbing, 'digit_rows', few.get)
    made = {}
    for name,seed,threads in (('one',0,1), ('again',0,2), ('other',1,1)):
        (tmp_path/name).mkdir()
        settings = Settings(('any_digit',), seed, 2, threads=threads, double=True, digits='all')
        made[name] = climbing.climb(settings, tmp_path/name)['rungs'][0]
    assert made['one']['digest']==made['again']['digest']!=made['other']['digest']
    assert made['one']['accuracy']>.6, made['one']['accuracy']
    images,_ = few['test']
    shipped,small = (load_model(file) for file in (find_model('any_digit'), tmp_path/'one/any_digit.safetensors'))
    agree = (shipped(images).argmax(1)==small(images).argmax(1)).float().mean()
    assert agree>.6, agree # the same recipe, with less of everything
