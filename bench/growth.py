"""What does more data cost? python bench/growth.py, or python bench/growth.py linear cnn for some of the rungs.

One epoch of each rung of the ladder on 1/8, 1/4, ... 8 times the training images, on one thread. Fewer images are a
random part, more are copies: cost is asked for here, not accuracy. Each run is a process of its own, so that its peak
of memory is its own. Prints a table, and keeps it in bench/results/ and in nbs/growth.json, from which the lesson on
speed draws; rungs that were not asked for keep their rows there, if these are from the same machine."""
import json, statistics, subprocess, sys, tempfile, time
from datetime import date
from pathlib import Path
from peers import peak_mb

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT/'nbs'/'growth.json'
TIMES = [1/8, 1/4, 1/2, 1, 2, 4, 8]
# Epochs timed of each rung, after one that warms up where there are several
TURNS = dict(baseline=5, linear=5, learner=3, hidden=3, resnet=1, cnn=1)

def images_for(times):
    "The training images and labels, `times` as many"
    import torch
    from mnist_sgd.pixels import sample_tensors
    x,y = sample_tensors()[:2]
    n = round(len(x)*times)
    rows = torch.randperm(len(x), generator=torch.Generator().manual_seed(0)) if n<=len(x) else torch.arange(n)%len(x)
    return x[rows[:n]],y[rows[:n]]

def write_files(times, folder):
    "The images as PNGs in the layout of `mnist_sample`, with two of them to validate on"
    from PIL import Image
    x,y = images_for(times)
    for i,(row,label) in enumerate(zip(x, y)):
        for part in ('train','valid')[:1+(i<1 or i==len(x)-1)]:
            place = folder/part/('3' if label==1 else '7')
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray((row*255).round().byte().view(28,28).numpy()).save(place/f'{i}.png')

def resnet_epoch(folder):
    "A function that trains one epoch of the ResNet, which reads the files in `folder`"
    from mnist_sgd.base.display import progress
    from mnist_sgd.resnet import resnet_learner
    learn = resnet_learner(folder, device='cpu')
    def epoch():
        with progress(learn): learn.fit_one_cycle(1, .1)
    return epoch

def epoch_of(rung, x, y):
    "A function that trains one epoch of `rung`"
    import torch
    from mnist_sgd.base.display import progress # before fastai: it silences a warning that fastai's import raises
    from mnist_sgd.broadcasting import NearestMean
    from mnist_sgd.loss import init_params, linear, mnist_loss
    from mnist_sgd.nonlinearity import simple_net
    from mnist_sgd.optimizer import BasicOptim, Batches, train_epoch
    from mnist_sgd.small_cnn import small_cnn, train_one_cycle
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD
    from torch.nn import functional as F
    dl,few = Batches(x, y, 256, shuffle=True),Batches(x[:2], y[:2], 2)
    params = init_params((28*28,1)),init_params(1)
    def learner(model, loss):
        learn = Learner(DataLoaders(dl, few), model, loss_func=loss, opt_func=SGD, lr=.1)
        def epoch():
            with progress(learn): learn.fit(1)
        return epoch
    def baseline():
        images = x.view(-1,28,28)
        return lambda: NearestMean().fit([images[y[:,0]==1], images[y[:,0]==0]])
    def by_hand(): return train_epoch(lambda xb: linear(xb, *params), dl, BasicOptim(params, 1.), mnist_loss)
    def cnn(): return train_one_cycle(small_cnn(), Batches(x, y, 64, shuffle=True), epochs=1)
    if rung=='baseline': return baseline()
    if rung=='learner': return learner(torch.nn.Linear(28*28, 1), mnist_loss)
    if rung=='hidden': return learner(simple_net(), F.binary_cross_entropy_with_logits)
    return dict(linear=by_hand, cnn=cnn)[rung]

def one_run(rung, times)->dict: # Images, seconds of an epoch, peak of memory in MB
    "Time `rung` on `times` the training images in this process."
    import torch, torch._dynamo # the latter is what PyTorch's optimizers import when the first is made
    torch.set_num_threads(1); torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        if rung=='resnet': # another process writes its files, so that the images are not in the memory of this one
            subprocess.run([sys.executable, __file__, '--write', str(times), folder], check=True)
            epoch = resnet_epoch(folder)
        else: epoch = epoch_of(rung, *images_for(times))
        seconds = []
        for _ in range(TURNS[rung]+(TURNS[rung]>1)):
            start = time.perf_counter()
            epoch()
            seconds.append(time.perf_counter()-start)
    return dict(n=round(12_396*times), seconds=round(statistics.median(seconds[-TURNS[rung]:]), 5), mb=round(peak_mb()))

def main(wanted):
    unknown = [w for w in wanted if w not in TURNS]
    if unknown: sys.exit(f"'{unknown[0]}' is not a rung: choose from {', '.join(TURNS)}")
    rows = []
    for rung in wanted or TURNS:
        for times in TIMES:
            command = [sys.executable, __file__, '--one', rung, str(times)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            row = dict(rung=rung, times=times, **json.loads(done.stdout.splitlines()[-1]))
            print('{rung:9} {times:5} times, {n:6,} images: {seconds:9.4f} s an epoch, {mb:5} MB'.format(**row),
                  flush=True)
            rows.append(row)
    from mnist_sgd.base.clock import machine_name
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else dict(machine=None, rows=[])
    if kept['machine']==machine_name(): rows += [row for row in kept['rows'] if wanted and row['rung'] not in wanted]
    rows.sort(key=lambda row: list(TURNS).index(row['rung'])) # stable: sizes stay in order
    record = json.dumps(dict(date=str(date.today()), machine=machine_name(), threads=1, rows=rows), indent=1)+'\n'
    for path in (ROOT/'bench'/'results'/f'growth-{date.today()}.json', KEPT):
        path.write_text(record)
        print(f'kept in {path}')

if __name__=='__main__':
    if sys.argv[1:2]==['--one']: print(json.dumps(one_run(sys.argv[2], float(sys.argv[3]))))
    elif sys.argv[1:2]==['--write']: write_files(float(sys.argv[2]), Path(sys.argv[3]))
    else: main(sys.argv[1:])
