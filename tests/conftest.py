import os, subprocess, sys
import pytest, torch
from mnist_sgd.app.cli import main
from mnist_sgd.data import mnist_sample
from types import SimpleNamespace

torch.set_num_threads(1) # tests fork processes, which have no threads to spare

@pytest.fixture(scope='session')
def home(tmp_path_factory):
    "A data folder of our own, unpacked once, for all tests that do not spoil theirs."
    os.environ['FASTAI_HOME'] = str(tmp_path_factory.mktemp('home'))
    mnist_sample()
    return os.environ['FASTAI_HOME']

@pytest.fixture
def empty(tmp_path, monkeypatch):
    "An empty data folder."
    monkeypatch.setenv('FASTAI_HOME', str(tmp_path/'home'))
    return tmp_path/'home'

@pytest.fixture
def call(home, capsys):
    "The same as `run`, in this process, which saves the seconds that PyTorch takes to load."
    def call(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end: main([*map(str, args)])
        printed = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code or 0, stdout=printed.out, stderr=printed.err)
    return call

@pytest.fixture
def run(home):
    "Call the command line as a shell does: exit code, output and errors. A traceback is a failure of any test."
    def run(*args, env=None, **how):
        command,how = [sys.executable, '-m', 'mnist_sgd', *map(str, args)],dict(text=True)|how
        done = subprocess.run(command, capture_output=True, env=os.environ|(env or {}), **how)
        assert 'Traceback' not in done.stderr, done.stderr
        return done
    return run
