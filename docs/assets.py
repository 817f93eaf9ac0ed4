"""Data of the interactive labs: digits, the quick rungs of the ladder, the network that reads any digit, and how good
each is.

    python docs/assets.py FOLDER

Everything is computed here, from the images and by the training code of mnist_sgd; no number is typed in. The same
versions and the same machine write the same digits and weights again.
"""
import json, shutil, sys, tempfile, zlib
from importlib.resources import files
from pathlib import Path

import numpy as np, torch
from safetensors import safe_open
from safetensors.torch import load_file

from mnist_sgd.broadcasting import accuracy_interval, mnist_distance
from mnist_sgd.app.climb import climb
from mnist_sgd.app.pictures import usual_threshold
from mnist_sgd.app.settings import Settings
from mnist_sgd.data import mnist
from mnist_sgd.small_cnn import small_cnn

RUNGS = ('baseline', 'learner', 'hidden')
EACH = dict(train=1000, valid=250) # images a class
OTHERS = 50 # images of each digit that is neither 3 nor 7
ANY = files('mnist_sgd')/'models'/'any_digit.safetensors' # 11 classes: the ten digits and none
LIMIT = 600_000 # bytes of digits.bin: a reader on a telephone waits for them


def evenly(items:list, n:int)->list:
    "`n` of `items` at even distances, in their order."
    return [items[i*len(items)//n] for i in range(n)]


def named(split:str, rows:list, images:torch.Tensor, labels:torch.Tensor)->tuple[np.ndarray,dict]:
    "Images `rows` of `split` as bytes (n,28,28), and their names and labels; `images` are all of MNIST."
    digits = labels[rows].tolist()
    names = [f'{split}/{digit}/{row}.png' for digit,row in zip(digits, rows)]
    return images[rows].numpy(), dict(count=len(rows), names=names, labels=[int(digit==3) for digit in digits])


def chosen(labels:torch.Tensor, digits:tuple, each:int)->list[int]:
    "Rows of `each` images of each of `digits`."
    return [row for digit in digits for row in evenly((labels==digit).nonzero()[:,0].tolist(), each)]


def digit_sheet(train:tuple, valid:tuple, misread:list)->tuple[bytes,dict]:
    "The chosen digits as deflated bytes, image after image, and what it takes to read them."
    others = chosen(valid[1], tuple(d for d in range(10) if d not in (3,7)), OTHERS)
    parts = dict(train=named('train', chosen(train[1], (3,7), EACH['train']), *train),
                 valid=named('valid', chosen(valid[1], (3,7), EACH['valid']), *valid),
                 others=named('valid', others, *valid), misread=named('valid', misread, *valid))
    pixels = np.concatenate([images for images,_ in parts.values()])
    about = {name:about for name,(_,about) in parts.items()}
    return zlib.compress(pixels.tobytes(), 9), dict(size=28, bytes=pixels.nbytes)|about


def any_digit()->tuple[torch.nn.Module,float,float]:
    "The network that reads any digit, its temperature and its threshold."
    with safe_open(ANY, 'pt') as f: about = f.metadata()
    net = small_cnn((16,36,72,36), outputs=11)
    net.load_state_dict(load_file(ANY))
    return net.eval(), float(about['temperature']), usual_threshold(about['classes'].split(','))


def any_probabilities(images:torch.Tensor)->torch.Tensor:
    "The probability of each of the 11 classes, shape (n,11), for `images` of bytes, shape (n,28,28)."
    net,temperature,_ = any_digit()
    with torch.no_grad(): scores = torch.cat([net(xb.view(-1,784).float()/255) for xb in images.split(1000)])
    return (scores/temperature).softmax(1)


def any_answers(probabilities:torch.Tensor)->torch.Tensor:
    "The digit that each row of `probabilities` answers, or 10 for none."
    p,digit = probabilities[:,:10].max(1)
    return torch.where(p>=any_digit()[2], digit, 10)


def any_record(images:torch.Tensor, labels:torch.Tensor)->tuple[dict,list[int]]:
    "How good the network is on images that it never saw, and which of them it does not call by their name."
    answers = any_answers(any_probabilities(images))
    right,n = int((answers==labels).sum()),len(labels)
    low,high = accuracy_interval(right, n)
    record = dict(right=right, n=n, accuracy=right/n, low=low, high=high, none=int((answers==10).sum()),
                  parameters=sum(p.numel() for p in any_digit()[0].parameters()))
    return record, (answers!=labels).nonzero()[:,0].tolist()


def logistic_scale(x:np.ndarray, t:np.ndarray)->float:
    """The k that makes sigmoid(k*x) the likeliest source of the labels `t` (1. for a 3).

    This is logistic regression with one weight and no bias, by Newton's method. Without a bias the border stays at
    x = 0, so the decision remains that of the nearest mean.
    """
    x,k = x/x.std(),0. # in units of its spread, so that the first steps are of a sensible size
    for _ in range(30):
        p = 1/(1+np.exp(-k*x))
        k += ((t-p)*x).sum() / (p*(1-p)*x*x).sum()
    return k


def baseline_scale(means:torch.Tensor, images:torch.Tensor, labels:torch.Tensor)->float:
    "The k of P(3) = sigmoid(k*(distance to mean 7 - distance to mean 3)), fitted to all 3s and 7s among `images`."
    ours = (labels==3)|(labels==7)
    d3,d7 = (mnist_distance(images[ours].float()/255, mean) for mean in means)
    x = (d7-d3).double().numpy()
    return logistic_scale(x, (labels[ours]==3).double().numpy())/x.std()


def write_assets(folder:Path)->None:
    "Write the data of the labs into `folder`."
    folder,train,valid = Path(folder),mnist('train'),mnist('test')
    folder.mkdir(parents=True, exist_ok=True)
    record,misread = any_record(*valid)
    packed,about = digit_sheet(train, valid, misread)
    if len(packed)>=LIMIT: raise ValueError(f"digits.bin has {len(packed):,} bytes, allowed are fewer than {LIMIT:,}")
    (folder/'digits.bin').write_bytes(packed)
    (folder/'digits.json').write_text(json.dumps(about, separators=(',',':'))+'\n')
    rungs = trained(folder)['rungs']
    models = {r['name']:{key:r[key] for key in ('right','n','accuracy','low','high','parameters')} for r in rungs}
    models['baseline']['k'] = baseline_scale(load_file(folder/'baseline.safetensors')['means'], *train)
    models['any'] = record
    (folder/'any_digit.safetensors').write_bytes(ANY.read_bytes())
    (folder/'models.json').write_text(json.dumps(models, indent=1)+'\n')


def trained(folder:Path)->dict:
    "Climb the quick rungs on one thread, whose sums have one order, and keep their files in `folder`."
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            results = climb(Settings(RUNGS), scratch)
            for f in Path(scratch).iterdir(): shutil.copyfile(f, folder/f.name)
    finally: torch.set_num_threads(threads)
    return results


if __name__=='__main__': write_assets(Path(sys.argv[1]))
