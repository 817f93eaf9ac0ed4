"""Pictures with known digits, and pictures without: what people photograph, scan, draw and type.

KINDS and NOTHING map a kind's name to a function of (images, labels, rng): eight digits as float (28,28) in [0,1] with
ink 1, their labels, and a NumPy generator. It returns the bytes of a picture file and what stands in it, such as '3' or
'407'. Where a person may well answer either, both are given: '3|312'. In NOTHING, '' is expected.

A page is float (h,w,3), 0 to 255; ink is float (h,w), 0 to 1, 1 where the pen has been. A kind is written as a function
from one image (`@one`), from several (`@several`) or from nothing (`@nothing`) to a page, or to a file's bytes."""
import functools, io, zlib
from pathlib import Path

import matplotlib, numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.morphology import skeletonize

KINDS,NOTHING = {},{}
ALL = '0123456789'
PAPER,DESK = (244,241,232),(96,68,46)
PENS = (28,30,36),(32,44,120),(20,60,170),(60,40,40)
FONTS = Path(matplotlib.get_data_path())/'fonts/ttf'
FACES = ('DejaVuSans','DejaVuSans-Bold','DejaVuSans-Oblique','DejaVuSansMono','DejaVuSerif','DejaVuSerif-Italic',
         'STIXGeneral')

# ---- kinds by name

def one(make=None, only=ALL):
    "A kind with one digit, of those in `only`; `make` gets its image and a generator."
    if not make: return functools.partial(one, only=only)
    def kind(images, labels, rng): return bytes_of(make(images[0], rng), rng), str(int(labels[0]))
    return _register(KINDS, make, kind, only)

def several(make):
    "A kind with several digits; `make` gets images, labels and a generator, and returns the expected string too."
    def kind(images, labels, rng):
        page,expected = make(images, [*map(int, labels)], rng)
        return bytes_of(page, rng), expected
    return _register(KINDS, make, kind)

def drawn_digit(make):
    "A kind that draws its digit itself; `make` gets a generator, and returns the expected string too."
    return several(functools.wraps(make)(lambda images, labels, rng: make(rng)))

def nothing(make):
    "A kind without a digit; `make` gets a generator."
    def kind(images, labels, rng): return bytes_of(make(rng), rng), ''
    return _register(NOTHING, make, kind)

def no_more(make=None, only=ALL):
    "A kind made of digits that are none any more, the first of those in `only`; `make` gets images, labels, generator."
    if not make: return functools.partial(no_more, only=only)
    def kind(images, labels, rng): return bytes_of(make(images, [*map(int, labels)], rng), rng), ''
    return _register(NOTHING, make, kind, only)

def _register(table, make, kind, only=ALL):
    kind.only = only
    table[make.__name__] = kind
    return make

def rng_of(name, number, seed=0):
    "The generator of one picture: the same name, number and seed draw the same file."
    return np.random.default_rng([zlib.crc32(name.encode()), number, seed])

def picture(name, number, images, labels, seed=0)->tuple: # Bytes of a file, expected string
    "Picture `number` of kind `name`, of digits chosen from `images`, uint8 (n,28,28), and `labels` (n,)."
    kind,rng = (KINDS|NOTHING)[name],rng_of(name, number, seed)
    rows = rng.choice(len(labels), 8, replace=False)
    if kind.only!=ALL: rows[0] = rng.choice(np.flatnonzero(np.isin(labels, [*map(int, kind.only)])))
    return kind([images[i].astype(np.float32)/255 for i in rows], [labels[i] for i in rows], rng)

# ---- pages and files

def paper(rng, h=360, w=480, colour=PAPER):
    "An empty page, a little uneven in its light."
    y,x = _yx(h, w)
    slope = rng.uniform(-.05, .05, 2)
    return np.float32(colour)*(1+slope[0]*(y/h-.5)+slope[1]*(x/w-.5))[...,None]

def _yx(h, w): return np.mgrid[:h,:w].astype(np.float32)
def _size(page): return page.shape[:2]
def pick(rng, things): return things[int(rng.integers(len(things)))]

def eight_bits(page, rng, noise=0):
    return (page+(rng.normal(0, noise, page.shape) if noise else 0)).clip(0, 255).round().astype(np.uint8)

def jpeg(page, rng, noise=3.5, quality=88, **how):
    Image.fromarray(eight_bits(page, rng, noise)).save(f := io.BytesIO(), 'jpeg', quality=quality, **how)
    return f.getvalue()

def png(image):
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(f := io.BytesIO(), 'png')
    return f.getvalue()

def bytes_of(page, rng): return page if isinstance(page, bytes) else jpeg(page, rng)

def phone_sized(page, rng, width=4000):
    "The page as a phone takes it, 12 megapixels, with the grain of its sensor."
    h,w = _size(page)
    big = Image.fromarray(eight_bits(page, rng)).resize((width, width*h//w), Image.Resampling.BICUBIC)
    grain = np.tile(rng.normal(0, 4, (250,250,1)).round().astype(np.int16), (-(-big.height//250), width//250, 1))
    return jpeg((np.asarray(big)+grain[:big.height]).clip(0, 255), rng, noise=0, quality=90)

# ---- ink

def boxed(ink, least=.2):
    "Cut to what is inked."
    rows,cols = np.flatnonzero((ink>least).any(1)),np.flatnonzero((ink>least).any(0))
    return ink[rows[0]:rows[-1]+1,cols[0]:cols[-1]+1]

def along(middle, width):
    "Strokes `width` px wide along the lines in `middle`, bool (h,w)."
    return (width/2+.5-ndimage.distance_transform_edt(~middle)).clip(0, 1).astype(np.float32)

def without_specks(ink):
    "Without pieces of less than a twentieth of the ink, the dirt of a scanner."
    pieces,n = ndimage.label(ink>.2)
    sizes = np.bincount(pieces.ravel())
    return ink*~np.isin(pieces, [k for k in range(1, n+1) if sizes[k]<sizes[1:].sum()/20])

def pieces(mask): return ndimage.label(mask, np.ones((3,3)))[1]

def middle_of(ink, zoom):
    "The middle of each stroke, bool (h,w); None where the digit is so smudged or so faint that it would be another."
    ink = np.pad(ink, 3)
    for least in (.45, .65, .8):
        middle = skeletonize(ink>least)
        width = np.median(ndimage.distance_transform_edt(ink>.45)[middle])
        far = ndimage.distance_transform_edt(~middle)>1.5*width+1
        if width<2.4*zoom and far[ink>.45].mean()<.005 and pieces(middle)<=pieces(ink>.25): return middle[3:-3,3:-3]

def glyph(image, size, turn=0, pen=None):
    "A digit's ink, cut to its box; `size` px high or wide; turned by `turn` degrees; `pen`: strokes so wide."
    zoom = size/20
    a = np.asarray(Image.fromarray(image).resize((round(28*zoom),)*2, Image.Resampling.BICUBIC))
    if zoom>1: a = without_specks(ndimage.gaussian_filter(a, .3*zoom)) # pens leave no steps
    middle = middle_of(a, zoom) if pen else None
    least = .3 if pieces(a>.45)>pieces(a>.25) else .45 # faint strokes stay whole, thick loops open
    if middle is not None: a = along(np.pad(middle, int(pen)+1), pen)
    else: a = ((a-least)*max(.5/least, .6*zoom)+.5).clip(0, 1)
    if turn: a = ndimage.rotate(a, turn, order=1)
    return boxed(a)

def ink_on(page, ink, colour, top=0, left=0):
    "Lay ink on the page, cut at its borders."
    (h,w),(H,W) = ink.shape,_size(page)
    t,l,b,r = max(0, top),max(0, left),min(H, top+h),min(W, left+w)
    if b>t and r>l:
        part = ink[t-top:b-top,l-left:r-left,None]
        page[t:b,l:r] = page[t:b,l:r]*(1-part)+np.float32(colour)*part
    return page

def spot(page, ink, rng, margin=20):
    "Where to put ink on a page: top and left."
    return [int(rng.integers(margin, max(margin+1, n-k-margin))) for n,k in zip(_size(page), ink.shape)]

def write(page, image, rng, size=(100,160), colour=None, margin=20, **how):
    "Write a digit somewhere on the page."
    ink = glyph(image, rng.integers(*size), **how)
    return ink_on(page, ink, pick(rng, PENS) if colour is None else colour, *spot(page, ink, rng, margin))

def side_by_side(inks, gap, rng=None, jump=0):
    "Ink of several things in a row, on one base line."
    h = max(ink.shape[0] for ink in inks)
    def on_base(ink):
        up = int(rng.integers(jump+1)) if jump else 0
        return np.pad(ink, ((h-ink.shape[0]+jump-up, up), (0, gap)))
    return np.concatenate([on_base(ink) for ink in inks], 1)[:,:-gap]

def strokes(shape, lines, width, scale=3):
    "Ink of lines through points (x, y)."
    img = Image.new('L', (shape[1]*scale, shape[0]*scale))
    draw,r = ImageDraw.Draw(img),width*scale/2
    for line in lines:
        points = [(x*scale, y*scale) for x,y in line]
        draw.line(points, 255, round(2*r), 'curve')
        for x,y in (points[0], points[-1]): draw.ellipse((x-r, y-r, x+r, y+r), 255)
    return np.asarray(img.resize((shape[1],shape[0]), Image.Resampling.BOX), np.float32)/255

def filled(shape, points, scale=3):
    "Ink of a polygon."
    img = Image.new('L', (shape[1]*scale, shape[0]*scale))
    ImageDraw.Draw(img).polygon([(x*scale, y*scale) for x,y in points], 255)
    return np.asarray(img.resize((shape[1],shape[0]), Image.Resampling.BOX), np.float32)/255

def ellipse(x, y, rx, ry, start=0, end=2*np.pi, n=60):
    t = np.linspace(start, end, n)
    return [*zip(x+rx*np.cos(t), y+ry*np.sin(t))]

def smooth(points, times=3):
    "Round the corners of a line; a point that is given twice stays a corner."
    p = np.float64(points)
    for _ in range(times):
        p = np.concatenate([p[:1], np.stack([.75*p[:-1]+.25*p[1:], .25*p[:-1]+.75*p[1:]], 1).reshape(-1, 2), p[-1:]])
    return p

def printed(words, size, face='DejaVuSans'):
    "Ink of printed words, cut to its box."
    font = ImageFont.truetype(FONTS/f'{face}.ttf', size)
    l,t,r,b = map(int, font.getbbox(words))
    img = Image.new('L', (r-l+8, b-t+8))
    ImageDraw.Draw(img).text((4-l, 4-t), words, 255, font)
    return boxed(np.asarray(img, np.float32)/255)

def box_on(page, left, top, right, bottom, colour, width=None):
    "A box of lines `width` px wide, or a filled one."
    page = ink_on(page, np.ones((bottom-top, right-left), np.float32), colour, top, left) if width is None else page
    if width:
        for l,t,r,b in ((left,top,right,top+width), (left,bottom-width,right,bottom), (left,top,left+width,bottom),
                        (right-width,top,right,bottom)): page = box_on(page, l, t, r, b, colour)
    return page

def lines_on(page, step, width, colour, start=0, angle=0, squares=False):
    "Ruled lines at `angle` degrees, or squares."
    y,x = _yx(*_size(page))
    s,c = np.sin(np.radians(angle)),np.cos(np.radians(angle))
    for u in (y*c+x*s, x*c-y*s)[:1+squares]:
        page = ink_on(page, (width/2+.5-abs((u-start+step/2)%step-step/2)).clip(0, 1), colour)
    return page

def lit(page, light): return page*light[...,None].astype(np.float32)

def half_plane(page, rng, soft, through=None, angle=None):
    "0 on one side of a line, 1 on the other, `soft` px between them."
    (h,w),y,x = _size(page),*_yx(*_size(page))
    cy,cx = through or (rng.uniform(.3, .7)*h, rng.uniform(.3, .7)*w)
    t = rng.uniform(0, 2*np.pi) if angle is None else angle
    return 1/(1+np.exp(-(((x-cx)*np.cos(t)+(y-cy)*np.sin(t))/soft).clip(-50, 50)))

def cloud(rng, h, w, sigma):
    "Smooth random values, -1 to 1."
    a = ndimage.gaussian_filter(rng.normal(0, 1, (h,w)), sigma)
    return a/abs(a).max()

def seen(page, corners, back):
    "The page with its corners (left top, right top, right bottom, left bottom) moved to these (x, y)."
    h,w = _size(page)
    rows = []
    for (X,Y),(x,y) in zip(corners, ((0,0), (w,0), (w,h), (0,h))):
        rows += [[X,Y,1,0,0,0,-x*X,-x*Y,x], [0,0,0,X,Y,1,-y*X,-y*Y,y]]
    rows = np.float64(rows)
    turn = np.linalg.solve(rows[:,:8], rows[:,8])
    img,back = Image.fromarray(page.clip(0, 255).astype(np.uint8)),tuple(map(int, back))
    img = img.transform((w,h), Image.Transform.PERSPECTIVE, turn, Image.Resampling.BICUBIC, fillcolor=back)
    return np.asarray(img, np.float32)

def turned(page, degrees, back, shrink=1.):
    "The page turned about its middle."
    h,w = _size(page)
    t = np.radians(degrees)
    def at(x, y): return w/2+shrink*(x*np.cos(t)-y*np.sin(t)), h/2+shrink*(x*np.sin(t)+y*np.cos(t))
    return seen(page, [at(-w/2,-h/2), at(w/2,-h/2), at(w/2,h/2), at(-w/2,h/2)], back)

def desk(rng, h=360, w=480, colour=DESK):
    "A wooden table."
    grain = ndimage.gaussian_filter1d(rng.normal(0, 1, (h,w)), 25, axis=1)
    return np.float32(colour)+60*grain[...,None].astype(np.float32)

WORDS = 'camera frame paper tree water hand made name card read pure yard team'.split() # o, l and s are digits too

def sentence(rng, n=6): return ' '.join(rng.permutation(WORDS)[:n])

# ---- one digit on paper

@one
def plain(image, rng): return write(paper(rng), image, rng)

@one
def marker(image, rng): return write(paper(rng), image, rng, (130,190), (18,18,20), pen=rng.uniform(16, 22))

@one
def pencil(image, rng):
    return jpeg(write(paper(rng), image, rng, (110,170), (125,125,130), pen=2.6), rng, noise=6)

@one
def pale_pencil(image, rng):
    page = write(paper(rng), image, rng, (120,180), (192,192,194), pen=4)
    return jpeg(page, rng, noise=2.5)

@one
def ballpoint_large(image, rng): return write(paper(rng), image, rng, (230,290), (30,42,130), pen=2.2)

@one
def very_thin_pen(image, rng):
    return write(paper(rng, 520, 640), image, rng, (330,400), pick(rng, PENS), pen=2)

@one
def very_thick_pen(image, rng):
    size = int(rng.integers(120, 170))
    return write(paper(rng), image, rng, (size,size+1), pen=size/6.5)

@one
def yellow_marker(image, rng):
    return jpeg(write(paper(rng, colour=(252,252,250)), image, rng, (120,180), (250,232,50), pen=15), rng, noise=2.5)

@one
def felt_pen_uneven(image, rng):
    ink = glyph(image, rng.integers(130, 180), pen=rng.uniform(9, 13))
    ink = ink*(.7+.3*cloud(rng, *ink.shape, 8)).clip(.35, 1)
    page = paper(rng)
    return ink_on(page, ink, pick(rng, ((30,120,60), (190,30,60), (40,60,180))), *spot(page, ink, rng))

@one
def dried_marker(image, rng):
    ink = glyph(image, rng.integers(140, 190), pen=rng.uniform(12, 17))
    streaks = ndimage.gaussian_filter(rng.normal(0, 1, ink.shape), (1,5))
    ink = ndimage.gaussian_filter(ink*(streaks>-.6*streaks.std()), .6)
    page = paper(rng)
    return ink_on(page, ink, (30,30,34), *spot(page, ink, rng))

@one
def double_strokes(image, rng):
    "Written twice, a little beside the first time."
    size,page = int(rng.integers(120, 170)),paper(rng)
    inks = [glyph(image, size, pen=3.5) for _ in range(2)]
    top,left = spot(page, inks[0], rng, 30)
    shift = rng.integers(2, 5, 2)*rng.choice([-1,1], 2)
    return ink_on(ink_on(page, inks[0], PENS[1], top, left), inks[1], PENS[1], top+int(shift[0]), left+int(shift[1]))

@one
def stamp_ink(image, rng):
    ink = glyph(image, rng.integers(110, 160))
    ink = ink*(ndimage.gaussian_filter(rng.normal(0, 1, ink.shape), 1.2)>-.22)*(.75+.25*cloud(rng, *ink.shape, 12))
    page = paper(rng)
    return ink_on(page, ink, pick(rng, ((150,30,60), (60,50,140))), *spot(page, ink, rng))

@one
def crayon(image, rng):
    ink = glyph(image, rng.integers(150, 200), pen=rng.uniform(14, 19))
    ink = ink*(ndimage.gaussian_filter(rng.normal(0, 1, ink.shape), .9)>-.15)
    page = paper(rng)
    return ink_on(page, ndimage.gaussian_filter(ink, .5), pick(rng, ((220,50,40), (40,130,70), (50,70,190))),
                  *spot(page, ink, rng))

@one
def brush(image, rng):
    "Watercolour: paler in the middle of the stroke, darker at its border."
    ink = glyph(image, rng.integers(140, 190), pen=rng.uniform(16, 22))
    ink = (ink*(.65+.5*(ink-ndimage.gaussian_filter(ink, 4))+.2*cloud(rng, *ink.shape, 15))).clip(0, 1)
    page = paper(rng)
    return ink_on(page, ink, pick(rng, ((30,70,150), (140,30,90), (20,100,90))), *spot(page, ink, rng))

@one
def tilted(image, rng): return write(paper(rng), image, rng, (100,150), turn=rng.choice([-1,1])*rng.uniform(18, 30))

@one
def close_up(image, rng):
    ink = np.pad(glyph(image, 300), int(rng.integers(6, 14)))
    return ink_on(paper(rng, *ink.shape), ink, PENS[1])

@one
def touching_border(image, rng):
    ink = glyph(image, rng.integers(170, 240))
    return ink_on(paper(rng, *ink.shape), ink, PENS[0])

@one
def cut_by_border(image, rng):
    "A twentieth of the digit is outside."
    ink = glyph(image, rng.integers(120, 170))
    page,(h,w) = paper(rng),ink.shape
    top,left = spot(page, ink, rng, 40)
    out = [(-h//20,left), (360-h+h//20,left), (top,-w//20), (top,480-w+w//20)]
    return ink_on(page, ink, PENS[0], *pick(rng, out))

@one
def far_12(image, rng): return write(paper(rng, 1200, 1600), image, rng, (140,160), margin=60)

@one
def far_5(image, rng): return write(paper(rng, 1200, 1600), image, rng, (58,66), margin=60)

@one
def tiny_picture(image, rng): return png(eight_bits(write(paper(rng, 32, 32), image, rng, (18,24), PENS[0], 3), rng))

@one
def phone_upright(image, rng):
    "Held upright: the file lies on its side and says so."
    page,exif = write(paper(rng, 640, 480), image, rng, (140,220)),Image.Exif()
    way,back = pick(rng, [(6,1), (8,-1), (3,2)])
    exif[0x0112] = way
    return jpeg(np.rot90(page, back), rng, exif=exif.tobytes())

# ---- lines and squares

def _paper_with(name, step, width, colour, squares=False, angle=0., size=(100,160)):
    def make(image, rng):
        tilt = rng.uniform(angle/2, angle)*rng.choice([-1,1])
        page = lines_on(paper(rng), step, width, colour, rng.integers(step), tilt, squares)
        return write(page, image, rng, size)
    make.__name__ = name
    return one(make)

ruled_pale = _paper_with('ruled_pale', 30, 1, (178,194,226))
ruled_dark = _paper_with('ruled_dark', 30, 1, (92,112,172))
ruled_dark_thick = _paper_with('ruled_dark_thick', 36, 2.2, (92,112,172))
ruled_black = _paper_with('ruled_black', 42, 2, (48,48,54))
ruled_at_angle = _paper_with('ruled_at_angle', 32, 1.5, (110,130,185), angle=14.)
squared_pale = _paper_with('squared_pale', 20, 1, (192,206,230), True)
squared_mid = _paper_with('squared_mid', 22, 1, (142,162,206), True)
squared_dark = _paper_with('squared_dark', 24, 1.2, (92,112,172), True)
squared_at_angle = _paper_with('squared_at_angle', 24, 1, (140,160,205), True, 10.)

@one
def ruled_margin(image, rng):
    page = lines_on(paper(rng), 30, 1, (150,176,220), rng.integers(30))
    x = int(rng.integers(26, 50))
    return write(box_on(page, x, 0, x+2, 360, (222,92,92)), image, rng, margin=56)

@one
def graph_paper_heavy(image, rng):
    "Millimetres; every fifth line is heavier."
    colour = pick(rng, ((226,150,110), (130,180,150), (150,170,210)))
    start = rng.integers(60)
    page = lines_on(lines_on(paper(rng), 12, .7, colour, start, squares=True), 60, 2, colour, start, squares=True)
    return write(page, image, rng, (120,180))

def _school(name, width, colour, squares=0):
    "The digit stands on a line and is as high as one, or as `squares` squares."
    def make(image, rng):
        ink,page = glyph(image, rng.integers(120, 160)),paper(rng)
        top,left = spot(page, ink, rng)
        step = ink.shape[0]*1.15/max(1, squares)
        page = lines_on(page, step, width, colour, top+ink.shape[0], squares=squares>0)
        return ink_on(page, ink, pick(rng, PENS), top, left)
    make.__name__ = name
    return one(make)

school_ruled_pale = _school('school_ruled_pale', 3, (182,198,228))
school_ruled_mid = _school('school_ruled_mid', 3, (142,162,206))
school_ruled_black = _school('school_ruled_black', 2, (62,62,66))
school_squared_pale = _school('school_squared_pale', 2, (188,202,228), 2)
school_squared_dark = _school('school_squared_dark', 2, (98,118,174), 2)

@several
def ballpoint_in_squares(images, labels, rng):
    "Sums at school: blue ballpoint, a digit fills a square."
    step,n = int(rng.integers(56, 72)),int(rng.integers(1, 5))
    page = lines_on(paper(rng), step, 1.5, (160,178,214), 20, squares=True)
    top,left = int(rng.integers(1, 4)),int(rng.integers(0, 3))
    for k in range(n):
        ink = glyph(images[k], int(step*.8), pen=3)
        y,x = 20+top*step+(step-ink.shape[0])//2,20+(left+k)*step+(step-ink.shape[1])//2
        page = ink_on(page, ink, (35,55,150), y, x)
    return page, _string(labels, n)

def _string(labels, n): return ''.join(map(str, labels[:n]))

# ---- light

@one
def shadow_hard(image, rng):
    page = write(paper(rng), image, rng)
    return lit(page, 1-.32*half_plane(page, rng, 1.2))

@one
def shadow_soft(image, rng):
    page = write(paper(rng), image, rng)
    return lit(page, 1-.55*half_plane(page, rng, 15))

@one
def hand_shadow(image, rng):
    "Four fingers and their hand, out of focus."
    page = write(paper(rng), image, rng)
    x0,y0 = rng.uniform(120, 300),rng.uniform(160, 240)
    fingers = [[(x0+34*k, 380), (x0+40*k+rng.uniform(-20, 20), y0-20*(k%3))] for k in range(4)]
    return lit(page, 1-.4*ndimage.gaussian_filter(strokes((360,480), fingers, 32), rng.uniform(3, 7)))

@one
def sun_stripes(image, rng):
    "The sun through blinds."
    page = write(paper(rng), image, rng)
    y,x = _yx(*_size(page))
    t = rng.uniform(0, np.pi)
    wave = np.sin((x*np.cos(t)+y*np.sin(t))*2*np.pi/rng.uniform(60, 110)+rng.uniform(0, 6))
    return lit(page, .62+.38/(1+np.exp(-wave*8)))

@one
def vignette(image, rng):
    page = write(paper(rng), image, rng, margin=60)
    y,x = _yx(*_size(page))
    return lit(page, (1-1.1*(((x-240)/480)**2+((y-180)/360)**2)).clip(.3, 1))

@one
def flash_highlight(image, rng):
    "Dark corners, and the flash mirrored in a white spot."
    page = write(paper(rng, colour=(200,196,188)), image, rng, margin=50)
    y,x = _yx(*_size(page))
    r = ((x-240)/480)**2+((y-180)/360)**2
    cx,cy = rng.uniform(100, 380),rng.uniform(80, 280)
    glow = np.exp(-((x-cx)**2+(y-cy)**2)/(2*rng.uniform(40, 60)**2))
    return lit(page, (1-.9*r).clip(.35, 1))+(60*glow)[...,None]

@one
def gradient_background(image, rng):
    page = paper(rng)
    y,x = _yx(*_size(page))
    pairs = ((255,250,240),(150,190,240)), ((250,220,230),(255,255,210)), ((240,240,240),(140,140,150))
    a,b = np.float32(pick(rng, pairs))
    t = (x/480 if rng.random()<.5 else y/360)[...,None]
    return write(a*(1-t)+b*t, image, rng, colour=(20,24,40))

@one
def two_tone(image, rng):
    "Half of it white, half of it grey."
    page = paper(rng, colour=(252,252,252))
    page = ink_on(page, half_plane(page, rng, .5, angle=pick(rng, (0, np.pi/2, np.pi, 1.5*np.pi))), (176,176,178))
    return write(page, image, rng, colour=PENS[0])

@one
def crease(image, rng):
    page = write(paper(rng), image, rng, (110,160))
    (h,w),y,x = _size(page),*_yx(*_size(page))
    t,c = rng.uniform(0, np.pi),rng.uniform(-40, 40)
    d = (x-w/2)*np.cos(t)+(y-h/2)*np.sin(t)-c
    return lit(page, 1-.18*np.exp(-(d/1.7)**2)-.1/(1+np.exp((-d/2).clip(-50, 50))))

@one
def crumpled(image, rng):
    page = write(paper(rng), image, rng, (110,160))
    a = cloud(rng, 360, 480, 10)
    return lit(page, 1-.15*abs(a)-.1*(np.gradient(a)[0]*40).clip(-1, 1))

@one
def whiteboard_glare(image, rng):
    "Thick coloured marker on white, lamps mirrored in the board, traces of what was wiped off."
    page = ink_on(paper(rng, colour=(228,232,234)), .12*(cloud(rng, 360, 480, 20)>.35), (130,140,170))
    page = write(page, image, rng, (140,200), pick(rng, ((30,50,160), (190,30,40), (20,120,60), (25,25,30))), pen=9)
    for _ in range(2):
        x,y = rng.uniform(60, 420),rng.uniform(40, 320)
        lamp = ndimage.gaussian_filter(filled((360,480), [(x-50,y), (x+50,y-14), (x+52,y+8), (x-48,y+22)]), 9)
        page = page+110*lamp[...,None]
    return page

# ---- what else lies there

@one
def table_edge(image, rng):
    page,edge = write(paper(rng), image, rng, margin=62),int(rng.integers(22, 50))
    side = int(rng.integers(4))
    page = np.rot90(page, side).copy()
    page[:edge] = desk(rng, *_size(page))[:edge]
    return np.rot90(page, -side)

@one
def sheet_on_table(image, rng):
    page = desk(rng)
    page[42:-42,48:-48] = paper(rng, 276, 384)
    return write(page, image, rng, (90,140), margin=66)

@one
def rotated_page(image, rng):
    "A ruled sheet that lies askew on the table."
    page = write(lines_on(paper(rng), 30, 1, (170,188,220), 10), image, rng, (110,160), margin=36)
    return turned(page, rng.choice([-1,1])*rng.uniform(5, 10), DESK, rng.uniform(.8, .95))

@one
def keystone(image, rng):
    "A sheet seen at an angle."
    page = write(lines_on(paper(rng), 34, 1, (180,196,224), 10), image, rng, (120,170), margin=36)
    a,b = rng.uniform(30, 80, 2)
    corners = [(a,rng.uniform(8,30)), (480-b,rng.uniform(8,30)), (480,352), (0,352)]
    return seen(page, corners, pick(rng, (DESK, (60,64,70), (150,140,130))))

@one
def torn_edge(image, rng):
    page = write(paper(rng), image, rng, margin=70)
    edge = 40+12*cloud(rng, 1, 480, (0,3))[0]+6*cloud(rng, 1, 480, (0,1))[0]
    side = int(rng.integers(4))
    page = np.rot90(page, side).copy()
    h,w = _size(page)
    y,_ = _yx(h, w)
    page = ink_on(page, (edge[:w]+5-y).clip(0, 1), (255,255,252))
    return np.rot90(ink_on(page, (edge[:w]-y).clip(0, 1), (88,70,60)), -side)

@one
def post_it(image, rng):
    page,s = desk(rng, colour=pick(rng, (DESK, (170,140,104), (70,74,82)))),int(rng.integers(200, 260))
    top,left = int(rng.integers(30, 340-s)),int(rng.integers(40, 450-s))
    shade = ink_on(np.zeros((360,480,1), np.float32), np.ones((s+2,s+2), np.float32), 1, top+6, left+4)
    note = paper(rng, s, s, pick(rng, ((250,236,110), (250,170,190), (170,226,150), (150,210,240))))
    page = ink_on(page, .5*ndimage.gaussian_filter(shade[...,0], 5), (20,15,10))
    page[top:top+s,left:left+s] = write(note, image, rng, (100,140), margin=24)
    return turned(page, rng.uniform(-4, 4), page.mean((0,1)), 1.1)

@one
def tape_edge(image, rng):
    "A strip of clear tape, a little darker, with bright edges."
    page,x = write(paper(rng), image, rng),int(rng.integers(120, 320))
    strip = strokes((360,480), [[(x,-60), (x+rng.uniform(-80, 80),420)]], 70)
    page = ink_on(page, .22*strip, (190,180,140))
    return ink_on(page, .5*(strip-ndimage.grey_erosion(strip, 3)), (255,255,250))

@one
def paperclip(image, rng):
    page,x = write(paper(rng), image, rng, (100,140), margin=96),rng.uniform(60, 420)
    clip = smooth([(0,60), (0,10), (0,10), (16,-6), (30,8), (30,84), (16,98), (4,86), (4,24), (14,16), (24,24),
                   (24,70)])
    clip = strokes((360,480), [clip+[x,0]], 4)
    page = ink_on(page, .35*ndimage.gaussian_filter(clip, 2), (40,40,40), 4, 3)
    return ink_on(page, clip, (150,154,162))

@one
def coffee_ring(image, rng):
    page = write(paper(rng), image, rng)
    x,y,r = rng.uniform(0, 480),pick(rng, (-20, 380))+rng.uniform(-30, 30),rng.uniform(120, 170)
    ring = strokes((360,480), [ellipse(x, y, r, r)], 9)*(.45+.3*cloud(rng, 360, 480, 20))
    return ink_on(page, ndimage.gaussian_filter(ring, 1), (150,104,60))

@one
def thumb(image, rng):
    "A thumb in a lower corner."
    page,side = write(paper(rng), image, rng, (100,150), margin=90),int(rng.integers(2))
    skin = ndimage.gaussian_filter(strokes((360,480), [[(-10,385), (46,330)]], 66), 1.2)
    nail = ndimage.gaussian_filter(filled((360,480), ellipse(52, 322, 17, 17)), 1)
    page = ink_on(ink_on(page[:,::-1].copy() if side else page, skin, (214,160,132)), .8*nail, (240,204,190))
    return page[:,::-1] if side else page

@one
def spiral_side(image, rng):
    "A notebook's spiral at the left."
    page = box_on(write(paper(rng), image, rng, margin=72), 0, 0, 16, 360, (70,70,74))
    for y in range(10, 360, 26):
        page = ink_on(page, filled((360,480), ellipse(34, y, 5, 5)), (60,56,54))
        page = ink_on(page, strokes((360,480), [ellipse(22, y-3, 15, 8, np.pi, 2*np.pi)], 3), (160,160,166))
    return page

@one
def punched_holes(image, rng):
    page = write(paper(rng), image, rng, margin=50)
    for x in range(int(rng.integers(6, 24)), 480, 24): page = box_on(page, x, 10, x+10, 26, (60,56,52))
    return page

@one
def folded_corner(image, rng):
    page,k = write(paper(rng), image, rng, (100,150), margin=70),int(rng.integers(60, 100))
    page = ink_on(page, filled((360,480), [(480-k,0), (480,0), (480,k)]), DESK)
    return ink_on(page, filled((360,480), [(480-k,0), (480,k), (480-.8*k,.8*k)]), (214,210,198))

@one
def dust(image, rng):
    page = paper(rng)
    for _ in range(40):
        x,y,r = rng.uniform(0, 480),rng.uniform(0, 360),rng.uniform(.6, 2.6)
        page = ink_on(page, filled((7,7), ellipse(3.5, 3.5, r, r, n=12)), (64,62,60), int(y), int(x))
    return write(page, image, rng)

@one
def show_through(image, rng):
    "The back of the sheet shines through, mirrored."
    page,back = write(paper(rng), image, rng),np.zeros((360,480,1), np.float32)
    for y in range(20, 340, 44): back = ink_on(back, printed(sentence(rng, 5), 24, 'DejaVuSerif'), 1, y, 20)
    return ink_on(page, .13*ndimage.gaussian_filter(back[:,::-1,0], 1.5), (70,70,90))

@one
def rubbed_out(image, rng):
    "A grey smear where an earlier try was rubbed out, and crumbs of rubber."
    page,x,y = paper(rng),rng.uniform(100, 380),rng.uniform(80, 280)
    smear = strokes((360,480), [[(x-40+9*k, y+(20 if k%2 else -20)) for k in range(10)]], 8)
    page = ink_on(page, .16*ndimage.gaussian_filter(smear, 5), (70,70,74))
    return write(page, image, rng, colour=(50,50,56))

# ---- frames, underlines and company

def _framed(image, rng, colour, width=2, margin=30):
    ink,page = glyph(image, rng.integers(90, 150)),paper(rng)
    (top,left),(h,w),g = spot(page, ink, rng, margin+22),ink.shape,int(rng.integers(8, 22))
    side = max(0, (h-w)//3) # a frame is no narrow slit
    page = box_on(page, left-g-side, top-g, left+w+g+side, top+h+g, colour, width)
    return ink_on(page, ink, pick(rng, PENS), top, left)

@one
def frame_thin(image, rng): return _framed(image, rng, (60,60,66))
@one
def frame_pale(image, rng): return _framed(image, rng, (172,172,178))

@one
def frame_at_edge(image, rng):
    "Cut out of a form along its lines."
    s,k = int(rng.integers(180, 240)),int(rng.integers(2, 5))
    return box_on(write(paper(rng, s, s), image, rng, (110,140), margin=14), 0, 0, s, s, (50,50,56), k)

@one
def picture_frame(image, rng):
    "A hung picture: wood, a pale mat, the paper."
    page = box_on(box_on(desk(rng, colour=(120,84,50)), 26, 26, 454, 334, (60,40,24)), 30, 30, 450, 330, (226,222,214))
    page = box_on(page, 64, 60, 416, 300, (150,146,140))
    page[62:298,66:414] = paper(rng, 236, 348)
    return write(page, image, rng, (90,130), margin=80)

def _marked(image, rng, marks, size=(100,140), margin=56, width=5, colour=None):
    "A digit and lines that `marks` gives for its box, by the same pen."
    ink,page = glyph(image, rng.integers(*size), pen=width),paper(rng)
    (top,left),(h,w) = spot(page, ink, rng, margin),ink.shape
    colour = pick(rng, PENS) if colour is None else colour
    page = ink_on(page, ink, colour, top, left)
    return ink_on(page, strokes((360,480), marks(left, top, left+w, top+h), width), colour)

@one
def circled(image, rng):
    def round_it(l, t, r, b):
        radius = np.hypot(r-l, b-t)/2+rng.uniform(12, 20)
        return [ellipse((l+r)/2, (t+b)/2, radius*rng.uniform(.93, 1.05), radius, .3, 2*np.pi+.6)]
    return _marked(image, rng, round_it, (80,120), 50, 4)

@one
def underlined(image, rng):
    def under(l, t, r, b): return [smooth([(l-16,b+14), ((l+r)/2,b+14+rng.uniform(-4, 4)), (r+18,b+12)])]
    return _marked(image, rng, under)

@one
def underlined_twice(image, rng):
    def under(l, t, r, b): return [[(l-14,b+d), (r+16,b+d+rng.uniform(-4, 4))] for d in (14,26)]
    return _marked(image, rng, under)

@one
def trailing_dot(image, rng):
    def dot(l, t, r, b): return [[(r+16,b-3), (r+17,b-3)]]
    return _marked(image, rng, dot, width=6)

@one
def trailing_bracket(image, rng):
    "'3)', as exercises are numbered."
    def bracket(l, t, r, b): return [ellipse(r+14-30, (t+b)/2, 44, (b-t)*.62, -.9, .9)]
    return _marked(image, rng, bracket, margin=70)

@one
def arrow_to_it(image, rng):
    def arrow(l, t, r, b):
        y = (t+b)/2+rng.uniform(-10, 10)
        return [[(r+22,y), (r+100,y+rng.uniform(-30, 30))], [(r+42,y-15), (r+22,y), (r+42,y+17)]]
    return _marked(image, rng, arrow, margin=110)

@one
def word_beside(image, rng):
    "A word by the same pen."
    page,ink = paper(rng),glyph(image, rng.integers(100, 140))
    face = pick(rng, ('DejaVuSans-Oblique', 'STIXGeneralItalic', 'DejaVuSerif-Italic'))
    word,colour = printed(pick(rng, WORDS), 56, face),pick(rng, PENS)
    top = int(rng.integers(60, 180))
    page = ink_on(page, ink, colour, top, int(rng.integers(20, 70)))
    return ink_on(page, word, colour, top+int(rng.integers(20, 50)), 460-min(word.shape[1], 250))

@one
def printed_text_above(image, rng):
    "An answer below a printed question."
    page = paper(rng)
    for k in range(2):
        page = ink_on(page, printed(sentence(rng), 18, 'DejaVuSerif'), (30,30,32), 24+28*k, 24)
    ink = glyph(image, rng.integers(100, 140))
    return ink_on(page, ink, PENS[1], int(rng.integers(110, 360-ink.shape[0]-20)), int(rng.integers(30, 300)))

@one
def struck_out_neighbour(image, rng):
    page,ink,colour = paper(rng),glyph(image, rng.integers(100, 130)),pick(rng, PENS)
    y,x = rng.uniform(120, 220),rng.uniform(40, 70)
    zigzag = [(x+12*k, y+(50 if k%2 else -30)+rng.uniform(-10, 10)) for k in range(10)]
    page = ink_on(page, strokes((360,480), [zigzag], 5), colour)
    return ink_on(page, ink, colour, int(y)-50, int(rng.integers(250, 330)))

@one
def date_stamp(image, rng):
    "The camera prints the date into the corner."
    page = write(paper(rng), image, rng, margin=50)
    return ink_on(page, printed('26 11 2026', 20), (255,120,20), 330, 346)

@several
def page_number(images, labels, rng):
    "A small digit on a large sheet; the printed number of the page may be read too."
    page,number = paper(rng, 1000, 720),str(int(rng.integers(2, 99)))
    page = ink_on(page, printed(number, 22, 'DejaVuSerif'), (40,40,44), 950, pick(rng, (40, 350, 650)))
    ink = glyph(images[0], rng.integers(80, 110))
    top,left = int(rng.integers(100, 700)),int(rng.integers(80, 540))
    return ink_on(page, ink, PENS[1], top, left), f'{labels[0]}|{labels[0]}{number}'

# ---- several digits

def _row(images, n, size, rng, gap=None, **how):
    return side_by_side([glyph(im, size, **how) for im in images[:n]], gap or int(size*.35), rng, max(1, size//14))

@several
def two_digits(images, labels, rng):
    page,row = paper(rng),_row(images, 2, int(rng.integers(100, 140)), rng)
    return ink_on(page, row, pick(rng, PENS), *spot(page, row, rng)), _string(labels, 2)

@several
def row_of_digits(images, labels, rng):
    n,size = int(rng.integers(3, 6)),int(rng.integers(60, 80))
    page,row = paper(rng, 360, 640),_row(images, n, size, rng)
    return ink_on(page, row, pick(rng, PENS), *spot(page, row, rng)), _string(labels, n)

@several
def spread_on_page(images, labels, rng):
    "Three digits far from each other, of different sizes, from left to right."
    page,colour = paper(rng, 480, 720),pick(rng, PENS)
    for k in range(3):
        ink = glyph(images[k], rng.integers(70, 120))
        page = ink_on(page, ink, colour, int(150+rng.integers(-12, 12)), 60+230*k+int(rng.integers(30)))
    return page, _string(labels, 3)

@several
def two_lines(images, labels, rng):
    page,n,colour = paper(rng, 420, 560),int(rng.integers(2, 4)),pick(rng, PENS)
    for k in range(2):
        row = _row(images[n*k:], n, int(rng.integers(80, 100)), rng)
        page = ink_on(page, row, colour, 50+180*k, int(rng.integers(30, 90)))
    return page, _string(labels, 2*n)

@several
def phone_number_label(images, labels, rng):
    "A white label on a box."
    n,page = int(rng.integers(6, 9)),desk(rng, 300, 720, (176,142,100))
    page = box_on(box_on(page, 40, 50, 680, 250, (252,252,250)), 46, 56, 674, 244, (200,60,60), 2)
    page = ink_on(page, printed('Phone', 18, 'DejaVuSans-Bold'), (60,60,60), 68, 62)
    row = _row(images, n, 56, rng, 20, pen=4)
    return ink_on(page, row, PENS[1], int(rng.integers(110, 150)), int(rng.integers(60, 110))), _string(labels, n)

@several
def form_boxes(images, labels, rng):
    "A form: one digit a cell."
    n,s,page = int(rng.integers(3, 7)),64,paper(rng, 240, 520)
    top,left = int(rng.integers(70, 150)),int(rng.integers(20, 500-6*70))
    page = ink_on(page, printed('Number', 16), (70,70,70), top-26, left)
    for k in range(n):
        page = box_on(page, left+k*s-k*2, top, left+(k+1)*s-k*2, top+s+14, (70,74,80), 2)
        ink = glyph(images[k], 46)
        page = ink_on(page, ink, PENS[1], top+39-ink.shape[0]//2, left+k*(s-2)+32-ink.shape[1]//2)
    return page, _string(labels, n)

@several
def written_sum(images, labels, rng):
    "3 + 4 ="
    size = int(rng.integers(70, 90))
    a,b = (glyph(im, size, pen=5) for im in images[:2])
    plus = strokes((size,60), [[(8,size-35), (52,size-35)], [(30,size-57), (30,size-12)]], 5)
    equals = strokes((size,60), [[(8,size-45), (52,size-45)], [(8,size-25), (52,size-25)]], 5)
    page,row = paper(rng),side_by_side([a, plus, b, equals], 18)
    return ink_on(page, row, pick(rng, PENS), *spot(page, row, rng)), _string(labels, 2)

@several
def written_date(images, labels, rng):
    "4.7., a point behind each digit."
    size = int(rng.integers(80, 110))
    dot = strokes((12,12), [[(6,6), (6.5,6)]], 8)
    a,b = (glyph(im, size, pen=6) for im in images[:2])
    page,row = paper(rng),side_by_side([a, dot, b, dot], 16)
    return ink_on(page, row, pick(rng, PENS), *spot(page, row, rng)), _string(labels, 2)

# ---- colours and grounds

PAIRS = [((210,40,42),(250,250,248)), ((28,88,214),(252,246,204)), ((24,136,64),(252,226,234)),
         ((118,42,150),(230,240,254)), ((236,136,24),(254,254,254)), ((30,40,110),(250,214,90)),
         ((255,255,255),(44,88,62)), ((250,228,92),(32,40,88))]

@one
def coloured(image, rng):
    ink,ground = pick(rng, PAIRS)
    return write(paper(rng, colour=ground), image, rng, colour=ink)

@one
def coloured_paper(image, rng):
    ground = pick(rng, ((246,200,120), (160,210,170), (240,170,180), (150,190,230), (200,180,230), (110,170,120)))
    return write(paper(rng, colour=ground), image, rng, colour=PENS[0])

@one
def equal_grey(image, rng):
    "Colours that differ plainly and whose brightness hardly does."
    pairs = (((210,54,50),(92,112,58)), ((44,112,198),(150,88,60)), ((226,62,122),(82,140,84)),
             ((208,62,42),(42,126,122)))
    ink,ground = pick(rng, pairs)
    return jpeg(write(paper(rng, colour=ground), image, rng, colour=ink), rng, noise=3)

@one
def chalkboard(image, rng):
    page = paper(rng, colour=(48,84,66))+14*cloud(rng, 360, 480, 16)[...,None].astype(np.float32)
    ink = glyph(image, rng.integers(140, 190), pen=9)
    ink = ink*(ndimage.gaussian_filter(rng.normal(0, 1, ink.shape), .9)>-.25)
    return ink_on(page, ndimage.gaussian_filter(ink, .6)*.9, (236,238,230), *spot(page, ink, rng))

@one
def white_gel_on_black(image, rng):
    return write(paper(rng, colour=(34,32,34)), image, rng, colour=(236,236,230), pen=4)

@one
def wood(image, rng):
    y,x = _yx(360, 480)
    rings = 10*np.sin((x+120*cloud(rng, 360, 480, 30))/7)
    page = desk(rng, colour=(186,146,102))+rings[...,None].astype(np.float32)
    return write(page, image, rng, colour=(28,22,18), pen=12)

@one
def cardboard(image, rng):
    y,_ = _yx(360, 480)
    page = paper(rng, colour=(184,148,106))+5*np.sin(y*2*np.pi/9)[...,None]+12*cloud(rng, 360, 480, 3)[...,None]
    return write(page.astype(np.float32), image, rng, (140,190), (24,22,22), pen=13)

@one
def embroidery(image, rng):
    "Stitches on linen."
    y,x = _yx(360, 480)
    page = paper(rng, colour=(222,212,190))+10*(np.sin(x*1.6)*np.sin(y*1.6))[...,None]
    ink = glyph(image, rng.integers(150, 200), pen=15)
    top,left = spot(page, ink, rng)
    stitch = .75+.25*np.sin((x+y)*2*np.pi/6)[:ink.shape[0],:ink.shape[1]]
    return ink_on(page.astype(np.float32), ink*stitch, pick(rng, ((170,30,44), (30,60,140), (20,100,60))), top, left)

@one
def noise_heavy(image, rng):
    return jpeg(write(paper(rng, colour=(152,148,140)), image, rng, (120,170), PENS[0]), rng, noise=25)

# ---- screens and files

@one
def dark_mode(image, rng): return write(paper(rng, colour=(30,30,34)), image, rng, colour=(232,232,238))

def _window(rng, bar, ground, words, letters):
    page = box_on(paper(rng, 420, 560, ground), 0, 0, 560, 34, bar)
    for k,c in enumerate(((236,96,88), (242,190,60), (100,196,90))):
        page = ink_on(page, filled((16,16), ellipse(8, 8, 6, 6)), c, 9, 12+22*k)
    for k,word in enumerate(words): page = ink_on(page, printed(word, 14), letters, 12, 100+76*k)
    return page

@one
def screenshot(image, rng):
    "A window with its frame, title and a line of text."
    page = _window(rng, (222,224,228), (255,255,255), ('File','Edit','View','Help'), (50,50,54))
    page = box_on(page, 0, 392, 560, 394, (200,200,204))
    page = ink_on(page, printed('Ready', 13), (90,90,94), 401, 14)
    page[50:380,20:540] = write(page[50:380,20:540].copy(), image, rng, colour=(20,20,24))
    return png(eight_bits(page, rng))

def _toolbar(page, ground, icon):
    page = box_on(page, 0, 34, 56, 420, ground)
    for k in range(6): page = box_on(page, 14, 50+56*k, 42, 78+56*k, icon, 2)
    page = ink_on(page, strokes((28,28), [[(6,22), (22,6)]], 3), icon, 50, 14)
    page = ink_on(page, filled((28,28), ellipse(14, 14, 8, 8)), icon, 106, 14)
    return ink_on(page, strokes((28,28), [[(6,8), (22,8)], [(14,8), (14,22)]], 3), icon, 162, 14)

@one
def drawing_app(image, rng):
    page = _window(rng, (210,214,222), (255,255,255), ('Draw','Layer'), (50,50,54))
    page = _toolbar(page, (236,238,242), (90,94,104))
    for k,c in enumerate(((0,0,0), (220,40,40), (40,120,220), (40,170,80), (250,200,40))):
        page = box_on(page, 80+30*k, 388, 104+30*k, 410, c)
    colour = pick(rng, ((0,0,0), (40,120,220)))
    page[40:380,64:550] = write(page[40:380,64:550].copy(), image, rng, colour=colour, pen=9)
    return png(eight_bits(page, rng))

@one
def dark_app(image, rng):
    page = _toolbar(_window(rng, (44,46,52), (24,25,28), ('Draw','Layer'), (200,200,206)), (36,38,42), (150,152,160))
    page[40:410,64:550] = write(page[40:410,64:550].copy(), image, rng, colour=(240,240,244), pen=8)
    return png(eight_bits(page, rng))

def _transparent(image, rng, colour):
    ink = glyph(image, rng.integers(110, 180))
    page = np.zeros((240,320,4), np.uint8)
    top,left = spot(page, ink, rng)
    page[top:top+ink.shape[0],left:left+ink.shape[1],3] = ink*255
    page[page[...,3]>0,:3] = colour
    return png(page)

@one
def transparent_black_ink(image, rng): return _transparent(image, rng, (0,0,0))
@one
def transparent_white_ink(image, rng): return _transparent(image, rng, (255,255,255))

@one
def jpeg_blocks(image, rng): return jpeg(write(paper(rng, 240, 320), image, rng, (70,120)), rng, noise=2, quality=8)

@one
def motion_blur(image, rng):
    page,n = write(paper(rng), image, rng, (120,180)),int(rng.integers(7, 13))
    return ndimage.uniform_filter1d(page, n, axis=int(rng.integers(2)))

@one
def out_of_focus(image, rng):
    page = write(paper(rng), image, rng, (120,180))
    return ndimage.gaussian_filter(page, (*[rng.uniform(4, 6.5)]*2, 0))

@one
def halftone(image, rng):
    "Printed in dots, as newspapers are."
    grey = ndimage.gaussian_filter(write(paper(rng), image, rng, (160,220), (60,60,60)), (1.5,1.5,0)).mean(2)/255
    y,x = _yx(360, 480)
    dots = (np.cos((x+y)*2*np.pi/9)+np.cos((x-y)*2*np.pi/9)+2)/4
    page = np.float32(PAPER)*(.15+.85/(1+np.exp(-(grey-.04-dots*.82)*18)))[...,None]
    return jpeg(page.astype(np.float32), rng)

@one
def monitor(image, rng):
    "A photo of a screen: its pixels, and the waves that they make."
    page = write(paper(rng, colour=(228,236,246)), image, rng, (120,180), (26,28,34))
    y,x = _yx(360, 480)
    for c in range(3): page[...,c] *= 1-.22*(np.cos((x+.08*y+c)*2*np.pi/3)>.3)
    t,step = rng.uniform(0, 3),rng.uniform(24, 48)
    wave = np.sin((x*np.cos(t)+y*np.sin(t)+20*cloud(rng, 360, 480, 60))*2*np.pi/step)
    return lit(page, .88+.09*wave)

@one
def fax(image, rng):
    "One bit: black, white and specks."
    grey = write(paper(rng), image, rng, (100,150), (40,40,40)).mean(2)+rng.normal(0, 38, (360,480))
    grey[int(rng.integers(360))] -= 120*(rng.random(480)<.5)
    return png(Image.fromarray(np.uint8(grey>118)*255).convert('1'))

@one
def few_colours(image, rng):
    "A GIF of 16 colours, dithered."
    page = Image.fromarray(eight_bits(write(paper(rng), image, rng), rng, 3))
    page.quantize(16, Image.Quantize.FASTOCTREE).save(f := io.BytesIO(), 'gif')
    return f.getvalue()

@one
def sixteen_bits(image, rng):
    grey = write(paper(rng), image, rng).mean(2)+rng.normal(0, 3, (360,480))
    return png((grey.clip(0, 255)*256).astype(np.uint16))

# ---- 12 megapixels

@one
def phone_plain(image, rng): return phone_sized(write(paper(rng, 750, 1000), image, rng, (180,320), margin=60), rng)

@one
def phone_ruled_shadow(image, rng):
    page = lines_on(paper(rng, 750, 1000), 44, 1.5, (130,150,196), rng.integers(44))
    page = write(page, image, rng, (140,240), margin=60)
    return phone_sized(lit(page, 1-.4*half_plane(page, rng, 5)), rng)

@one
def phone_far_on_table(image, rng):
    page = desk(rng, 1500, 2000)
    page[300:1200,400:1600] = paper(rng, 900, 1200)
    return phone_sized(write(page, image, rng, (120,170), margin=440), rng)

@several
def phone_row(images, labels, rng):
    page = lines_on(paper(rng, 750, 1000), 60, 1.2, (160,178,212), 20)
    row = _row(images, 4, int(rng.integers(90, 120)), rng)
    return phone_sized(ink_on(page, row, PENS[1], *spot(page, row, rng, 60)), rng), _string(labels, 4)

# ---- other hands: digits drawn by strokes; (x, y) in a unit box, a point given twice is a corner

HAND = {'0': [ellipse(.5, .5, .45, .5, -1.7, 4.7, 20)], '1': [[(.1,.4),(.6,0),(.6,0),(.58,1)]],
    '2': [[(.08,.28),(.25,.02),(.75,-.02),(.92,.28),(.7,.6),(.08,1),(.08,1),(.95,.98)]],
    '3': [[(.1,.12),(.45,-.04),(.95,.1),(.8,.42),(.38,.47),(.38,.47),(.95,.52),(.95,.95),(.4,1.06),(.05,.86)]],
    '4': [[(.55,0),(.05,.66),(.05,.66),(.95,.66)], [(.68,.32),(.66,1)]],
    '5': [[(.88,.02),(.22,.02),(.22,.02),(.16,.45),(.16,.45),(.6,.32),(.98,.55),(.85,1),(.35,1.04),(.05,.88)]],
    '6': [[(.75,0),(.35,.2),(.08,.65),(.2,1.02),(.75,1.04),(.95,.75),(.7,.5),(.3,.56),(.14,.78)]],
    '7': [[(.08,.02),(.92,.02),(.92,.02),(.6,.5),(.38,1)]],
    '8': [[(.82,.1),(.4,-.04),(.1,.2),(.3,.45),(.8,.62),(.9,.9),(.5,1.06),(.1,.88),(.2,.62),(.75,.42),(.9,.18),
           (.72,.04)]],
    '9': [[(.88,.18),(.5,-.05),(.1,.12),(.15,.45),(.6,.52),(.88,.18),(.88,.18),(.84,.6),(.7,1)]]}

def by_hand(lines, size, rng, pen=6, wide=.62):
    "Ink of lines in a unit box, each point a little off."
    wide,slant = wide*rng.uniform(.88, 1.12),rng.uniform(-.05, .18)
    def at(p):
        x,y = np.float64(p).T+rng.normal(0, .018, 2)[:,None]
        return np.stack([size*(.3+wide*x+slant*(1-y)), size*(.15+y)], 1)
    return boxed(strokes((int(size*1.4),int(size*1.4)), [smooth(at(p)) for p in lines], pen))

def _hand_written(rng, digit, lines):
    page,ink = paper(rng),by_hand(lines, int(rng.integers(100, 160)), rng, rng.uniform(4, 11))
    return ink_on(page, ink, pick(rng, PENS), *spot(page, ink, rng)), digit

@drawn_digit
def other_hand(rng):
    digit = pick(rng, ALL)
    return _hand_written(rng, digit, HAND[digit])

@drawn_digit
def european_1(rng):
    "A long stroke up, in half of the pictures a foot."
    foot = [[(.3,1), (.88,.99)]] if rng.random()<.5 else []
    return _hand_written(rng, '1', [[(.08,.42), (.58,0), (.58,0), (.58,1)]]+foot)

@drawn_digit
def european_7(rng): return _hand_written(rng, '7', HAND['7']+[[(.32,.52), (.9,.46)]])

@drawn_digit
def open_4(rng):
    return _hand_written(rng, '4', [[(.2,.02), (.1,.6), (.1,.6), (.95,.56)], [(.74,.2), (.7,1)]])

@one(only='7')
def crossed_7(image, rng):
    "A bar through the stem of a 7."
    ink = np.pad(glyph(image, int(rng.integers(120, 160)), pen=7), 30)
    rows = np.flatnonzero(ink.any(1))
    y = int(rows[0]*.45+rows[-1]*.55)
    x = np.flatnonzero(ink[y]>.5).mean()
    ink = np.maximum(ink, strokes(ink.shape, [[(x-24,y+rng.uniform(0, 5)), (x+24,y-rng.uniform(0, 5))]], 7))
    page = paper(rng)
    return ink_on(page, boxed(ink), pick(rng, PENS), *spot(page, boxed(ink), rng))

# ---- nothing that is a digit

def _shown(ink, rng, colour=None):
    page = paper(rng)
    return ink_on(page, ink, pick(rng, PENS) if colour is None else colour, *spot(page, ink, rng))

def _printed_one_of(characters, rng, faces=FACES):
    return _shown(printed(pick(rng, characters), int(rng.integers(120, 190)), pick(rng, faces)), rng)

@nothing
def capitals(rng): return _printed_one_of('ACEFHKLMNPRTUVWXY', rng)
@nothing
def small_letters(rng): return _printed_one_of('acdefhkmnprtuvwx', rng)
@nothing
def symbols(rng): return _printed_one_of('#%&@?*+=<>$€§~^{}[]:;', rng, ['DejaVuSans', 'DejaVuSerif', 'DejaVuSans-Bold'])
@nothing
def greek(rng):
    return _printed_one_of('ΓΔΛΞΠΣΦΨΩαγεηκλμπχψω', rng, ['DejaVuSans', 'DejaVuSerif', 'DejaVuSans-Oblique'])
@nothing
def cyrillic(rng): return _printed_one_of('ДЖИКЛФЦШЩЯжфшщяк', rng, ['DejaVuSans', 'DejaVuSerif'])
@nothing
def music_and_cards(rng): return _printed_one_of('♫♬♣♠♦♥☂☎✂✈⚓☼', rng, ['DejaVuSans'])

LETTERS = {
    'A': [[(0,1),(.5,0),(.5,0),(1,1)], [(.2,.62),(.8,.6)]],
    'E': [[(.9,0),(.1,0),(.1,0),(.1,1),(.1,1),(.95,1)], [(.1,.5),(.75,.48)]],
    'F': [[(.95,0),(.1,.02),(.1,.02),(.1,1)], [(.1,.48),(.75,.45)]],
    'H': [[(.1,0),(.1,1)], [(.9,0),(.9,1)], [(.1,.5),(.9,.48)]],
    'K': [[(.1,0),(.1,1)], [(.9,0),(.1,.55),(.1,.55),(.95,1)]],
    'M': [[(0,1),(.1,0),(.1,0),(.5,.6),(.5,.6),(.9,0),(.9,0),(1,1)]],
    'N': [[(.05,1),(.05,0),(.05,0),(.95,1),(.95,1),(.95,0)]],
    'P': [[(.1,1),(.1,0),(.1,0),(.95,0),(.95,.52),(.1,.54)]],
    'R': [[(.1,1),(.1,0),(.1,0),(.9,.0),(.9,.5),(.1,.52),(.1,.52),(.95,1)]],
    'T': [[(0,0),(1,.02)], [(.5,0),(.5,1)]],
    'V': [[(0,0),(.5,1),(.5,1),(1,0)]],
    'W': [[(0,0),(.25,1),(.25,1),(.5,.3),(.5,.3),(.75,1),(.75,1),(1,0)]],
    'X': [[(0,0),(1,1)], [(1,0),(0,1)]],
    'h': [[(.1,0),(.1,1)], [(.1,.7),(.4,.4),(.85,.5),(.85,1)]],
    'k': [[(.1,0),(.1,1)], [(.8,.4),(.1,.72),(.1,.72),(.85,1)]],
    'm': [[(0,.4),(0,1),(0,1),(.05,.5),(.4,.4),(.45,1),(.45,1),(.55,.5),(.9,.4),(.95,1)]],
    'w': [[(0,.4),(.2,1),(.5,.6),(.75,1),(1,.4)]]}

@nothing
def letters_by_hand(rng):
    ink = by_hand(LETTERS[pick(rng, [*LETTERS])], int(rng.integers(110, 160)), rng, rng.uniform(5, 11), .8)
    return _shown(ink, rng)

@nothing
def words(rng):
    ink = printed(pick(rng, WORDS), int(rng.integers(60, 80)), pick(rng, FACES))
    return _shown(ink, rng)

@nothing
def words_by_hand(rng):
    inks = [by_hand(LETTERS[pick(rng, 'AEFHKMNRTVWX')], 70, rng, 5, .8) for _ in range(int(rng.integers(3, 5)))]
    return _shown(side_by_side(inks, 16), rng)

@nothing
def paragraph(rng):
    page = paper(rng)
    for y in range(30, 330, 30): page = ink_on(page, printed(sentence(rng), 18, 'DejaVuSerif'), (30,30,34), y, 20)
    return page

@nothing
def scribbles(rng):
    points = rng.uniform(0, 1, (int(rng.integers(20, 34)), 2))*[180,160]+10
    return _shown(boxed(strokes((180,200), [smooth(points)], rng.uniform(3, 6))), rng)

@nothing
def zigzags(rng):
    n = int(rng.integers(5, 9))
    points = [(10+170*k/n, (20 if k%2 else 120)+rng.uniform(-12, 12)) for k in range(n+1)]
    return _shown(boxed(strokes((150,200), [points], rng.uniform(4, 8))), rng)

@nothing
def spirals(rng):
    t = np.linspace(0, 2*np.pi*rng.uniform(3, 5), 300)
    return _shown(boxed(strokes((200,200), [[*zip(100+85*t/t[-1]*np.cos(t), 100+85*t/t[-1]*np.sin(t))]], 5)), rng)

def _axes(page, colour=(40,40,44)):
    page = ink_on(page, strokes((360,480), [[(60,30), (60,310)], [(60,310), (450,310)]], 2), colour)
    ticks = [[(54,y), (60,y)] for y in range(50, 310, 52)]+[[(x,310), (x,316)] for x in range(100, 450, 70)]
    return ink_on(page, strokes((360,480), ticks, 2), colour)

@nothing
def line_plots(rng):
    page = _axes(paper(rng, colour=(255,255,255)))
    for c in ((31,119,180), (214,90,20))[:int(rng.integers(1, 3))]:
        y = 170+110*cloud(rng, 1, 380, (0,rng.uniform(6, 20)))[0]
        page = ink_on(page, strokes((360,480), [[*zip(range(64, 444), y)]], 2.5), c)
    return png(eight_bits(page, rng))

@nothing
def bar_charts(rng):
    page,n = _axes(paper(rng, colour=(255,255,255))),int(rng.integers(4, 8))
    for k in range(n):
        left = 75+k*370//n
        page = box_on(page, left, int(rng.integers(60, 280)), left+250//n, 309, (60,120,190))
    return png(eight_bits(page, rng))

@nothing
def scatter_plots(rng):
    page = _axes(paper(rng, colour=(255,255,255)))
    dot = filled((12,12), ellipse(6, 6, 4, 4))
    for x,y in rng.normal(0, 1, (60,2)): page = ink_on(page, dot, (200,60,60), int(170+50*y), int(250+60*x))
    return png(eight_bits(page, rng))

@nothing
def pie_charts(rng):
    page,cuts = paper(rng, colour=(255,255,255)),np.sort(rng.uniform(0, 2*np.pi, 4))
    for k,c in enumerate(((70,130,190), (230,140,60), (90,170,90), (200,80,90))):
        end = cuts[(k+1)%4]+(2*np.pi if k==3 else 0)
        page = ink_on(page, filled((360,480), [(240,180), *ellipse(240, 180, 120, 120, cuts[k], end)]), c)
    return png(eight_bits(page, rng))

@nothing
def textures(rng):
    y,x = _yx(360, 480)
    a,b = rng.uniform(.15, .6, 2)
    wave = pick(rng, [np.sin(a*x)*np.sin(b*y), np.sin(a*x+4*cloud(rng, 360, 480, 12)), cloud(rng, 360, 480, 3),
                      np.sin(a*(x+y))])
    ground = pick(rng, ((150,140,120), (120,140,160), (170,120,100)))
    return (np.float32(ground)+40*wave[...,None]).astype(np.float32)

@nothing
def wooden_table(rng): return desk(rng)
@nothing
def blank(rng): return paper(rng)

def _empty(rng, squares):
    angle = rng.uniform(-3, 3)
    return lines_on(paper(rng), int(rng.integers(20, 44)), rng.uniform(1, 2), (130,150,200), 8, angle, squares)

@nothing
def ruled_empty(rng): return _empty(rng, False)
@nothing
def squared_empty(rng): return _empty(rng, True)

@nothing
def shadow_empty(rng):
    page = paper(rng)
    return lit(page, 1-rng.uniform(.3, .55)*half_plane(page, rng, rng.uniform(1, 15)))

@nothing
def sheet_on_table_empty(rng):
    page = desk(rng)
    page[42:-42,48:-48] = paper(rng, 276, 384)
    return turned(page, rng.uniform(-8, 8), DESK)

@no_more(only='35')
def half_digits(images, labels, rng):
    "A half that is no digit; the upper half of an 8 would be a 0, the right one of a 9 a 1."
    ink = glyph(images[0], rng.integers(130, 180))
    h,w = ink.shape
    halves = dict(top=ink[:h//2], bottom=ink[h//2:], left=ink[:,:2*w//5]) # less than half, as many a 3 leans
    return _shown(boxed(halves[pick(rng, {3:['left','bottom'], 5:['top','bottom']}[labels[0]])]), rng)

@no_more(only='234569')
def overlaid_digits(images, labels, rng):
    "Two digits over each other, the second a little aside."
    others = [k for k in range(1, 8) if labels[k]!=labels[0] and labels[k] in (2,3,4,5,6,9)]
    a,b = np.pad(glyph(images[0], 130), 80),glyph(images[others[0] if others else 1], 130)
    top,left = ((k-n)//2+rng.choice([-1,1])*rng.integers(14, 32) for k,n in zip(a.shape, b.shape))
    return _shown(boxed(ink_on(a[...,None], b, 1, int(top), int(left))[...,0]), rng)

@no_more(only='23456')
def scrambled_digits(images, labels, rng):
    "The quarters of a digit in another order."
    image = images[0][4:24,4:24]
    quarters = image[:10,:10],image[:10,10:],image[10:,:10],image[10:,10:]
    a,b,c,d = pick(rng, ((3,2,1,0), (1,3,0,2), (2,0,3,1)))
    mixed = np.block([[quarters[a],quarters[b]], [quarters[c],quarters[d]]])
    return _shown(glyph(np.pad(mixed, 4), 130), rng)

def _drawing(lines, rng, size=180, width=None):
    return _shown(boxed(strokes((size,size), lines, width or rng.uniform(3.5, 7))), rng)

@nothing
def faces(rng):
    mouth = ellipse(90, 100, 40, 30, .3, 2.84) if rng.random()<.6 else ellipse(90, 150, 40, 30, 3.44, 5.98)
    eyes = [ellipse(x, 66, 5, 7) for x in (65,115)]
    return _drawing([ellipse(90, 90, 78, 78), mouth, *eyes], rng)

@nothing
def arrows(rng):
    t = rng.uniform(0, 2*np.pi)
    turn = np.float64([[np.cos(t),np.sin(t)],[-np.sin(t),np.cos(t)]])
    lines = [[(-70,0), (70,0)], [(35,-32), (70,0), (35,32)]]
    return _drawing([np.float64(line)@turn+90 for line in lines], rng)

@nothing
def stars(rng):
    points = [(90+80*np.sin(t), 90-80*np.cos(t)) for t in np.arange(6)*4*np.pi/5+rng.uniform(-.2, .2)]
    return _drawing([points], rng)

@nothing
def check_marks(rng):
    return _drawing([[(20,100), (60,150), (165,25+rng.uniform(-10, 10))]], rng, width=rng.uniform(7, 13))

@nothing
def crosses(rng):
    d = rng.uniform(-15, 15, 4)
    return _drawing([[(20+d[0],20), (160,160+d[1])], [(160,20+d[2]), (20,160+d[3])]], rng)

@nothing
def shapes(rng):
    triangle = [(90,15), (165,160), (15,160), (90,15)]
    square = [(20,20), (160,20), (160,160), (20,160), (20,20)]
    diamond = [(90,10), (165,90), (90,170), (15,90), (90,10)]
    return _drawing([pick(rng, (triangle, square, diamond))], rng)

@nothing
def houses(rng):
    walls = [(30,170), (30,80), (90,20), (150,80), (150,170), (30,170)]
    return _drawing([walls, [(75,170), (75,120), (105,120), (105,170)], [(22,88), (90,20), (158,88)]], rng)

@nothing
def hearts(rng):
    t = np.linspace(0, 2*np.pi, 80)
    return _drawing([[*zip(90+5*16*np.sin(t)**3, 85-5*(13*np.cos(t)-5*np.cos(2*t)-2*np.cos(3*t)-np.cos(4*t)))]], rng)

@nothing
def stick_figures(rng):
    d = rng.uniform(-12, 12, 4)
    return _drawing([ellipse(90, 30, 20, 20), [(90,50), (90,110)], [(50+d[0],90), (90,65), (130+d[1],90)],
                     [(60+d[2],168), (90,110), (120+d[3],168)]], rng)

@nothing
def tables(rng):
    page = paper(rng, colour=(252,252,252))
    for y in range(40, 340, 44): page = box_on(page, 40, y, 442, y+2, (70,70,74))
    for x in range(40, 460, 80): page = box_on(page, x, 40, x+2, 306, (70,70,74))
    for y in range(52, 290, 44):
        page = ink_on(page, printed(pick(rng, ('name','red','tea','warm')), 15), (40,40,44), y, 54)
    return page

@nothing
def calendar_of_words(rng):
    page = paper(rng, colour=(252,252,252))
    for k,day in enumerate(('Mo','Tu','We','Th','Fr')): page = ink_on(page, printed(day, 26), (150,40,40), 40, 30+90*k)
    return lines_on(page, 90, 1.5, (120,120,124), 20, squares=True)

@nothing
def leaves(rng):
    "A photo of a leaf: a green blade with veins."
    a = rng.uniform(30, 46)
    blade = [(90,170), *smooth([(90,160), (90-a,120), (90-a,60), (90,10), (90,10), (90+a,60), (90+a,120), (90,160)])]
    page = paper(rng, colour=pick(rng, ((206,196,170), (130,110,90), (230,230,226))))
    top,left = (int(v) for v in rng.integers(40, 160, 2))
    page = ink_on(page, filled((180,180), blade), (70+rng.uniform(-20, 40),130,50), top, left)
    veins = [[(90,20), (90,178)]]+[[(90,y+18), (90+s*a*.6,y)] for y in range(50, 130, 22) for s in (-1,1)]
    return ink_on(page, .8*strokes((180,180), veins, 2), (160,190,100), top, left)

@nothing
def blobs(rng):
    "Things of several colours, out of focus: fruit, pebbles, a cup."
    page = paper(rng, colour=rng.uniform(90, 220, 3))
    for _ in range(int(rng.integers(4, 9))):
        shape = ellipse(rng.uniform(0, 480), rng.uniform(0, 360), *rng.uniform(30, 90, 2))
        page = ink_on(page, ndimage.gaussian_filter(filled((360,480), shape), 2), rng.uniform(20, 250, 3))
    return page

@nothing
def landscapes(rng):
    page,x = paper(rng, colour=(150,196,236)),np.arange(480)
    for k,c in enumerate(((120,140,120), (80,120,70), (50,90,50))):
        y = 170+50*k+40*cloud(rng, 1, 480, (0,30))[0]
        page = ink_on(page, filled((360,480), [*zip(x, y), (480,360), (0,360)]), c)
    return page

@nothing
def barcodes(rng):
    page = paper(rng, colour=(255,255,255))
    x = 90
    while x<390:
        w = int(rng.integers(2, 9))
        page = box_on(page, x, 90, x+w, 260, (10,10,10))
        x += w+int(rng.integers(2, 9))
    return page

@nothing
def square_codes(rng):
    code = np.kron(rng.integers(0, 2, (21,21)), np.ones((9,9))).astype(np.float32)
    return _shown(code, rng, (10,10,10))
