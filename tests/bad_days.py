"""What goes wrong, often: python tests/bad_days.py, for the figures in CONTRIBUTING.md (about half an hour).

kills   a process that unpacks, trains or saves is killed at random moments; what lies on the disk must be whole, and
        the work must go on
fuzz    thousands of pictures, damaged and whole, through `prepare` and through the command; each is an answer or one
        line that names it
files   100,000 files in one run of the command; its memory must be that of 1,000 files

Every function here raises AssertionError where something is lost. tests/test_bad_days.py runs the same with smaller
numbers."""
import argparse, collections, contextlib, io, json, logging, os, random, signal, subprocess, sys
import tempfile, time, warnings
from pathlib import Path

import numpy as np, torch
from PIL import Image, features
from mnist_sgd.base.clock import machine_name
from mnist_sgd.app.climb import climb, read_results
from mnist_sgd.app.settings import Settings
from mnist_sgd.data import mnist_sample, sample_faults, sample_path
from mnist_sgd.base.errors import ImageError
from mnist_sgd.app.models import digest, find_model, load_model, save_model
from mnist_sgd.app.pictures import open_picture
from mnist_sgd.predict import prepare

# ---- kills

def killed(work, seconds)->bool: # Was it killed before it was done?
    "Run `work` in a child process and kill that after `seconds`."
    child = os.fork()
    if not child:
        with (contextlib.suppress(BaseException), open(os.devnull, 'w') as null, contextlib.redirect_stderr(null),
              warnings.catch_warnings()):
            warnings.simplefilter('ignore')
            work()
            os._exit(0)
        os._exit(1)
    end = time.monotonic()+seconds
    while time.monotonic()<end:
        if (done := os.waitpid(child, os.WNOHANG))[0]:
            assert done[1]==0, 'the work failed by itself'
            return False
        time.sleep(.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True

def kill_unpacking(n, rng)->int: # How many of `n` were killed before the sample was whole
    "The image folder is whole or not there, and unpacks at the next try."
    hits = 0
    with tempfile.TemporaryDirectory() as home, _environment(FASTAI_HOME=home):
        for _ in range(n):
            hits += killed(mnist_sample, rng.uniform(0, 5))
            assert not sample_path().exists() or not sample_faults(sample_path()), 'half a sample under its name'
            if sample_path().exists(): sample_path().rename(f'{home}/whole-{rng.random()}')
        assert not sample_faults(mnist_sample(), verify=True)
    return hits

def kill_training(n, rng)->int: # How many of `n` were killed before the climb was done
    "Every file of a climb is whole, and the climb goes on to the same end."
    settings,hits = Settings(('baseline','learner','hidden'), epochs=3),0
    with tempfile.TemporaryDirectory() as folder:
        whole = climb(settings, _new(f'{folder}/whole'))
        for k in range(n):
            out = _new(f'{folder}/{k}')
            hits += killed(lambda: climb(settings, out), rng.uniform(0, 2.5))
            for file in out.glob('*.safetensors'): load_model(file)
            results = read_results(out) if (out/'results.json').exists() else None
            for rung in results['rungs'] if results else ():
                model = load_model(out/f"{rung['name']}.safetensors")
                assert digest(model.state_dict())==rung['digest']
            results = climb(settings, out, record=results)
            assert [r['digest'] for r in results['rungs']]==[r['digest'] for r in whole['rungs']], 'another end'
    return hits

def kill_saving(n, rng)->int: # How many of `n` were killed while they saved
    "A model file is the old one or the new one."
    hits = 0
    models = [load_model(find_model(name)) for name in ('hidden',)*2]
    for p in models[1].parameters(): p.data.neg_()
    known = {digest(model.state_dict()) for model in models}
    with tempfile.TemporaryDirectory() as folder:
        file = save_model(models[0], Path(folder)/'model.safetensors', 'hidden', 1.)
        def saving():
            for k in range(10**6): save_model(models[k%2], file, 'hidden', 1.)
        for _ in range(n):
            hits += killed(saving, rng.uniform(0, .1))
            assert digest(load_model(file).state_dict()) in known
        save_model(models[0], file, 'hidden', 1.)
        assert [p.name for p in Path(folder).iterdir()]==[file.name], 'something is left over'
    return hits

def _new(folder):
    Path(folder).mkdir()
    return Path(folder)

@contextlib.contextmanager
def _environment(**values):
    before = dict(os.environ)
    os.environ.update(values)
    try: yield
    finally:
        os.environ.clear()
        os.environ.update(before)

# ---- fuzz

logging.getLogger('PIL').addHandler(logging.NullHandler()) # says what it finds odd about a file
OPTIONAL = dict(WEBP='webp', AVIF='avif', JPEG2000='jpg_2000') # what Pillow may have been built without
FORMATS = ['PNG','JPEG','GIF','BMP','TIFF','PPM','TGA','ICO']
FORMATS += [name for name,kind in OPTIONAL.items() if features.check(kind)]
MODES = ['1','L','LA','P','RGB','RGBA','CMYK','I;16','I','F','YCbCr','HSV','LAB']

def some_picture(rng)->Image.Image: # Any mode, 1 to 120 pixels a side
    "A digit of a few strokes, noise, or one shade."
    size = rng.choice([(1,1), (1,90), (28,28), (90,3), (120,80), (64,64)])
    noise = np.random.default_rng(rng.randrange(2**32))
    kind = rng.randrange(4)
    if kind==0: grey = noise.integers(0, 256, size)
    else: grey = np.full(size, rng.randrange(256) if kind==1 else 230)
    if kind>1:
        for _ in range(3): grey[rng.randrange(size[0]):, rng.randrange(size[1])] = rng.randrange(120)
    img,mode = Image.fromarray(grey.astype(np.uint8)),rng.choice(MODES)
    if mode=='I;16': return Image.fromarray((grey*257).astype(np.uint16))
    return Image.merge('LAB', [img]*3) if mode=='LAB' else img.convert('RGB').convert(mode)

def some_bytes(rng)->bytes:
    "A file: whole, cut, with bytes changed, two glued together, or no picture at all."
    kind = rng.randrange(6)
    if kind==0: return rng.randbytes(rng.randrange(2000))
    def whole():
        img,form = some_picture(rng),rng.choice(FORMATS)
        for mode in (img.mode, 'RGB', 'L'): # not every format takes every mode
            out = io.BytesIO()
            with contextlib.suppress(OSError, ValueError, KeyError):
                img.convert(mode).save(out, form)
                return out.getvalue()
        return out.getvalue()
    data = bytearray(whole())
    if kind==1: return bytes(data)
    if kind==2: return bytes(data[:rng.randrange(len(data)+1)])
    if kind==3: return bytes(data)+whole()
    for _ in range(rng.randrange(1, 9)):
        if data: data[rng.randrange(min(len(data), 64 if kind==4 else len(data)))] = rng.randrange(256)
    return bytes(data)

def fuzz(n, rng)->collections.Counter: # How many of each outcome
    "Each file is an image (784,) in [0,1], or an ImageError that names it; and the command has a row for each."
    outcomes,suffixes = collections.Counter(),[*Image.registered_extensions(), '', '.pdf']
    for first in range(0, n, 1000):
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for k in range(first, min(first+1000, n)):
                files.append(file := Path(folder)/f'{k:06}{rng.choice(suffixes)}')
                file.write_bytes(some_bytes(rng))
            expected = [outcome(file) for file in files]
            check_command(files, expected)
            outcomes.update(expected)
    return outcomes

def outcome(file)->str: # 'answer' or 'refused'
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try: img = open_picture(file)
        except ImageError as e:
            assert str(file) in str(e) and '\n' not in str(e), e
            return 'refused: no picture'
        try: x = prepare(img)
        except ImageError as e:
            assert f'{img.width}' and 'nothing is written' in str(e), e
            return 'refused: nothing is written'
    assert x.shape==(784,) and x.isfinite().all() and 0<=x.min() and x.max()<=1, file
    return 'answer'

def check_command(files, expected):
    "`mnist_sgd predict` must come to the same, without a traceback."
    command = [sys.executable, '-m', 'mnist_sgd', 'predict', *map(str, files), '--format', 'jsonl']
    done = subprocess.run(command, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [*dict.fromkeys(row['file'] for row in rows)]==[str(file) for file in files] # a row for each page and digit
    first = {row['file']: row for row in reversed(rows)} # a later page may be cut short though the first is whole
    assert [not first[str(file)]['answer'] for file in files]==[each=='refused: no picture' for each in expected]
    refused = {row['file'] for row in rows if not row['answer']}
    for row in rows: assert row['answer'] or row['file'] in row['reason'], row
    for row in rows: assert bool(row['reason'])==(row['answer'] in ('', 'none')), row
    failed = len(refused)
    assert done.returncode==(0 if not failed else 2 if failed==len(files) else 1), done.returncode
    said = [f'mnist_sgd: could not be read: {failed} of {len(files)}'] if failed else []
    assert done.stderr.splitlines()==said, done.stderr

# ---- files

WATCHED = '''
import sys
from mnist_sgd.app.cli import main
try: main()
except SystemExit as end:
    print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')), file=sys.stderr)
    raise'''

def peak_memory(n)->tuple: # Peak in MB, and seconds
    "The command on a folder of `n` files, one in seven of them no picture."
    with tempfile.TemporaryDirectory() as folder:
        Image.open(sorted((mnist_sample()/'valid/3').iterdir())[0]).save(three := Path(folder)/'three.png')
        (none := Path(folder)/'none.png').write_bytes(b'no picture')
        many = _new(f'{folder}/many')
        for k in range(n): (many/f'{k}.png').symlink_to(none if k%7==0 else three)
        start = time.monotonic()
        with open(f'{folder}/rows.csv', 'w') as rows:
            command = [sys.executable, '-c', WATCHED, 'predict', str(many), '--format', 'csv']
            done = subprocess.run(command, stdout=rows, stderr=subprocess.PIPE, text=True)
        assert done.returncode==1 and len(Path(f'{folder}/rows.csv').read_text().splitlines())==n+1, done.stderr
        return int(done.stderr.split()[-1])/1024,time.monotonic()-start

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name,n in dict(kills=30, fuzz=20_000, files=100_000).items():
        parser.add_argument(f'--{name}', type=int, default=n)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    torch.set_num_threads(1) # a process that forks has no threads to spare
    print(time.strftime('%Y-%m-%d'), machine_name())
    for work in (kill_unpacking, kill_training, kill_saving) if args.kills else ():
        killed_early = work(args.kills, rng)
        print(f'{work.__name__}: {killed_early} of {args.kills} killed in the middle; nothing lost, nothing half done',
              flush=True)
    if args.fuzz: print(f'fuzz: {dict(fuzz(args.fuzz, rng))}', flush=True)
    if args.files:
        (few,_),(many,seconds) = peak_memory(1000),peak_memory(args.files)
        print(f'files: {args.files:,} in {seconds:.0f} s; peak {many:.0f} MB, of 1,000 files {few:.0f} MB')

if __name__=='__main__': main()
