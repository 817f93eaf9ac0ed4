"""How much to trust the model that `predict` uses: python bench/any_digit.py, about ten minutes on two cores.

lost    of the 10,000 test digits as they are: how many are *none* or wrong, beyond those that the small CNN of ten
        digits (lesson 12) gets wrong as well
sure    of the answers given with at least 0.95: how many are right, where test digits, pictures with digits and
        pictures without (tests/photos.py) weigh a third each
bands   of the answers to test digits, by their probability: how sure they are in the mean, and how many are right

    python bench/any_digit.py --set develop --n 4     held-out training digits for choices, fewer pictures of each kind

The exit code is 1 if more than 1 % are lost, or fewer than 99 % of the sure ones are right."""
import argparse, sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent/'tests')) # before the next line, which needs it
import photos, torch
from mnist_sgd.app.pictures import usual_threshold
from mnist_sgd.predict import classify
from mnist_sgd.ten_digits import digit_rows, trained_cnn

BANDS = .2, .5, .7, .8, .9, .95, 1.

def rows_of(which)->tuple: # Images (10000,784) in [0,1], labels
    x,y = digit_rows('test' if which=='test' else 'train')
    return x[-10_000:], y[-10_000:]

def asked(x)->tuple: # The likeliest digit of each image, its probability, and whether it is an answer
    "What `predict` says of images that are prepared already."
    model,about = photos.default_model()
    p = torch.cat([classify(rows, model, about['temperature']) for rows in x.split(1000)])
    sure,digit = p[:,:10].max(1)
    return digit, sure, sure>=usual_threshold(about['classes'])

def ten_digits(which)->torch.Tensor: # Bool: which of the 10,000 the small CNN of ten digits gets right
    x,y = digit_rows('train')
    if which!='test': x,y = x[:-10_000],y[:-10_000]
    torch.manual_seed(0)
    model = trained_cnn(x, y)
    images,labels = rows_of(which)
    with torch.no_grad(): return torch.cat([model(rows).argmax(1) for rows in images.split(1000)])==labels

def sure_of(found)->int: # Answers of at least 0.95
    return sum(p>=photos.SURE for answer,p in found if answer!='none')

def sure_ones(kind, n, which)->tuple[int,int]: # Over n pictures: sure answers, and those of them that are wrong
    _,drawn,given = photos.drawn_and_read(kind, n, which)
    wrong = [min(map(sure_of, _left_over(found, expected))) for found,(_,expected) in zip(given, drawn, strict=True)]
    return sum(map(sure_of, given)), sum(wrong)

def _left_over(found, expected): # for each of the strings that may be meant
    digits = [(answer, p) for answer,p in found if answer!='none']
    return [photos.wrong_answers(digits, one) for one in expected.split('|')]

def third(kinds, n, which)->tuple[float,float]: # Sure answers a picture, and wrong ones among them
    with ProcessPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        counts = torch.tensor([*pool.map(partial(sure_ones, n=n, which=which), kinds)], dtype=torch.float64)
    return tuple((counts.mean(0)/n).tolist())

def bands(digit, sure, given, labels)->str: # Lines of text
    lines = [f"{'probability':12}{'answers':>8}{'mean':>8}{'right':>8}"]
    for low,high in zip(BANDS, BANDS[1:]):
        here = given & (sure>=low) & (sure<high if high<1 else sure<=1)
        if not here.any(): continue
        right = (digit==labels)[here].double().mean()
        lines.append(f'{low:.2f} to {high:.2f}{here.sum():8}{sure[here].mean():8.3f}{right:8.3f}')
    return '\n'.join(lines)

def main()->int: # Exit code
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--set', default='test', choices=['develop','test'], help='which digits (default test)')
    p.add_argument('--n', type=int, default=20, help='pictures of each kind (default 20)')
    a = p.parse_args()
    x,labels = rows_of(a.set)
    digit,sure,given = asked(x)
    right = given & (digit==labels)
    by_ten = ten_digits(a.set)
    lost = (by_ten & ~right).double().mean().item()
    print(f'{a.set}: read right {right.sum()}, none {(~given).sum()}, wrong {(given & ~right).sum()} of {len(x)}; '
          f'the small CNN of ten digits reads {by_ten.sum()} right')
    print(bands(digit, sure, given, labels))
    very = given & (sure>=photos.SURE)
    thirds = [(very.double().mean().item(), (very & ~right).double().mean().item()),
              *(third([*kinds], a.n, a.set) for kinds in (photos.KINDS, photos.NOTHING))]
    for name,(answers,wrong) in zip(('digits','pictures with','pictures without'), thirds):
        print(f'{name:17} sure answers a picture {answers:.4f}, wrong ones among them {wrong:.4f}')
    share = 1-sum(wrong for _,wrong in thirds)/sum(answers for answers,_ in thirds)
    print(f'lost beyond the ten-digit model: {lost:.2%} (goal: at most 1 %)')
    print(f'sure answers that are right, by thirds: {share:.2%} (goal: at least 99 %)')
    return int(lost>.01 or share<.99)

if __name__=='__main__': sys.exit(main())
