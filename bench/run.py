"""How fast are we? python bench/run.py, or python bench/run.py load linear for some of the works.

Both sides of a ratio take turns in one process on one thread. Prints a table; a run of all works is kept in
bench/results/ with date and machine."""
import json, os, statistics, subprocess, sys, torch
from mnist_sgd.base.clock import machine_name # before fastai: it silences a warning that fastai's import raises
from mnist_sgd.base.cache import sample_stacks
from mnist_sgd.data import mnist_sample
from mnist_sgd.loss import batch_accuracy, init_params, linear, mnist_loss
from mnist_sgd.nonlinearity import simple_net
from mnist_sgd.optimizer import BasicOptim, Batches, train_epoch
from mnist_sgd.pixels import digit_files, image_stack, sample_tensors
from mnist_sgd.resnet import resnet_learner
from mnist_sgd.small_cnn import random_shifts, right_answers, small_cnn, train_one_cycle
from mnist_sgd.speed import take_turns

import pandas as pd
from datetime import date
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.optimizer import SGD
from pathlib import Path
from torch.nn import functional as F

def usual_loader(x, y): return DataLoader(list(zip(x, y)), bs=256, shuffle=True, num_workers=0)

def load(data):
    "The digits as float32: from the PNGs, from the cache"
    def from_pngs(): return [image_stack(digit_files(s, d, folder)) for s in ('train','valid') for d in (3,7)]
    def from_cache(): return [stack.float().div_(255) for stack in sample_stacks().values()]
    folder = mnist_sample()
    return from_pngs, from_cache, 5

def train_linear(dl):
    params = init_params((28*28,1)),init_params(1)
    opt = BasicOptim(params, 1.)
    for _ in range(20): train_epoch(lambda xb: linear(xb, *params), dl, opt, mnist_loss)

def linear_20(data):
    "The linear model, 20 epochs, batch 256: a list of pairs in fastai's DataLoader, Batches"
    x,y = data[:2]
    usual,ours = usual_loader(x, y),Batches(x, y, 256, shuffle=True)
    return lambda: train_linear(usual), lambda: train_linear(ours), 5

def linear_floor(data):
    "The same 20 epochs through Batches as views, shuffled once before; their arithmetic alone: two products an epoch"
    rows = torch.randperm(len(data[0]))
    x,y = data[0][rows],data[1][rows]
    ours,weights,gap = Batches(x, y, 256),torch.randn(28*28,1),torch.randn(len(x),1)
    def products():
        for _ in range(20): x@weights, x.T@gap
    return lambda: train_linear(ours), products, 5

def learner(data):
    "784-30-1 in a Learner, 5 epochs: the same two loaders"
    train_x,train_y,valid_x,valid_y = data
    valid = Batches(valid_x, valid_y, 256)
    def work(dl):
        learn = Learner(DataLoaders(dl, valid), simple_net(), loss_func=F.binary_cross_entropy_with_logits,
                        opt_func=SGD, metrics=batch_accuracy, lr=.1)
        with learn.no_bar(), learn.no_logging(): learn.fit(5)
    usual,ours = usual_loader(train_x, train_y),Batches(train_x, train_y, 256, shuffle=True)
    return lambda: work(usual), lambda: work(ours), 3

def one_epoch(data):
    "One epoch: ResNet-18 as usually told, the small CNN"
    def resnet():
        learn = resnet_learner(device='cpu')
        with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(1, .1)
    return resnet, lambda: train_one_cycle(small_cnn(), Batches(*data[:2], 64, shuffle=True), epochs=1), 1

def cnn_accuracies(data, seeds=5):
    "Of the small CNN after one epoch, and after the careful six with shifts, on the validation images"
    def accuracy(epochs, seed, **how):
        torch.manual_seed(seed)
        model = train_one_cycle(small_cnn(), Batches(*data[:2], 64, shuffle=True), epochs, **how)
        return right_answers(model, *data[2:])/len(data[2])
    recipes = dict(one=dict(epochs=1), careful=dict(epochs=6, change=random_shifts))
    return {name: sorted(accuracy(seed=seed, **how) for seed in range(seeds)) for name,how in recipes.items()}

def shared(data):
    "One epoch of the small CNN, batch 256: one process, two that share it"
    command = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2']
    command += [Path(__file__).parent/'shared.py', '5']
    env = os.environ|dict(OMP_NUM_THREADS='1')
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
    return pd.DataFrame(json.loads(done.stdout), columns=['fast','slow']).agg(['median','min','max']).T

def timed(work, data):
    "Seconds of both sides of `work`: rows slow and fast, columns median, min, max"
    found = work(data)
    if isinstance(found, pd.DataFrame): return found
    slow,fast,turns = found
    return take_turns(dict(slow=slow, fast=fast), turns)

# In the order in which they run
WORKS = dict(load=load, linear=linear_20, floor=linear_floor, learner=learner, cnn=one_epoch, shared=shared)

def main(names):
    unknown = [name for name in names if name not in WORKS]
    if unknown: sys.exit(f"'{unknown[0]}' is not a work: choose from {', '.join(WORKS)}")
    torch.set_num_threads(1)
    data,rows = sample_tensors(),{}
    for name in names or WORKS:
        torch.manual_seed(0)
        found = timed(WORKS[name], data)
        a,b = found['median'][['slow','fast']]
        ranges = {f'{side}_range': found.loc[side,['min','max']].round(4).tolist() for side in ('slow','fast')}
        rows[name] = dict(what=WORKS[name].__doc__, slow=round(a, 4), fast=round(b, 4), ratio=round(a/b, 1), **ranges)
        print(f"{name:8} {a:9.4f} s {b:9.4f} s  ratio {a/b:6.1f}  {rows[name]['what']}", flush=True)
    print(f'{machine_name()}, one thread a process')
    if names: return # a record is of all works in one run
    accuracies = cnn_accuracies(data)
    for name,found in accuracies.items():
        median = statistics.median(found)
        print(f'small CNN, {name}: median {median:.4f}, worst {found[0]:.4f} of {len(found)} seeds')
    record = dict(date=str(date.today()), machine=machine_name(), threads=1, works=rows, cnn_accuracies=accuracies)
    path = Path(__file__).parent/'results'/f'{date.today()}.json'
    path.write_text(json.dumps(record, indent=1)+'\n')
    print(f'kept in {path}')

if __name__=='__main__': main(sys.argv[1:])
