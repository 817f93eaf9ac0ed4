"""The lab draw: drawn by mouse, touch and keyboard, every digit, several, none; photos; and the older models."""
import base64, io, re, numpy as np, pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PHONE, button, field, state, status, until
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from mnist_sgd.data import mnist

# digits as a hand draws them: strokes of points, in shares of a box
HAND = {
    '0': [[(.5,0),(.2,.1),(.05,.4),(.1,.75),(.35,1),(.65,.97),(.9,.7),(.92,.35),(.78,.08),(.5,0)]],
    '1': [[(.55,0),(.52,.35),(.5,.7),(.48,1)]],
    '2': [[(.1,.2),(.25,.04),(.55,0),(.8,.12),(.82,.35),(.6,.6),(.3,.85),(.1,1),(.45,.98),(.9,.98)]],
    '3': [[(.1,.1),(.4,0),(.75,.05),(.85,.22),(.7,.4),(.4,.46),(.75,.55),(.9,.75),(.7,.95),(.35,1),(.08,.9)]],
    '4': [[(.3,0),(.18,.3),(.08,.58),(.45,.58),(.95,.55)], [(.72,.1),(.7,.5),(.66,1)]],
    '5': [[(.85,.02),(.5,.02),(.22,.04),(.18,.25),(.15,.45),(.45,.4),(.75,.5),(.85,.72),(.65,.95),(.35,1),(.08,.92)]],
    '6': [[(.7,0),(.4,.18),(.18,.45),(.1,.75),(.3,.98),(.6,1),(.82,.82),(.72,.6),(.45,.56),(.16,.72)]],
    '7': [[(.06,.04),(.4,.03),(.9,.02),(.72,.3),(.55,.62),(.42,1)]],
    '8': [[(.75,.1),(.5,0),(.22,.08),(.2,.28),(.5,.46),(.8,.65),(.82,.88),(.5,1),(.2,.9),(.2,.68),(.5,.46),(.78,.28),
           (.75,.1)]],
    '9': [[(.8,.2),(.55,.02),(.25,.1),(.15,.32),(.35,.5),(.65,.45),(.8,.2),(.8,.45),(.76,.75),(.7,1)]]}
MIDDLE = (.28,.18,.42,.64) # left, top, width, height of a box, in shares of the pad

def write(page, box, strokes, place=MIDDLE):
    pad = box.locator('.lab-pad')
    pad.scroll_into_view_if_needed()
    area,(left,top,width,height) = pad.bounding_box(),place
    for stroke in strokes:
        at = [(area['x']+(left+x*width)*area['width'], area['y']+(top+y*height)*area['height']) for x,y in stroke]
        page.mouse.move(*at[0])
        page.mouse.down()
        for point in at[1:]: page.mouse.move(*point, steps=4)
        page.mouse.up()

def cards(box): return box.locator('.lab-pieces button')

def test_each_drawn_digit_is_read(lab):
    page,box = lab('draw')
    for digit,strokes in HAND.items():
        write(page, box, strokes)
        expect(status(box)).to_contain_text(f'It reads {digit} ')
        expect(cards(box)).to_have_count(1)
        assert cards(box).get_attribute('aria-label').startswith(f'Piece 1 of 1: {digit}, probability')
        chart = box.locator('.lab-classes').get_attribute('aria-label')
        assert chart.startswith(f'Probabilities: {digit} ') and float(re.search(r'\d\.\d+', chart)[0])>=.3
        button(box, 'Clear').click()

def test_drawing_survives_reload_and_is_cleared(lab):
    page,box = lab('draw')
    for stroke in HAND['4']: write(page, box, [stroke])
    expect(status(box)).to_contain_text('It reads 4')
    until(lambda: state(page, 'draw.strokes') is not None)
    before = status(box).inner_text()
    page.reload()
    expect(status(box)).to_have_text(before, timeout=20_000)
    button(box, 'Undo stroke').click()
    until(lambda: status(box).inner_text()!=before)
    button(box, 'Clear').click()
    expect(status(box)).to_have_text('Draw a digit or several, or choose a photo.')
    expect(cards(box)).to_have_count(0)

def test_two_digits_are_two(lab):
    page,box = lab('draw')
    for digit,left in (('2',.56), ('4',.1)): write(page, box, HAND[digit], (left,.28,.32,.48))
    expect(status(box)).to_contain_text('It reads 42: 4 (')
    expect(cards(box)).to_have_count(2)
    assert [card.locator('b').inner_text() for card in cards(box).all()]==['4', '2']
    shown = box.get_by_role('img', name=re.compile('Blue speaks for a 4'))
    expect(shown).to_be_visible()
    cards(box).nth(1).click()
    expect(cards(box).nth(1)).to_have_attribute('aria-pressed', 'true')
    expect(box.get_by_role('img', name=re.compile('Blue speaks for a 2'))).to_be_visible()
    until(lambda: state(page, 'draw.piece')=='1')
    assert 'pieces found: 2' in box.locator('.lab-pad-canvas').get_attribute('aria-label')

def test_two_lines_are_read_line_by_line(lab):
    page,box = lab('draw')
    places = {'7': (.6,.06), '1': (.1,.08), '3': (.55,.56), '0': (.12,.58)}
    for digit,at in places.items(): write(page, box, HAND[digit], (*at,.28,.34))
    expect(status(box)).to_contain_text('It reads 1703')

def test_fragments_of_a_digit_are_one_piece(lab):
    "The bar of a 5, drawn a little above its body"
    page,box = lab('draw')
    body = [(.22,.16),(.18,.3),(.15,.47),(.45,.42),(.75,.52),(.85,.74),(.65,.96),(.35,1),(.08,.93)]
    write(page, box, [body, [(.3,-.06),(.55,-.07),(.9,-.08)]])
    expect(status(box)).to_contain_text('It reads 5 ')
    expect(cards(box)).to_have_count(1)

def test_small_digits_get_a_thinner_pen(lab):
    "With the pen of a large one, a small 4 has no room between its strokes"
    page,box = lab('draw')
    for i,digit in enumerate('4904'): write(page, box, HAND[digit], (.06+.24*i,.4,.11,.2))
    expect(status(box)).to_contain_text('It reads 4904')

def test_scribble_is_none(lab):
    page,box = lab('draw')
    rng = np.random.default_rng(0)
    write(page, box, [rng.uniform(0, 1, (14,2)).tolist()], (.15,.15,.7,.7))
    expect(status(box)).to_contain_text('None: this looks like no digit.')
    expect(cards(box).first).to_have_attribute('aria-label', re.compile('none, the likeliest digit is'))

def test_which_parts_spoke(lab):
    "In words and in colours; and anew for another digit"
    page,box = lab('draw')
    expect(box.get_by_text('No part has spoken yet.')).to_be_visible()
    write(page, box, HAND['7'])
    told = r'Blue speaks for a 7, orange against it. The part (at the|in the) [a-z ]+ counts most: covered, '
    shown = box.get_by_role('img', name=re.compile(told+r'the probability goes from'))
    expect(shown).to_be_visible()
    colours = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]"
    pixels = np.array(shown.evaluate(colours)).reshape(28,28,4).astype(int)
    assert (pixels[...,2]-pixels[...,0]>40).sum()>20 # blue on white paper
    button(box, 'Clear').click()
    expect(box.get_by_text('No part has spoken yet.')).to_be_visible()

def test_draw_by_touch(lab):
    page,box = lab('draw', size=PHONE)
    pad = box.locator('.lab-pad')
    pad.scroll_into_view_if_needed()
    area,touch = pad.bounding_box(),page.context.new_cdp_session(page)
    for i,(x,y) in enumerate(HAND['7'][0]):
        left,top,width,height = MIDDLE
        point = dict(x=area['x']+(left+x*width)*area['width'], y=area['y']+(top+y*height)*area['height'])
        touch.send('Input.dispatchTouchEvent', dict(type='touchMove' if i else 'touchStart', touchPoints=[point]))
    touch.send('Input.dispatchTouchEvent', dict(type='touchEnd', touchPoints=[]))
    expect(status(box)).to_contain_text('It reads 7')
    until(lambda: state(page, 'draw.strokes') is not None)

def test_draw_by_keyboard(lab):
    page,box = lab('draw')
    box.locator('.lab-pad').focus()
    page.keyboard.press('Space')
    for _ in range(10): page.keyboard.press('ArrowRight')
    for _ in range(14): page.keyboard.press('ArrowDown')
    page.keyboard.press('Space')
    until(lambda: state(page, 'draw.strokes') is not None)
    expect(status(box)).to_contain_text('It reads 7')

# ---- digits of MNIST

def test_a_digit_of_each_kind_can_be_picked(lab):
    page,box = lab('draw')
    thumbnails = box.locator('.lab-strip button')
    names = [t.get_attribute('aria-label') for t in thumbnails.all()[:10]]
    assert [name[-1] for name in names]==list('0123456789') and 'an 8' in names[8]
    for i in (2, 8):
        thumbnails.nth(i).click()
        expect(thumbnails.nth(i)).to_have_attribute('aria-pressed', 'true')
        expect(status(box)).to_contain_text(f'{names[i]}. It reads {i} ')
    until(lambda: (state(page, 'draw.digit') or '').startswith('8-'))

def test_misread_digits_are_misread(lab):
    _,box = lab('draw', '?draw.show=misread')
    for thumbnail in box.locator('.lab-strip button:visible').all()[:4]:
        thumbnail.click()
        name = thumbnail.get_attribute('aria-label')
        expect(status(box)).to_contain_text(name)
        assert f'It reads {name[-1]}' not in status(box).inner_text()

# ---- photos: kinds that are easy, made here from digits of the training images

@pytest.fixture(scope='module')
def drawn():
    "drawn(digit) is a training image of it as ink, shape (120,120), 1 is ink"
    images,labels = mnist('train')
    def enlarged(digit):
        row = images[(labels==int(digit)).nonzero()[4,0]].numpy()
        return np.asarray(Image.fromarray(row).resize((120,120), Image.Resampling.BICUBIC), np.float32)/255
    return enlarged

def sheet(*inks, height=300, width=400): # each ink with its left and top
    written = np.zeros((height,width), np.float32)
    for ink,left,top in inks: written[top:top+ink.shape[0],left:left+ink.shape[1]] = ink
    return written[...,None]

def photo(ink, pen=(40,44,70), paper=(244,242,234), light=1., noise=3):
    colours = (np.float32(paper)*(1-ink)+np.float32(pen)*ink)*light
    grainy = colours+np.random.default_rng(0).normal(0, noise, colours.shape)
    return Image.fromarray(grainy.clip(0,255).astype(np.uint8))

def saved(image, kind='jpeg', **more):
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()

Y,X = np.mgrid[:300,:400]
SHADOW = (.4+.6/(1+np.exp(-(X+.4*Y-230)/16)))[...,None] # soft, through the digit
VIGNETTE = (1-1.2*((X/400-.5)**2+(Y/300-.5)**2)).clip(.3, 1)[...,None]

LINE = ((abs(Y-240)<2)&(X>30)&(X<370)).astype(np.float32)[...,None] # ruled, below the digit
DUST = ((X%67<3)&(Y%53<3)).astype(np.float32)[...,None]

def on_clear(ink): # white ink, and nothing behind it
    return Image.fromarray((np.concatenate([np.ones((*ink.shape[:2],3)), ink], 2)*255).clip(0, 255).astype(np.uint8))

def turned(image): # a camera held upright: the pixels lie on their side, and EXIF says so
    exif = Image.Exif()
    exif[0x112] = 6
    return saved(image.transpose(Image.Transpose.ROTATE_90), exif=exif)

def ballpoint(digit): # strokes of 2 pixels, the digit 200 high
    img = Image.new('L', (400,300))
    for stroke in HAND[digit]: ImageDraw.Draw(img).line([(130+130*x,50+200*y) for x,y in stroke], 255, 2)
    return (np.asarray(img, np.float32)/255)[...,None]

KINDS = {
    'plain': ('3', lambda d: saved(photo(sheet((d('3'),60,70))))),
    'dark': ('5', lambda d: saved(photo(sheet((d('5'),200,100)), (235,235,240), (28,28,32)))),
    'coloured': ('8', lambda d: saved(photo(sheet((d('8'),140,90)), (210,40,40), (252,246,200)))),
    'same-grey': ('2', lambda d: saved(photo(sheet((d('2'),140,90)), (214,60,50), (80,118,60)))),
    'yellow': ('6', lambda d: saved(photo(sheet((d('6'),140,90)), (250,232,70), (252,252,250)))),
    'shadow': ('7', lambda d: saved(photo(sheet((d('7'),130,80)), light=SHADOW))),
    'vignette': ('4', lambda d: saved(photo(sheet((d('4'),20,160)), light=VIGNETTE))),
    'two': ('40', lambda d: saved(photo(sheet((d('4'),60,90), (d('0'),220,80))))),
    'ballpoint': ('8', lambda _: saved(photo(ballpoint('8')))),
    'large': ('9', lambda d: saved(photo(sheet((d('9'),140,90))).resize((3200,2400)))),
    'turned': ('2', lambda d: turned(photo(sheet((d('2'),140,90))))),
    'line': ('5', lambda d: saved(photo(np.maximum(sheet((d('5'),140,60)), LINE)))),
    'dust': ('1', lambda d: saved(photo(np.maximum(sheet((d('1'),140,90)), DUST)))),
    'clear': ('3', lambda d: saved(on_clear(sheet((d('3'),140,90))), 'png'))}

DROP = '''(pad, [name, type, text]) => {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), data = new DataTransfer();
    data.items.add(new File([bytes], name, {type}));
    for (const kind of ['dragover', 'drop'])
        pad.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true})) }'''

def drop(box, data, name='photo.jpg', kind='image/jpeg'):
    box.locator('.lab-pad').evaluate(DROP, [name, kind, base64.b64encode(data).decode()])

def test_photos_are_read(lab, drawn):
    page,box = lab('draw')
    page.wait_for_load_state('networkidle')
    asked = []
    page.on('request', lambda r: asked.append(r.url))
    for kind,(digits,make) in KINDS.items():
        drop(box, make(drawn))
        expect(status(box), kind).to_contain_text(re.compile(rf'It reads {digits}[ :]'))
        expect(cards(box)).to_have_count(len(digits))
        told = f'Your photo, pieces found: {len(digits)}'
        assert box.locator('.lab-pad-canvas').get_attribute('aria-label')==told, kind
        button(box, 'Clear').click()
    assert asked==[] # nothing leaves the browser
    expect(box.get_by_text('nothing is sent anywhere')).to_be_visible()

@pytest.mark.parametrize('label', ['Photo to read', 'Photo to take'])
def test_photo_is_chosen_and_gives_way_to_a_drawing(lab, drawn, label):
    page,box = lab('draw', size=PHONE)
    chooser = box.get_by_label(label)
    assert chooser.get_attribute('accept')=='image/*'
    assert chooser.get_attribute('capture')==('environment' if label=='Photo to take' else None)
    file = dict(name='photo.jpg', mimeType='image/jpeg', buffer=KINDS['two'][1](drawn))
    chooser.set_input_files([file])
    expect(status(box)).to_contain_text('It reads 40')
    write(page, box, HAND['7'])
    expect(status(box)).to_contain_text('It reads 7 ')
    chooser.set_input_files([file]) # the same once more
    expect(status(box)).to_contain_text('It reads 40')
    button(box, 'Reset').click()
    expect(box.locator('.lab-pad-canvas')).to_have_attribute('aria-label', 'An empty pad')

def test_more_pieces_than_are_shown(lab, drawn):
    page,box = lab('draw')
    small = drawn('3')[::4,::4]
    drop(box, saved(photo(sheet(*((small,8+48*(i%8),10+60*(i//8)) for i in range(30))))))
    expect(status(box)).to_contain_text('6 more pieces were left out.')
    expect(cards(box)).to_have_count(24)

def test_dropped_words_are_no_photo(lab):
    page,box = lab('draw')
    box.locator('.lab-pad').evaluate("""pad => { const data = new DataTransfer(); data.setData('text/plain', 'seven');
        pad.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) }""")
    expect(status(box)).to_contain_text('That was no file')

BAD = [(b'no picture', 'notes.txt', 'notes.txt cannot be opened as a picture'),
       (saved(photo(sheet())), 'blank.jpg', 'Nothing is written on this photo')]

@pytest.mark.parametrize('data,name,words', BAD, ids=['text', 'blank'])
def test_bad_photo_is_told_in_one_line(lab, data, name, words):
    page,box = lab('draw')
    drop(box, data, name)
    expect(status(box)).to_contain_text(words)
    expect(cards(box)).to_have_count(0)
    write(page, box, HAND['7'])
    expect(status(box)).to_contain_text('It reads 7 ')

def test_photo_on_a_phone_fits_and_is_accessible(lab, drawn):
    page,box = lab('draw', size=PHONE)
    drop(box, KINDS['two'][1](drawn))
    expect(box.get_by_role('img', name=re.compile('counts most'))).to_be_visible()
    assert page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')
    edge = box.bounding_box()
    for part in box.locator('.lab-classes > *, .lab-pieces, .lab-pad, .lab-actions button:visible').all():
        place = part.bounding_box()
        assert edge['x']<=place['x'] and place['x']+place['width']<=edge['x']+edge['width']
    assert Axe().run(page, options=dict(preload=False, resultTypes=['violations'])).response['violations']==[]

# ---- the older models

@pytest.mark.parametrize('digit', ['3', '7'])
def test_older_models_recognise(lab, digit):
    page,box = lab('draw', '?draw.model=learner')
    write(page, box, HAND[digit])
    expect(status(box)).to_contain_text(re.compile(rf'\b{digit}\b'))
    answers = box.locator('.lab-answers li').all_inner_texts()
    assert len(answers)==3 and sum(f'{digit}' in re.sub(r'P\(3\)', '', a) for a in answers)>=2, answers
    expect(box.get_by_role('img', name=re.compile('Votes of the pixels in the linear model: For a 3'))).to_be_visible()
    button(box, 'Clear').click()
    expect(status(box)).to_contain_text('a 3 or a 7')

def test_older_models_read_one_piece_of_several(lab):
    page,box = lab('draw')
    for digit,left in (('3',.1), ('7',.56)): write(page, box, HAND[digit], (left,.28,.32,.48))
    field(box, 'Model').select_option('hidden')
    expect(status(box)).to_contain_text('Piece 1 of 2. ')
    first = box.locator('.lab-answers').inner_text()
    cards(box).nth(1).click()
    expect(status(box)).to_contain_text('Piece 2 of 2. ')
    assert box.locator('.lab-answers').inner_text()!=first
    expect(box.locator('.lab-classes')).to_be_hidden()
