"Properties of `prepare` and `classify` that hold for every picture."
import numpy as np, pytest, torch
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from mnist_sgd.base.errors import ImageError
from mnist_sgd.app.models import find_model, load_model
from mnist_sgd.predict import called, classify, find_digits, prepare, read_digits
from mnist_sgd.small_cnn import shifted
from PIL import Image, ImageOps

settings.register_profile('ours', max_examples=150, deadline=None, suppress_health_check=list(HealthCheck),
                          derandomize=True)
settings.load_profile('ours')
model = load_model(find_model('cnn'))

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))
greys = hnp.arrays(np.uint8, sizes)
modes = st.sampled_from(['1','L','LA','P','PA','RGB','RGBA','RGBX','CMYK','YCbCr','HSV','LAB','I','F'])

def prepared(img):
    "The image, or None where `prepare` says that nothing is written"
    try: x = prepare(img)
    except ImageError as e:
        assert 'nothing is written' in str(e) and f'{img.width} x {img.height}' in str(e)
        return None
    assert x.shape==(784,) and x.dtype==torch.float32 and x.isfinite().all() and x.min()==0 and abs(x.max()-1)<1e-6
    return x

@given(greys, modes)
def test_any_picture_is_prepared_or_refused(pixels, mode):
    img = Image.fromarray(pixels)
    x = prepared(img.convert('RGB').convert(mode) if mode!='LAB' else Image.merge('LAB', [img]*3))
    if x is not None: assert abs(classify(x[None], model).sum()-1)<1e-6

@given(hnp.arrays(np.float32, sizes, elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_any_floats_are_prepared_or_refused(pixels): prepared(Image.fromarray(pixels))

@given(hnp.arrays(np.uint16, sizes))
def test_any_16_bits_are_prepared_or_refused(pixels): prepared(Image.fromarray(pixels))

@given(st.integers(1, 3000), st.integers(1, 4))
def test_long_and_thin(length, width):
    for size in ((length, width), (width, length)): prepared(Image.linear_gradient('L').resize(size))

@pytest.mark.parametrize('shade', [0, 128, 255])
def test_one_shade_is_refused(shade):
    with pytest.raises(ImageError, match='nothing is written: the picture of 30 x 20'):
        prepare(Image.new('L', (30,20), shade))

long = st.tuples(*[st.integers(12, 47)]*4).filter(lambda xy: abs(xy[0]-xy[2])+abs(xy[1]-xy[3])>=12) # no dot
strokes = st.lists(long, min_size=1, max_size=4)

def drawn(lines, paper=255, ink=0):
    from PIL import ImageDraw
    img = Image.new('L', (60,60), paper)
    for line in lines: ImageDraw.Draw(img).line(line, fill=ink, width=4)
    return img

def same(a, b): # a centre of mass on the border of two pixels may be rounded to either
    one,other = prepare(a)[None],prepare(b)
    return min((shifted(one, rows, cols)[0]-other).abs().mean() for rows in (-1,0,1) for cols in (-1,0,1)) < .03

@given(strokes)
def test_polarity_and_contrast_do_not_matter(lines):
    img = drawn(lines)
    assert same(ImageOps.invert(img), img) and same(drawn(lines, 180, 90), img)

@given(strokes, st.integers(0, 30), st.integers(0, 30))
def test_place_on_the_paper_does_not_matter(lines, x, y):
    sheet = Image.new('L', (90,90), 255)
    sheet.paste(drawn(lines), (x,y))
    middle = Image.new('L', (90,90), 255)
    middle.paste(drawn(lines), (15,15))
    assert same(sheet, middle)

types = st.sampled_from([np.float32, np.float64, np.uint8, np.int64, np.bool_])
shapes = hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4) | st.just((2,784))
tensors = hnp.arrays(types, shapes)

@given(tensors)
def test_wrong_tensors_are_refused(pixels):
    x = torch.from_numpy(pixels)
    try: p = classify(x, model)
    except ImageError as e: assert str(tuple(x.shape)) in str(e) or str(x.dtype) in str(e) or 'got none' in str(e)
    else: assert x.is_floating_point() and x.shape==p.shape[:1]+(784,)==(2,784) and ((0<=p)&(p<=1)).all()

@pytest.mark.parametrize('spoilt', [float('nan'), float('inf'), -float('inf'), 2., -.1])
def test_pixels_that_are_none(spoilt):
    x = torch.zeros(2, 784)
    x[1,5] = spoilt
    with pytest.raises(ImageError, match='needs float pixels in'): classify(x, model)

@given(st.lists(st.floats(0, 1), max_size=9), st.floats(.5, 1))
def test_a_called_digit_is_likely_enough(p, threshold):
    probabilities = torch.tensor([[value,1-value] for value in p], dtype=torch.float64).view(-1,2)
    for value,name in zip(p, called(probabilities, threshold=threshold), strict=True):
        assert {'3':value, '7':1-value, 'none':threshold}[name]>=threshold
        if name=='none': assert max(value, 1-value)<threshold

CLASSES = (*'0123456789', 'none')
ten = load_model(find_model('any_digit'))

@given(greys, modes)
def test_any_picture_is_read(pixels, mode):
    img = Image.fromarray(pixels)
    img = img.convert('RGB').convert(mode) if mode!='LAB' else Image.merge('LAB', [img]*3)
    readings = read_digits(img, ten, CLASSES, threshold=.3)
    assert readings and ([r.answer for r in readings]==['none'] or all(r.answer in '0123456789' for r in readings))
    for r in readings:
        assert 0<=r.left<r.right<=img.width and 0<=r.top<r.bottom<=img.height
        assert bool(r.reason)==(r.answer=='none') and (r.probability is None or 0<=r.probability<=1)

@given(greys, modes)
def test_what_is_found_lies_in_the_picture(pixels, mode):
    img = Image.fromarray(pixels)
    img = img.convert('RGB').convert(mode) if mode!='LAB' else Image.merge('LAB', [img]*3)
    try: found = find_digits(img)
    except ImageError:
        assert prepared(img) is None
        return
    assert torch.equal(prepare(img), max(found, key=lambda f: max(f.right-f.left, f.bottom-f.top)).image)
    for f in found: assert 0<=f.left<f.right<=img.width and 0<=f.top<f.bottom<=img.height
