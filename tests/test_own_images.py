"Folders of images as people have them: what is promised holds, and nothing is passed over in silence."
import csv, json, os, shutil, subprocess, sys, tarfile
from pathlib import Path
import pytest, torch
from mnist_sgd.app.climb import climb, read_results
from mnist_sgd.app.models import load_model, model_about
from mnist_sgd.app.settings import Settings
from mnist_sgd.data import mnist
from PIL import Image, ImageOps

IMAGES,LABELS = mnist('train')

def as_is(img): return img
def dark(img): return ImageOps.invert(img)
def clear(img): return Image.merge('LA', [Image.new('L', img.size), img]) # black ink on clear paper
def large(img): return ImageOps.expand(dark(img).resize((90,90)), 20, 'white').convert('RGB')

@pytest.fixture
def folder(tmp_path):
    "Makes FOLDER/train and FOLDER/valid with digits under other names"
    def make(names, kind=as_is, train=40, valid=15, form='png'):
        for part,n,start in (('train',train,0), ('valid',valid,1000)):
            for name,digit in names.items():
                (place := tmp_path/'own'/part/name).mkdir(parents=True)
                for i,pixels in enumerate(IMAGES[LABELS==digit][start:start+n].numpy()):
                    kind(Image.fromarray(pixels)).save(place/f'{i}.{form}')
        return tmp_path/'own'
    return make

@pytest.mark.parametrize('kind,form', [(as_is,'png'), (dark,'png'), (dark,'jpg'), (clear,'png'), (large,'webp')])
def test_what_a_climb_promises_is_what_predict_says(kind, form, folder, call, tmp_path):
    own,out = folder({'3':3, '7':7}, kind, form=form),tmp_path/'out'
    done = call('train', '--data', own, '--stages', 'learner,cnn', '--out', out)
    assert done.returncode==0 and 'few images to learn from: 40 of 3' in done.stderr, done.stderr
    for rung in read_results(out)['rungs']:
        assert rung['accuracy']>.8, rung
        model = out/f"{rung['name']}.safetensors"
        said = call('predict', own/'valid', '--model', model, '--threshold', .5, '--format', 'csv')
        rows = [(Path(row['file']), row['answer']) for row in csv.DictReader(said.stdout.splitlines())]
        wrong = [f'{file.parent.name}/{file.name}' for file,answer in rows if answer!=file.parent.name]
        assert len(rows)==rung['n'] and sorted(wrong)==sorted(rung['mistakes'])

def test_classes_of_any_names(folder, call, tmp_path):
    names = {'seven, 7':7, 'drei':3, os.fsdecode(b'z\xe9ro'):0}
    own,out = folder(names, dark),tmp_path/'out'
    done = call('train', '--data', own, '--stages', 'baseline,linear,cnn', '--epochs', 20, '--out', out)
    assert done.returncode==0 and r'z\udce9ro: 40' in done.stderr, done.stderr
    classes = tuple(sorted(names))
    for rung in read_results(out)['rungs']:
        file = out/f"{rung['name']}.safetensors"
        assert model_about(file)['classes']==classes and rung['accuracy']>.7
        assert load_model(file)(torch.zeros(2,784)).shape==(2,3)
    assert call('train', '--resume', out/'results.json').returncode==0

def test_two_classes_that_are_not_3_and_7(folder, call, tmp_path):
    done = call('train', '--data', folder(dict(cat=3, dog=7)), '--stages', 'linear', '--out', tmp_path/'out')
    assert done.returncode==0 and model_about(tmp_path/'out/linear.safetensors')['classes']==('cat','dog')
    refused = call('train', '--data', tmp_path/'own', '--stages', 'learner')
    assert "'learner' is not a stage of the ladder for all" in refused.stderr

def test_one_class_alone(folder, call, tmp_path):
    own = folder({'3':3})
    done = call('train', '--data', own, '--out', tmp_path/'out')
    assert done.returncode==2 and f"'{own}/train' holds only the class 3: there are no 7s" in done.stderr
    assert not (tmp_path/'out').exists()
    shutil.copytree(own/'train/3', own/'train/7')
    done = call('train', '--data', own, '--stages', 'learner', '--epochs', 1, '--out', tmp_path/'out')
    assert 'valid has no images of 7' in done.stderr
    assert 'no better than to say the same of each (1.0000)' in done.stderr

def test_what_is_left_out_is_told(folder, call, tmp_path):
    own = folder({'3':3, '7':7})
    strays = 'train/Thumbs.db', 'train/.DS_Store', 'train/3/notes.txt', 'valid/labels.csv'
    for name in strays: (own/name).write_text('x')
    (own/'train/8').mkdir()
    (own/'train/3/x.png').mkdir()
    shutil.copytree(own/'valid/3', own/'train/9') # learnt, and never asked about
    done = call('train', '--data', own, '--stages', 'linear', '--epochs', 1, '--out', tmp_path/'out')
    assert done.returncode==0, done.stderr
    for part in (f'left out in {own}/train: 4 that are', 'such as .DS_Store', f'left out in {own}/valid: 1 that are',
                 f'no images in {own}/train/8', f'{own}/valid has no images of 9'):
        assert part in done.stderr, done.stderr

def test_classes_that_were_not_learnt(folder, call, tmp_path):
    own = folder({'3':3, '7':7})
    shutil.copytree(own/'valid/3', own/'valid/8')
    done = call('train', '--data', own, '--out', tmp_path/'out')
    assert done.returncode==2 and f"'{own}/valid/8' is a class beside 3, 7" in done.stderr
    assert not (tmp_path/'out').exists()

@pytest.mark.parametrize('data', [b'', b'%PDF-1.4', None])
def test_a_damaged_file_is_named_with_its_part_before_training(data, folder, call, tmp_path):
    own = folder({'3':3, '7':7})
    file = own/'train/7/5.png'
    file.write_bytes(file.read_bytes()[:60] if data is None else data)
    for stages in ('linear', 'cnn'):
        done = call('train', '--data', own, '--stages', stages, '--out', tmp_path/'out')
        assert done.returncode==2 and f"'{file}': cannot be read" in done.stderr, done.stderr
        assert not (tmp_path/'out').exists()

def test_names_that_look_like_patterns(folder, call, tmp_path):
    own = folder({'3':3, '7':7})
    for file in list(own.rglob('1?.png')): file.rename(file.with_name(f'#{file.stem}?{{0..1}}.png'))
    for file in list(own.rglob('2.png')): file.rename(file.with_name(os.fsdecode(b'\xe4.png')))
    packed = tmp_path/'{0..1} #?'
    for part in ('train','valid'):
        (packed/part).mkdir(parents=True)
        with tarfile.open(packed/part/'{0..1}#.tar', 'w') as tar: tar.add(own/part, '.')
    counts = []
    for place in (own, packed):
        out = tmp_path/f'out{len(counts)}'
        done = call('train', '--data', place, '--stages', 'linear', '--epochs', 3, '--out', out)
        assert done.returncode==0, done.stderr
        counts.append({part: about['n'] for part,about in read_results(out)['images'].items()})
    assert counts==[dict(train=80, valid=30)]*2

def test_a_damaged_image_in_a_shard_is_named(folder, call, tmp_path):
    own = folder({'3':3, '7':7})
    (own/'train/7/5.png').write_bytes(b'x')
    for part in ('train','valid'):
        with tarfile.open(own/f'{part}/0.tar', 'w') as tar: tar.add(own/part/'3', '3'), tar.add(own/part/'7', '7')
    done = call('train', '--data', own, '--stages', 'linear', '--out', tmp_path/'out')
    assert done.returncode==2 and f"'{own}/train/0.tar/7/5.png': cannot be read" in done.stderr, done.stderr
    assert f'left out in {own}/train: 80 that are' in done.stderr # the folders beside the shard

def test_images_that_changed_are_not_mixed(folder, call, tmp_path):
    own,out = folder({'3':3, '7':7}),tmp_path/'out'
    out.mkdir()
    climb(Settings(('linear',), data=str(own), epochs=1), out)
    kept = (out/'results.json').read_text()
    record = json.loads(kept)
    (out/'results.json').write_text(json.dumps(record|dict(stages=['linear','hidden'])))
    pixels = (own/'valid/3/1.png').read_bytes()
    for other,said in (((own/'valid/3/2.png').read_bytes(), '30 then, 30 now'), (None, '30 then, 29 now')):
        (own/'valid/3/1.png').unlink() if other is None else (own/'valid/3/1.png').write_bytes(other)
        done = call('train', '--resume', out)
        assert done.returncode==2 and f"'{own}/valid' holds other images" in done.stderr and said in done.stderr
    (own/'valid/3/1.png').write_bytes(pixels)
    assert call('train', '--resume', out).returncode==0
    assert [rung['n'] for rung in read_results(out)['rungs']]==[30,30]

def test_a_clone_that_was_not_installed(tmp_path, home):
    "Without the metadata of an installation the package still knows its version."
    code = """
import importlib.metadata as metadata, sys
known = metadata.version
def version(name):
    if name=='mnist_sgd': raise metadata.PackageNotFoundError(name)
    return known(name)
metadata.version = version
from mnist_sgd.app.cli import main
main(['train', '--stages', 'baseline', '--out', sys.argv[1]])"""
    done = subprocess.run([sys.executable, '-c', code, str(tmp_path/'out')], capture_output=True, text=True)
    assert done.returncode==0, done.stderr
    assert read_results(tmp_path/'out')['versions']['mnist_sgd']

def test_two_climbs_in_the_same_second(home, tmp_path):
    "Each keeps its own folder."
    code = """
import mnist_sgd.app.cli as cli
cli.time = type('clock', (), dict(strftime=lambda form: 'now'))
cli.main(['train', '--stages', 'baseline'])"""
    pipes = dict(cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    both = [subprocess.Popen([sys.executable, '-c', code], **pipes) for _ in range(2)]
    for process in both:
        errors = process.communicate(timeout=300)[1]
        assert process.returncode==0, errors
    assert sorted(p.name for p in (tmp_path/'mnist_sgd_runs').iterdir())==['now','now-2']
    for name in ('now','now-2'): assert read_results(tmp_path/'mnist_sgd_runs'/name)['rungs'][0]['right']==1939
