"Bad days of the data folder, the model files, the results folder and the settings."
import csv, os, resource, shutil, subprocess, sys
from pathlib import Path
import pytest, torch
from mnist_sgd.app import climb as climbing
from mnist_sgd.base.cache import cache_path
from mnist_sgd.app.climb import climb, read_results
from mnist_sgd.app.settings import Settings
from mnist_sgd.data import mnist_sample, sample_faults, sample_path
from mnist_sgd.base.errors import DataError, ModelError, OutputError, TrainingError
from mnist_sgd.app.models import find_model, load_model, save_model
from mnist_sgd.optimizer import BasicOptim, Batches, fit
from mnist_sgd.pixels import sample_tensors
from mnist_sgd.small_cnn import small_cnn, train_one_cycle
from PIL import Image

# ---- the data folder

def add_class(path): (path/'train/8').mkdir(); shutil.copy(next((path/'train/3').iterdir()), path/'train/8/1.png')
def cut_image(path): file = path/'train/7/15.png'; file.write_bytes(file.read_bytes()[:-20])
def edit_labels(path):
    file = path/'labels.csv'
    file.write_text(file.read_text().replace('train/3/7.png,0', 'train/3/7.png,1'))

DAMAGE = {'train/3/7.png is missing': lambda path: (path/'train/3/7.png').unlink(),
          'train/7/15.png is not a whole': cut_image,
          'valid/3/18.png is not a whole': lambda path: Image.new('L', (27,28)).save(path/'valid/3/18.png'),
          'train/8/1.png does not belong here': add_class, "labels.csv has the row 'train/3/7.png,1'": edit_labels}

@pytest.mark.parametrize('said', DAMAGE)
def test_a_damaged_sample_is_kept_aside_and_made_anew(said, home, empty):
    shutil.copytree(Path(home)/'data/mnist_sample', path := sample_path())
    DAMAGE[said](path)
    before = {p.relative_to(path): p.read_bytes() for p in path.rglob('*') if p.is_file()}
    with pytest.warns(UserWarning, match=said.replace('.', r'\.')): assert mnist_sample()==path
    assert not sample_faults(path)
    aside = Path(f'{path}.incomplete-1')
    assert {p.relative_to(aside): p.read_bytes() for p in aside.rglob('*') if p.is_file()}==before

def test_eight_processes_on_an_empty_cache(empty, tmp_path):
    def start(k):
        command = [sys.executable, '-m', 'mnist_sgd', 'train', '--stages', 'baseline', '--out', str(tmp_path/f'{k}')]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
    for process in [start(k) for k in range(8)]:
        errors = process.communicate(timeout=300)[1]
        assert process.returncode==0 and 'Traceback' not in errors, errors
    assert {read_results(tmp_path/f'{k}')['rungs'][0]['right'] for k in range(8)}=={1939}
    assert not sample_faults(sample_path(), verify=True)
    names = sorted(p.name for p in sample_path().parent.iterdir() if not p.name.startswith('.'))
    assert names==['mnist_sample','mnist_sample.safetensors']

def places(tmp_path): # where nothing can be written, whoever asks
    (tmp_path/'file').write_text('mine')
    (tmp_path/'loop').symlink_to(tmp_path/'loop')
    return [tmp_path/'file', tmp_path/'loop', Path('/proc/mnist'), tmp_path/('x'*300)]

def test_a_data_folder_that_cannot_be(call, tmp_path, monkeypatch):
    for place in places(tmp_path):
        monkeypatch.setenv('FASTAI_HOME', str(place))
        done = call('train', '--stages', 'baseline', '--out', tmp_path/'out')
        assert done.returncode==2 and str(place)[:200] in done.stderr, done.stderr
        assert not (tmp_path/'out/results.json').exists()
    assert (tmp_path/'file').read_text()=='mine'

def limited(size): # the system refuses to write more to a file
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size,size))

def test_no_room_for_the_sample(run, empty, tmp_path):
    too_little = limited(100_000) # less than labels.csv
    done = run('train', '--stages', 'baseline', '--out', tmp_path/'out', preexec_fn=too_little)
    assert done.returncode==2 and 'free some space' in done.stderr and not sample_path().exists()
    assert run('train', '--stages', 'baseline', '--out', tmp_path/'out').returncode==0

def test_no_room_for_the_cache_is_no_more_than_slow(run, empty, tmp_path):
    done = run('train', '--stages', 'baseline', '--out', tmp_path/'out', preexec_fn=limited(2_000_000))
    assert done.returncode==0 and 'cannot keep the digits' in done.stderr and not cache_path().exists()

def test_no_home(run, tmp_path, monkeypatch):
    env = {key: value for key,value in os.environ.items() if key not in ('HOME','FASTAI_HOME')}
    done = subprocess.run([sys.executable, '-m', 'mnist_sgd', 'data'], capture_output=True, text=True, env=env)
    assert done.returncode in (0,1) and done.stderr=='' # the user's entry in the system's list has a home, too
    def nobody(self): raise RuntimeError('Could not determine home directory.')
    monkeypatch.setattr(Path, 'expanduser', nobody)
    with pytest.raises(DataError, match='set FASTAI_HOME to a folder'): sample_path()

def test_surroundings_of_others(run, tmp_path):
    "A home that is none, no folder for scratch, every warning an error: nobody hears of it."
    (tmp_path/'file').touch()
    env = dict(HOME=str(tmp_path/'file'), TMPDIR=str(tmp_path/'nowhere'), PYTHONWARNINGS='error', LC_ALL='C')
    done = run('train', '--stages', 'baseline,learner', '--epochs', '1', '--out', tmp_path/'out', env=env)
    assert done.returncode==0 and [line.split(':')[0] for line in done.stderr.splitlines()]==['baseline','learner']
    done = run('predict', sample_path()/'valid/3/18.png', env=env)
    assert (done.returncode, done.stderr)==(0, '')

def test_a_current_folder_that_is_gone(run, tmp_path):
    (tmp_path/'gone').mkdir()
    done = run('predict', 'a.png', cwd=tmp_path/'gone', preexec_fn=lambda: os.rmdir(tmp_path/'gone'))
    assert (done.returncode, done.stderr)==(2, 'mnist_sgd: the current folder is gone: change to another one\n')

def test_output_that_goes_nowhere(home):
    for to,said in (('>/dev/full', 'mnist_sgd: cannot go on (No space left on device): free'), ('>&-', '')):
        done = subprocess.run(f'{sys.executable} -m mnist_sgd data {to}', shell=True, capture_output=True, text=True)
        assert done.stderr.startswith(said) and len(done.stderr.splitlines())==bool(said), done.stderr
        assert done.returncode==(2 if said else 0)

@pytest.mark.parametrize('written', [b'\xef\xbb\xbf[DEFAULT]\ndata = d\xc3\xa9%', b'data = d\xe9%',
                                     'data = dé%'.encode('utf-16')])
def test_a_config_of_any_editor(written, empty):
    empty.mkdir()
    (empty/'config.ini').write_bytes(written)
    assert sample_path()==empty/'dé%/mnist_sample'

# ---- results and models

def test_a_results_folder_that_cannot_be(call, tmp_path):
    for place in places(tmp_path):
        for option in ('--out', '--resume', '--like'):
            stages = ['--stages', 'baseline'] if option=='--out' else []
            done = call('train', *stages, option, place)
            assert done.returncode==2 and len(done.stderr.splitlines())==1, done.stderr
            assert str(place)[:200] in done.stderr, done.stderr
    assert (tmp_path/'file').read_text()=='mine'

@pytest.mark.parametrize('name', ['数字', 'три σ', 'a\nb', '-dash'])
def test_a_results_folder_of_any_name(name, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call('train', '--stages', 'baseline', f'--out={name}')
    assert done.returncode==0
    assert {p.name for p in (tmp_path/name).iterdir()}=={'baseline.safetensors','results.json','ladder.png'}

def test_no_room_for_a_rung(run, tmp_path):
    "What was finished before stays, and the climb goes on when there is room."
    too_little = limited(50_000) # hidden needs 95 kB
    done = run('train', '--stages', 'baseline,hidden', '--epochs', '1', '--out', tmp_path/'out', preexec_fn=too_little)
    assert done.returncode==2 and "hidden.safetensors' (File too large): free some space" in done.stderr, done.stderr
    assert [p.name for p in sorted((tmp_path/'out').iterdir())]==['baseline.safetensors','results.json']
    assert run('train', '--resume', tmp_path/'out').returncode==0
    assert [rung['name'] for rung in read_results(tmp_path/'out')['rungs']]==['baseline','hidden']

SPOILT = [lambda text: text[:len(text)//2], lambda text: '', lambda text: text.replace('"seed": 0', '"seed": "x"'),
          lambda text: '[1]', lambda text: text.replace('baseline', 'vit')]

@pytest.mark.parametrize('spoil', SPOILT)
def test_a_spoilt_record_is_refused(spoil, call, tmp_path):
    climb(Settings(('baseline',)), tmp_path)
    (tmp_path/'results.json').write_text(spoil((tmp_path/'results.json').read_text()))
    for option in ('--resume', '--like'):
        done = call('train', option, tmp_path)
        assert done.returncode==2 and 'holds no climb' in done.stderr

def test_a_model_file_cut_anywhere(tmp_path):
    whole,file = find_model('learner').read_bytes(),tmp_path/'cut.safetensors'
    for length in range(0, len(whole), 10):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelError, match='cut.safetensors'): load_model(file)

def test_a_model_file_with_a_changed_header(tmp_path):
    whole,file = find_model('learner').read_bytes(),tmp_path/'changed.safetensors'
    header = int.from_bytes(whole[:8], 'little')+8
    for place in range(0, header, 3):
        for value in (0, 255, whole[place]^1):
            file.write_bytes(whole[:place]+bytes([value])+whole[place+1:])
            try: model = load_model(file)
            except ModelError as e: assert 'changed.safetensors' in str(e) and '\n' not in str(e)
            else: assert torch.isfinite(model(torch.zeros(1,784))).all() # such as another digit of the accuracy

def test_models_that_are_none(call, tmp_path):
    for place in [*places(tmp_path), tmp_path, tmp_path/'nowhere']:
        done = call('predict', 'x.png', '--model', place)
        assert done.returncode==2 and len(done.stderr.splitlines())==1, done.stderr
    torch.save(dict(a=1), tmp_path/'export.pkl')
    assert 'is a pickle, which can run any code' in call('predict', 'x.png', '--model', tmp_path/'export.pkl').stderr

def test_saving_where_it_cannot_be(tmp_path):
    for place in places(tmp_path)[2:]:
        with pytest.raises(OutputError, match='cannot write'):
            save_model(load_model(find_model('cnn')), place/'m.safetensors', 'cnn', 1.)

def test_every_rung_predicts(call, tmp_path, home, monkeypatch):
    file = min((Path(home)/'data/mnist_sample/valid/3').iterdir())
    for name in ('baseline','linear','learner','hidden','cnn',find_model('cnn')):
        done = call('predict', file, '--model', name, '--threshold', '0.5', '--format', 'csv')
        assert next(csv.DictReader(done.stdout.splitlines()))['answer']=='3', name
    monkeypatch.chdir(tmp_path)
    done = call('predict', file, '--model', 'resnet')
    assert done.returncode==2 and 'train one with mnist_sgd train --stages resnet' in done.stderr

# ---- settings and numbers

@pytest.fixture
def few(home): return [t[:100] for t in sample_tensors()[:2]]

@pytest.mark.parametrize('lr', [0, -1, float('inf'), float('nan')])
def test_rates_that_cannot_be(lr, few):
    with pytest.raises(TrainingError, match=f'{lr}'): BasicOptim([torch.ones(1)], lr)
    with pytest.raises(TrainingError, match=f'lr={lr}'): train_one_cycle(small_cnn(), Batches(*few, 64), 1, lr)

@pytest.mark.parametrize('epochs', [0, -3])
def test_no_epochs(epochs, few):
    with pytest.raises(TrainingError, match=f'got {epochs}'): fit(epochs, None, Batches(*few, 64), [], None, None, None)
    with pytest.raises(TrainingError, match=f'epochs={epochs}'): train_one_cycle(small_cnn(), Batches(*few, 64), epochs)

def test_batches_of_every_size(few):
    for bs in (0, -1):
        with pytest.raises(TrainingError, match=f'batch size must be at least 1, got {bs}'): Batches(*few, bs)
    assert [len(xb) for xb,_ in Batches(*few, 10**9)]==[100]
    with pytest.raises(TrainingError, match='needs at least one image'): Batches(few[0][:0], few[1][:0], 4)

@pytest.mark.parametrize('stage', ['linear','learner','hidden','cnn'])
def test_a_loss_that_is_no_number_stops_the_climb(stage, home, tmp_path, monkeypatch):
    x,y,*valid = sample_tensors()
    x = x.clone()
    x[5000,300] = float('nan')
    monkeypatch.setattr(climbing, 'sample_tensors', lambda: (x,y,*valid))
    with pytest.raises(TrainingError, match=r'the loss is nan at step \d+: try a lower learning rate'):
        climb(Settings((stage,), epochs=1), tmp_path)
    assert not list(tmp_path.iterdir())
