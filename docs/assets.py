"""Data of the interactive labs: digits, the quick rungs of the ladder, and how good each is.

    python docs/assets.py FOLDER

Everything is computed here, from the images and by the training code of mnist_sgd; no number is typed in. The same
versions and the same machine write the same digits and weights again.
"""
import json, shutil, sys, tempfile, zlib
from pathlib import Path

import numpy as np, torch
from safetensors.torch import load_file

from mnist_sgd.broadcasting import mnist_distance
from mnist_sgd.app.climb import climb
from mnist_sgd.app.settings import Settings
from mnist_sgd.data import mnist

RUNGS = ('baseline', 'learner', 'hidden')
EACH = dict(train=1000, valid=250) # images a class
LIMIT = 600_000 # bytes of digits.bin: a reader on a telephone waits for them


def evenly(items:list, n:int)->list:
    "`n` of `items` at even distances, in their order."
    return [items[i*len(items)//n] for i in range(n)]


def split_sheet(split:str, images:torch.Tensor, labels:torch.Tensor)->tuple[np.ndarray,dict]:
    "The chosen digits of `split` as bytes (n,28,28), and their names and labels; `images` are all of MNIST."
    rows = [row for digit in (3,7) for row in evenly((labels==digit).nonzero()[:,0].tolist(), EACH[split])]
    digits = labels[rows].tolist()
    names = [f'{split}/{digit}/{row}.png' for digit,row in zip(digits, rows)]
    return images[rows].numpy(), dict(count=len(rows), names=names, labels=[int(digit==3) for digit in digits])


def digit_sheet(train:tuple, valid:tuple)->tuple[bytes,dict]:
    "The chosen digits as deflated bytes, image after image, and what it takes to read them."
    (train,about_train),(valid,about_valid) = split_sheet('train', *train),split_sheet('valid', *valid)
    pixels = np.concatenate([train, valid])
    return zlib.compress(pixels.tobytes(), 9), dict(size=28, bytes=pixels.nbytes, train=about_train, valid=about_valid)


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
    chosen = (labels==3)|(labels==7)
    d3,d7 = (mnist_distance(images[chosen].float()/255, mean) for mean in means)
    x = (d7-d3).double().numpy()
    return logistic_scale(x, (labels[chosen]==3).double().numpy())/x.std()


def write_assets(folder:Path)->None:
    "Write the data of the labs into `folder`."
    folder,train,valid = Path(folder),mnist('train'),mnist('test')
    folder.mkdir(parents=True, exist_ok=True)
    packed,about = digit_sheet(train, valid)
    if len(packed)>=LIMIT: raise ValueError(f"digits.bin has {len(packed):,} bytes, allowed are fewer than {LIMIT:,}")
    (folder/'digits.bin').write_bytes(packed)
    (folder/'digits.json').write_text(json.dumps(about, separators=(',',':'))+'\n')
    rungs = trained(folder)['rungs']
    models = {r['name']:{key:r[key] for key in ('right','n','accuracy','low','high','parameters')} for r in rungs}
    models['baseline']['k'] = baseline_scale(load_file(folder/'baseline.safetensors')['means'], *train)
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
