"""Draw nbs/reading.png, the picture of the front page: what `mnist_sgd predict` says of a page of digits.

Run from the top of the repository: python tools/reading.py
The digits are the first nine of MNIST's test set, unchosen; paper, lines, light and grain are drawn here. Nothing is
written, and the exit code is 1, where one of them is misread."""
import numpy as np, sys
from mnist_sgd.app.models import find_model, load_model, model_about
from mnist_sgd.app.pictures import Page, draw_page, read_page, usual_threshold
from mnist_sgd.data import mnist
from PIL import Image, ImageDraw, ImageFilter

SIZE = 640,560
ROWS = 4,3,2 # digits in each row

def paper(): # ruled, of a warm white
    sheet = Image.new('RGB', SIZE, (250,246,235))
    for y in range(60, SIZE[1], 56): ImageDraw.Draw(sheet).line((0,y,SIZE[0],y+12), (150,175,205), 2)
    return sheet

def written(sheet, digits): # in blue ink, row by row
    digits = iter(digits)
    for row,count in enumerate(ROWS):
        for k in range(count):
            large = Image.fromarray(next(digits).numpy()).resize((130,130), Image.Resampling.BICUBIC)
            sheet.paste((40,50,120), (50+140*k+20*row, 30+165*row), large)

def in_light(sheet, seed=0): # brightest at the upper left, with the shadow of a book, and grain
    x,y = np.meshgrid(np.linspace(0, 1, SIZE[0]), np.linspace(0, 1, SIZE[1]))
    shadow = Image.fromarray((255*(x+.5*y>1.05)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(6))
    light = (1-.2*x-.1*y)*(1-.4*np.asarray(shadow)/255)
    grain = np.random.default_rng(seed).normal(0, 4, (*x.shape,1))
    return Image.fromarray((np.asarray(sheet)*light[:,:,None]+grain).clip(0, 255).astype(np.uint8))

def main()->int: # Exit code
    images,labels = mnist('test')
    sheet = paper()
    written(sheet, images[:sum(ROWS)])
    picture,file = in_light(sheet),find_model('any_digit')
    about = model_about(file)
    readings = read_page(picture, load_model(file), about['classes'], about['temperature'],
                         usual_threshold(about['classes']))
    said,true = ''.join(r.answer for r in readings),''.join(map(str, labels[:sum(ROWS)].tolist()))
    print(f'read {said}, written {true}')
    if said!=true: return 1
    draw_page(Page('page', picture.size, picture, readings, '')).quantize(128).save('nbs/reading.png', optimize=True)
    return 0

if __name__=='__main__': sys.exit(main())
