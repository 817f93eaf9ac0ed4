"""The figures of lesson 12, a quarter of an hour each on two idle cores: python bench/ten_digits.py choose|test

choose  trains the small CNN by each of `RECIPES` on 50,000 training digits and counts on the 10,000 others
test    trains every rung on all 60,000 and counts on the 10,000 test digits, and prints the seconds of the small CNN as
        a share of those of the ResNet's epoch, both on all cores

Both keep what they found in nbs/ten_digits.json, with date and machine."""
import json, statistics, sys, tempfile, time, torch
from mnist_sgd.base.clock import machine_name # before fastai: it silences a warning that fastai's import raises
from mnist_sgd.broadcasting import NearestMean, squared_distance
from mnist_sgd.nonlinearity import simple_net
from mnist_sgd.optimizer import Batches
from mnist_sgd.resnet import resnet_learner
from mnist_sgd.small_cnn import train_one_cycle
from mnist_sgd.ten_digits import cross_entropy, digit_rows, right_digits, trained_cnn

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from PIL import Image
from torch import nn

RECORD = Path(__file__).resolve().parent.parent/'nbs'/'ten_digits.json'
RECIPES = { # what `trained_cnn` gets
    'no changes':   dict(epochs=8, smoothing=0., change=lambda xb: xb),
    'changes':      dict(epochs=8, smoothing=0.),
    'and smoothed': dict(epochs=8, smoothing=.05),
    '6 epochs':     dict(epochs=6, smoothing=.05),
    '10 epochs':    dict(epochs=10, smoothing=.05),
}

def held_out(recipe, seed):
    "Right answers of 10,000 held-out digits"
    torch.set_num_threads(1)
    x,y = digit_rows('train')
    torch.manual_seed(seed)
    model = trained_cnn(x[:-10_000], y[:-10_000], **RECIPES[recipe])
    return right_digits(model, x[-10_000:], y[-10_000:])

def choose(seeds=range(3)):
    "Held-out results of every recipe, two trainings side by side"
    with ProcessPoolExecutor(2) as pool:
        begun = {name: [pool.submit(held_out, name, seed) for seed in seeds] for name in RECIPES}
        found = {}
        for name,futures in begun.items():
            found[name] = [future.result() for future in futures]
            print(f'{name:14} {found[name]} of 10,000', flush=True)
    return dict(held_out=found)

def by_means(x, y):
    "The nearest mean image, by squared distance"
    means = NearestMean(squared_distance).fit([x[y==d].view(-1,28,28) for d in range(10)])
    return lambda images: -squared_distance(images.view(-1,1,28,28), means.means) # the nearest has the highest score

def by_three_epochs(new_model):
    def make(x, y): return train_one_cycle(new_model(), Batches(x, y, 128, shuffle=True), 3, loss_func=cross_entropy)
    return make

MAKERS = {'nearest mean': by_means, 'linear': by_three_epochs(lambda: nn.Linear(28*28, 10)),
          'hidden layer': by_three_epochs(lambda: simple_net(outputs=10)), 'small CNN': trained_cnn}

def measured(make, train, test, seed):
    torch.manual_seed(seed)
    start = time.perf_counter()
    model = make(*train)
    seconds = time.perf_counter()-start
    numbers = sum(p.numel() for p in model.parameters()) if isinstance(model, nn.Module) else 10*28*28
    return model, numbers, seconds, right_digits(model, *test)

def resnet(folder, train, test):
    "ResNet-18, one epoch as in lesson 07, on PNG files"
    for part,(x,y) in dict(train=train, valid=test).items():
        for digit in range(10): (folder/part/str(digit)).mkdir(parents=True)
        for i,(row,label) in enumerate(zip((x*255).round().byte().view(-1,28,28).numpy(), y.tolist())):
            Image.fromarray(row).save(folder/part/str(label)/f'{i}.png')
    torch.manual_seed(0)
    learn = resnet_learner(folder, device='cpu')
    start = time.perf_counter()
    with learn.no_bar(), learn.no_logging(): learn.fit_one_cycle(1, .1)
    seconds = time.perf_counter()-start # with a look at the test digits, as in lesson 07
    with learn.no_bar(): preds,targs = learn.get_preds()
    numbers,right = sum(p.numel() for p in learn.model.parameters()),int((preds.argmax(1)==targs).sum())
    return dict(name='ResNet-18', parameters=numbers, right=[right], seconds=[round(seconds, 1)])

def looked_at(name, make, train, test, seeds):
    found = [measured(make, train, test, seed) for seed in range(seeds)]
    right = [f[3] for f in found]
    rung = dict(name=name, parameters=found[0][1], right=right, seconds=[round(f[2], 1) for f in found])
    print(f'{name:14} {right} of 10,000, {rung["parameters"]:,} parameters', flush=True)
    middle = found[sorted(range(seeds), key=lambda i: right[i])[seeds//2]][0]
    return rung, middle

def wrong(model, x, y):
    "Number, label and answer of each test digit that `model` gets wrong"
    with torch.no_grad(): called = model(x).argmax(1)
    return [[i, y[i].item(), called[i].item()] for i in (called!=y).nonzero()[:,0].tolist()]

def test():
    train,test = digit_rows('train'),digit_rows('test')
    rungs,middles = zip(*[looked_at(name, make, train, test, 1 if make is by_means else 5)
                          for name,make in MAKERS.items()])
    with tempfile.TemporaryDirectory() as folder: deep = resnet(Path(folder), train, test)
    print(f"{deep['name']:14} {deep['right']} of 10,000, {deep['parameters']:,} parameters")
    ratio = statistics.median(rungs[-1]['seconds'])/deep['seconds'][0]
    print(f'the small CNN takes {ratio:.2f} of the time of the ResNet\'s epoch; {machine_name()}')
    return dict(rungs=[*rungs, deep], mistakes=wrong(middles[-1], *test), ratio=round(ratio, 2),
                threads=torch.get_num_threads())

def main(names):
    works = dict(choose=choose, test=test)
    if len(names)!=1 or names[0] not in works:
        sys.exit(f"needs one of {', '.join(works)}, got {' '.join(names) or 'none'}")
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    record |= {names[0]: dict(date=str(date.today()), machine=machine_name(), **works[names[0]]())}
    RECORD.write_text(json.dumps(record)+'\n')
    print(f'kept in {RECORD}')

if __name__=='__main__': main(sys.argv[1:])
