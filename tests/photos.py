"""How well pictures of digits are read: python tests/photos.py, with 200 pictures of each kind in tests/scenes.py.

    python tests/photos.py --n 20 --kinds plain,two_lines    fewer, and only some kinds
    python tests/photos.py --set test                        digits that no choice has seen; the default is `develop`
    python tests/photos.py --wrong FOLDER                    keeps the pictures that were read wrong
    python tests/photos.py --sheet FILE.png                  reads nothing; draws one picture of each kind

A picture is right if the digits answered, in reading order, are exactly those that stand in it. It is *none* or
*refused* where no digit is answered, and wrong otherwise; sure and wrong if an answer of at least 0.95 is not among
those expected. The goals below decide the exit code: 1 if one is missed."""
import argparse, difflib, functools, multiprocessing, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np, pandas as pd
from PIL import Image, ImageDraw, ImageFont
from scenes import FONTS, KINDS, NOTHING, picture

SURE = .95
COLUMNS = 'right','wrong','sure and wrong','none','refused'

def answers(files)->list: # One list of (answer, probability) a file, in reading order
    "What `mnist_sgd predict` says of picture files; answers are '0' to '9' or 'none'. An empty list: refused."
    from mnist_sgd.app.pictures import predictions, usual_threshold
    model,about = default_model()
    how = dict(classes=about['classes'], temperature=about['temperature'], threshold=usual_threshold(about['classes']))
    read = {str(file):[] for file in files}
    for row in predictions([*read], model, workers=1, **how):
        if row['answer']: read[row['file']].append((row['answer'], row['probability'] or 0))
    return [*read.values()]

@functools.cache
def default_model()->tuple: # The model, and what its file says of it
    "That of `mnist_sgd predict`."
    from mnist_sgd.app.models import find_model, load_model, model_about
    file = find_model('any_digit')
    return load_model(file), model_about(file)

# ---- one picture

def wrong_answers(found, expected)->list: # Those of `found`, (digit, probability), that are not among `expected`
    "What is left over when the digits found are laid beside those expected, in order."
    match = difflib.SequenceMatcher(None, [digit for digit,_ in found], [*expected], autojunk=False)
    matched = {i for block in match.get_matching_blocks() for i in range(block.a, block.a+block.size)}
    return [answer for i,answer in enumerate(found) if i not in matched]

def judged(found, expected)->tuple: # One of 'right', 'wrong', 'none', 'refused'; is it sure and wrong?
    "Lay the answers to one picture beside what stands in it; `expected` may be several strings, with | between them."
    digits,allowed = [(answer, p) for answer,p in found if answer!='none'],expected.split('|')
    if not digits: return ('none' if found else 'refused'), False
    if ''.join(digit for digit,_ in digits) in allowed: return 'right', False
    left_over = min((wrong_answers(digits, one) for one in allowed), key=len)
    return 'wrong', any(p>=SURE for _,p in left_over)

# ---- one kind

@functools.cache
def digits_of(which)->tuple: # uint8 images (10000,28,28), labels (10000,)
    "The digits to draw with: 'develop', the last 10,000 training images, or 'test'."
    from mnist_sgd.data import mnist
    images,labels = mnist('test' if which=='test' else 'train')
    return images[-10_000:].numpy(), labels[-10_000:].numpy()

def measured(name, n, which, seed=0, keep=None, read=None)->dict: # Shares of the kind's pictures, 0 to 1
    "Draw `n` pictures of one kind, have them read, and count."
    files,drawn,found = drawn_and_read(name, n, which, seed, read)
    results = [judged(answer, expected) for answer,(_,expected) in zip(found, drawn, strict=True)]
    if keep: keep_wrong(keep, files, drawn, found, results)
    return {'kind':name, **{c:np.mean([result==c for result,_ in results]) for c in COLUMNS},
            'sure and wrong':np.mean([sure for _,sure in results])}

def drawn_and_read(name, n, which, seed=0, read=None)->tuple: # Names of files, (data, expected) and answers of each
    "Draw `n` pictures of one kind and have them read."
    with tempfile.TemporaryDirectory() as folder:
        drawn = [picture(name, k, *digits_of(which), seed) for k in range(n)]
        files = [Path(folder)/f'{name}-{k}{suffix(data)}' for k,(data,_) in enumerate(drawn)]
        for file,(data,_) in zip(files, drawn): file.write_bytes(data)
        return files, drawn, (read or answers)(files)

def suffix(data): return {b'\xff':'.jpg', b'G':'.gif'}.get(data[:1], '.png')

def keep_wrong(folder, files, drawn, found, results):
    "Copies of the pictures that were not read right, with what was expected and what was answered in their names."
    for file,(data,expected),answer,(result,_) in zip(files, drawn, found, results):
        if result=='right' or (not expected and result!='wrong'): continue
        said = '+'.join(f'{a}@{p:.2f}' for a,p in answer) or 'refused'
        name = f"{file.stem}_{expected.replace('|', 'or') or 'nothing'}_{said}{file.suffix}"
        (Path(folder)/name).write_bytes(data)

# ---- all kinds

def table(kinds, n, which, seed=0, jobs=1, keep=None)->pd.DataFrame: # A row a kind
    "Measure several kinds, side by side in `jobs` processes."
    work = functools.partial(measured, n=n, which=which, seed=seed, keep=keep)
    if jobs==1: return _frame(map(work, kinds))
    with ProcessPoolExecutor(jobs, multiprocessing.get_context('spawn'), _one_thread) as pool:
        return _frame(pool.map(work, kinds))

def _frame(rows): return pd.DataFrame([*rows], columns=['kind', *COLUMNS]).set_index('kind')

def _one_thread():
    import torch
    torch.set_num_threads(1)

def goals(digits, non_digits)->list: # (goal, figure, reached?)
    "What must hold, over the kinds that were measured."
    found = []
    if len(digits):
        right,sure = digits['right'],digits['sure and wrong'].mean()
        found = [('right in the mean of all kinds at least 97 %', f'{right.mean():.2%}', right.mean()>=.97),
                 ('right in each kind at least 90 %', f'{right.min():.1%}, {right.idxmin()}', right.min()>=.9),
                 ('sure and wrong at most 1 %', f'{sure:.2%}', sure<=.01)]
    if len(non_digits):
        called = non_digits['wrong']
        most = f'{called.max():.1%}, {called.idxmax()}'
        found += [('non-digits called a digit at most 5 %', f'{called.mean():.2%}', called.mean()<=.05),
                  ('non-digits of each kind called a digit at most 10 %', most, called.max()<=.1)]
    return found

def shown(frame)->str: # Lines of text
    "Shares as per cent, the means last."
    mean = frame.mean().to_frame('mean of kinds').T
    return pd.concat([frame, mean]).mul(100).round(1).to_string(float_format='{:.1f}'.format)

def report(digits, non_digits)->bool: # Do all goals hold?
    "Print tables and goals."
    if len(digits): print(f'Pictures with digits, per cent\n{shown(digits)}\n')
    called = non_digits.drop(columns='right').rename(columns={'wrong':'called a digit', 'sure and wrong':'and sure'})
    if len(called): print(f'Pictures without digits, per cent\n{shown(called)}\n')
    reached = goals(digits, non_digits)
    for goal,figure,holds in reached: print(f"{'yes' if holds else 'NO':4}{goal}: {figure}")
    return all(holds for *_,holds in reached)

# ---- a sheet to look at

def contact_sheet(file, kinds, which, seed=0, number=0, columns=8, width=240):
    "One picture of each kind, its name and what is expected below it."
    font,height = ImageFont.truetype(FONTS/'DejaVuSans.ttf', 13),int(width*.75)
    rows = -(-len(kinds)//columns)
    sheet = Image.new('RGB', (columns*(width+8), rows*(height+28)), (200,205,215))
    for k,name in enumerate(kinds):
        data,expected = picture(name, number, *digits_of(which), seed)
        x,y = k%columns*(width+8)+4,k//columns*(height+28)+4
        sheet.paste(thumbnail(data, (width,height)), (x,y))
        ImageDraw.Draw(sheet).text((x,y+height+4), f"{name}: {expected or 'nothing'}", (0,0,0), font)
    sheet.save(file)

def thumbnail(data, size):
    "A picture as people see it: upright, and transparent on a middle grey."
    from io import BytesIO
    from PIL import ImageOps
    img = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    if img.mode.startswith('I;16'): img = Image.fromarray((np.asarray(img)>>8).astype(np.uint8))
    back = Image.new('RGBA', img.size, (128,128,136))
    img = Image.alpha_composite(back, img.convert('RGBA')).convert('RGB')
    scale = min(size[0]/img.width, size[1]/img.height)
    return img.resize((round(img.width*scale), round(img.height*scale)), 0 if scale>3 else Image.Resampling.BOX)

# ---- the command

def chosen(names)->list: # Names of kinds
    "Those named, with commas between them, or all."
    known = [*KINDS, *NOTHING]
    if unknown := [name for name in names.split(',') if name and name not in known]:
        sys.exit(f"no kind {', '.join(unknown)}; there are {', '.join(known)}")
    return [name for name in known if not names or name in names.split(',')]

def main(args=None)->int: # Exit code: 1 if a goal is missed
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--n', type=int, default=200, help='pictures of each kind (default 200)')
    p.add_argument('--kinds', default='', help='names with commas between them (default: all)')
    p.add_argument('--set', default='develop', choices=['develop', 'test'], help='which digits to draw with')
    p.add_argument('--seed', type=int, default=0, help='another seed, other pictures (default 0)')
    p.add_argument('--jobs', type=int, default=2, help='processes side by side (default 2)')
    p.add_argument('--wrong', help='a folder for the pictures that were read wrong')
    p.add_argument('--sheet', help='a PNG file with one picture of each kind; nothing is read')
    p.add_argument('--number', type=int, default=0, help='which picture of each kind the sheet shows')
    a = p.parse_args(args)
    kinds = chosen(a.kinds)
    if a.sheet: return contact_sheet(a.sheet, kinds, a.set, a.seed, a.number) or 0
    if a.wrong: Path(a.wrong).mkdir(parents=True, exist_ok=True)
    frame = table(kinds, a.n, a.set, a.seed, a.jobs, a.wrong)
    is_digit = frame.index.isin([*KINDS])
    return 0 if report(frame[is_digit], frame[~is_digit]) else 1

if __name__=='__main__': sys.exit(main())
