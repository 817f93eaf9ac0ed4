"Files as people have them, each made here and small: formats, pages, what is no picture, what is cut short."
import io, os, random, struct, sys
import numpy as np, pytest
from collections import Counter
from mnist_sgd.app.formats import pages, plain, what_else
from mnist_sgd.app.pictures import find_pictures, open_pages, open_picture, passed_over
from mnist_sgd.base.errors import ImageError
from PIL import Image, ImageDraw

pytestmark = pytest.mark.filterwarnings('ignore:::PIL') # what is odd in a file is told in its line

def seven(mode='L', size=(80,60), ink=0, paper=255):
    img = Image.new('L', (80,60), paper)
    draw = ImageDraw.Draw(img)
    draw.rectangle((20,10,44,17), fill=ink)
    draw.rectangle((37,10,44,49), fill=ink)
    return img.resize(size).convert(mode)

def saved(img, form, **how):
    img.save(data := io.BytesIO(), form, **how)
    return data.getvalue()

def shades(img): return np.array(img.convert('L'), float)

def alike(page, img=None):
    "Whether a page shows the same as `img`, with the full range of shades"
    found,wanted = shades(page),shades(img or seven())
    return found.shape==wanted.shape and np.abs(found-wanted).mean()<6 and np.ptp(found)>200

# ---- formats and modes

FORMS = ['PNG','JPEG','GIF','BMP','TIFF','WEBP','PPM','TGA','PCX','SGI','ICO','JPEG2000','QOI','AVIF','DIB','IM']

@pytest.mark.parametrize('form', FORMS)
def test_every_format(form):
    img = seven('RGB', (64,64))
    [(number,page)] = pages(saved(img, form, **dict(sizes=[(64,64)]) if form=='ICO' else {}))
    assert number==1 and alike(page, img) and page.mode in ('L','RGB')

@pytest.mark.parametrize('bits', [4,6,8,10,12,14,16])
@pytest.mark.parametrize('form', ['PNG','TIFF'])
def test_deep_grey_of_any_used_bits(bits, form):
    pixels = (np.array(seven())/255*(2**bits-1)).astype(np.uint16)
    assert alike(next(pages(saved(Image.fromarray(pixels), form)))[1])

@pytest.mark.parametrize('low,high', [(0,1), (0,255), (-1000,3000), (-1,1), (0,1e-6), (1e6,2e6)])
@pytest.mark.parametrize('kind', [np.float32, np.int32])
def test_numbers_of_any_range(low, high, kind):
    if kind is np.int32 and high<=1: return
    pixels = (low+np.array(seven())/255*(high-low)).astype(kind)
    assert alike(next(pages(saved(Image.fromarray(pixels), 'TIFF')))[1])

@pytest.mark.parametrize('hole', [np.nan, np.inf, -np.inf, -3.4e38, 1e38])
def test_holes_and_hot_pixels_decide_nothing(hole):
    pixels = np.array(seven(size=(400,300)), np.float32)
    pixels[3:33,3:9] = hole # more than a few
    assert alike(plain(Image.fromarray(pixels)), seven(size=(400,300)))
    pixels[3:33,3:9],pixels[3,3:9] = 255,50_000
    assert alike(plain(Image.fromarray(pixels)), seven(size=(400,300)))

def test_unsigned_32_bits_above_the_middle():
    data = bytearray(saved(Image.fromarray((np.array(seven(), np.int32)//255*1000-500)), 'TIFF'))
    assert alike(next(pages(bytes(data)))[1]) # signed, as Pillow writes them
    at = data.index(struct.pack('<HHIH', 339, 3, 1, 2))
    data[at+8] = 1 # the same bytes, told to be unsigned: -500 is now the brightest
    assert shades(next(pages(bytes(data)))[1])[30,40]==255

@pytest.mark.parametrize('noise', [.1, 1., 2.])
def test_noise_of_an_empty_page_stays_noise(noise):
    pixels = np.random.default_rng(0).normal(100, noise/4, (300,400)).astype(np.float32)
    assert np.ptp(shades(plain(Image.fromarray(pixels))))<20

@pytest.mark.parametrize('mode', ['LA','RGBA','PA'])
@pytest.mark.parametrize('ink', [0,255])
def test_alpha_is_kept_where_it_says_something(mode, ink):
    written = seven().point(lambda p: 255-p)
    img = Image.merge('LA', (Image.new('L', written.size, ink), written))
    img = img.convert('RGBA') if mode!='LA' else img
    img = img.convert(mode) if mode!='PA' else img.quantize(16, Image.Quantize.FASTOCTREE)
    page = next(pages(saved(img, 'PNG')))[1]
    assert page.mode in ('LA','RGBA') and np.array(page.getchannel('A')).tolist()==np.array(written).tolist()

@pytest.mark.parametrize('alpha', [0,255])
def test_alpha_that_says_nothing_is_dropped(alpha):
    img = seven('RGBA')
    img.putalpha(alpha)
    page = next(pages(saved(img, 'PNG')))[1]
    assert page.mode=='RGB' and alike(page)

def test_a_clear_colour_of_png_and_gif():
    for form,mode in (('PNG','L'), ('PNG','RGB'), ('GIF','P'), ('PNG','P')):
        clear = 255 if mode in 'LP' else (255,255,255)
        img = seven(mode) if mode!='P' else seven().quantize(2)
        if mode=='P': clear = img.getpixel((0,0))
        page = next(pages(saved(img, form, transparency=clear)))[1]
        assert page.mode in ('LA','RGBA') and page.getchannel('A').getextrema()==(0,255), (form, mode)

@pytest.mark.parametrize('turn', range(1,9))
@pytest.mark.parametrize('kind', ['JPEG','PNG','WEBP','TIFF','16 bits','pages'])
def test_upright(turn, kind):
    back = [None, 0, 3, 1, 5, 2, 6, 4][turn-1] # transpositions that exif_transpose will undo
    lying = seven() if back is None else seven().transpose(Image.Transpose(back))
    (exif := Image.Exif())[0x112] = turn
    if kind=='16 bits': data = saved(Image.fromarray(np.array(lying).astype(np.uint16)*257), 'PNG', exif=exif)
    elif kind=='pages': data = saved(lying, 'TIFF', exif=exif, save_all=True, append_images=[lying])
    else: data = saved(lying, kind, exif=exif)
    assert alike(next(pages(data))[1])

def test_spoilt_exif_costs_nothing():
    for exif in (b'Exif\0\0II*\0\xff\xff\xff\xff', b'Exif\0\0', b'Exif\0\0'+bytes(50)):
        assert alike(next(pages(saved(seven(), 'JPEG', exif=exif)))[1])

# ---- pages and frames

def test_pages_that_have_something():
    blank,faint = Image.new('L', (80,60), 255),seven(ink=225)
    data = saved(blank, 'TIFF', save_all=True, append_images=[seven(), blank, faint, Image.new('L', (80,60), 0)])
    assert [number for number,_ in pages(data)]==[2,4]
    assert [number for number,_ in pages(saved(blank, 'TIFF', save_all=True, append_images=[blank]))]==[1]

@pytest.mark.parametrize('compression', ['raw','tiff_lzw','tiff_adobe_deflate','group4','jpeg'])
def test_pages_of_a_scanner(compression):
    kind = '1' if compression=='group4' else 'L'
    more = [seven(kind, (90,70))]
    data = saved(seven(kind), 'TIFF', compression=compression, save_all=True, append_images=more)
    assert [page.size for _,page in pages(data)]==[(80,60),(90,70)]

def test_one_page_is_in_memory_at_a_time(tmp_path):
    import resource
    many = [seven('RGB', (800,600)) for _ in range(30)]
    (file := tmp_path/'many.tif').write_bytes(saved(many[0], 'TIFF', save_all=True, append_images=many[1:]))
    del many
    list(open_pages(file))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (large := tmp_path/'more.tif').write_bytes(saved(Image.new('L', (800,600)), 'TIFF', save_all=True,
        append_images=(seven('L', (800,600)) for _ in range(90)), compression='tiff_lzw'))
    assert len(list(open_pages(large)))==90
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss-before < 40_000 # kB: a picture is 480, all are 43,200

@pytest.mark.parametrize('form', ['GIF','WEBP','PNG','AVIF'])
def test_a_drawing_that_grows(form):
    (half := Image.new('RGB', (80,60), 'white')).paste(seven('RGB').crop((0,0,80,25)))
    frames = [Image.new('RGB', (80,60), 'white'), half, seven('RGB'), Image.new('RGB', (80,60), 'white')]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=50)
    [(number,page)] = pages(data)
    assert number==1 and alike(page)

def test_other_pictures_in_a_file_are_left_alone():
    other = Image.new('L', (80,60), 255)
    data = saved(seven(), 'MPO', save_all=True, append_images=[other])
    assert len(list(pages(data)))==1 and alike(next(pages(data))[1])
    assert alike(next(pages(saved(seven(), 'JPEG')+b'\0\0\0\x18ftypmp42'+bytes(500)))[1]) # a phone's motion photo

# ---- HEIC: no library here writes one, so the reader is a stand-in; who is asked, and when, is ours

def heif(brand=b'heic', *others):
    return struct.pack('>I', 16+4*len(others))+b'ftyp'+brand+bytes(4)+b''.join(others)

@pytest.mark.parametrize('head', [heif(), heif(b'mif1', b'heic'), heif(b'msf1'), heif(b'hevc', b'mif1')])
def test_heic_goes_to_pi_heif_whatever_its_name(head, tmp_path, monkeypatch):
    import pi_heif
    monkeypatch.setattr(pi_heif, 'HeifImageFile', lambda file: seven() if file.read()==head else None)
    (file := tmp_path/'IMG_1.jpg').write_bytes(head)
    assert alike(open_picture(file))

def test_avif_does_not_go_to_pi_heif(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pi_heif', None)
    assert alike(next(pages(saved(seven('RGB'), 'AVIF')))[1])
    with pytest.raises(ImageError, match='a HEIC picture needs the package pi-heif: pip install pi-heif'):
        list(pages(heif()))

def test_pi_heif_is_imported_only_for_heic():
    import subprocess
    code = 'import sys, mnist_sgd.app.pictures; print("pi_heif" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout=='False\n'

def test_a_damaged_heic_is_told():
    with pytest.raises(ImageError, match='a damaged one'): list(pages(heif()))
    with pytest.raises(ImageError, match='cut short'): list(pages(heif()+struct.pack('>I', 99)+b'meta'+bytes(20)))

# ---- large

@pytest.mark.parametrize('size,longest,then', [((12000,9000),1000,(1500,1125)), ((4000,3000),1000,(1000,750)),
                                               ((4000,3000),2000,(2000,1500)), ((1999,1500),1000,(1999,1500)),
                                               ((9000,800),1000,(9000,800))])
def test_a_jpeg_is_read_smaller_and_never_too_small(size, longest, then):
    assert next(pages(saved(seven(size=size), 'JPEG'), longest))[1].size==then

def test_what_is_too_large_is_told():
    claim = bytearray(saved(seven(), 'JPEG'))
    at = claim.index(b'\xff\xc0')
    claim[at+5:at+9] = struct.pack('>HH', 60_000, 60_000)
    with pytest.raises(ImageError, match='it claims 60,000 x 60,000 pixels, too many: save it smaller'):
        list(pages(bytes(claim)))

# ---- what is no picture

KINDS = {b'%PDF-1.7\n': 'a PDF', b'PK\3\4'+bytes(26)+b'a.jpg': 'a ZIP file', b'PK\3\4..word/document.xml': 'a Word',
         b'PK\3\4..xl/workbook.xml': 'an Excel', b'PK\3\4..ppt/slides': 'a PowerPoint',
         b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1': 'Office',
         b'<svg xmlns="">': 'a drawing', b'<?xml version="1.0"?>\n<!-- x -->\n<svg>': 'a drawing',
         b'<!doctype html><p>': 'a web page', b'\n\n<HTML>': 'a web page', b'label,p0,p1\n7,0,0\n': 'a table',
         b'1;2;3\n4;5;6\n': 'a table', ('7'+',0'*784).encode(): 'a picture a row', b'Dear all,\nhello\n': 'a text',
         b'\0\0\0\x20ftypisom': 'a video', b'\0\0\0\x14ftypqt  ': 'a video', b'\0\0\0\x08wide': 'a video',
         b'\0\0\1\xba!': 'a video', b'\x1a\x45\xdf\xa3': 'a video', b'RIFF....AVI LIST': 'a video', b'ID3\4': 'a sound',
         b'RIFF....WAVEfmt ': 'a sound', b'Rar!\x1a\7\0': 'packed', b'\x1f\x8b\x08': 'packed', b'\0'*900: 'zeros',
         b'{"a": 1}': 'JSON', b'\x93NUMPY': 'NumPy', b'%!PS-Adobe': 'PostScript', b'{\\rtf1': 'RTF',
         b'data:image/png;base64,iVBO': 'base64', 'Grüße\nan alle\n'.encode('latin-1'): 'a text',
         'a\tb\n1\t2\n'.encode('utf-16'): 'a table', b'\1\2\3\xfe\xff\xf0\0\0': 'not known here'}

@pytest.mark.parametrize('data', KINDS)
def test_what_it_is_and_what_to_do(data, tmp_path):
    (file := tmp_path/'photo.jpg').write_bytes(data)
    with pytest.raises(ImageError) as e: open_picture(file)
    said = str(e.value)
    assert KINDS[data] in said and said.startswith(f"'{file}' cannot be read: ")
    assert said.count(':')>=2+(os.name=='nt') and '\n' not in said and len(said)-len(str(file))<150 # and what to do

@pytest.mark.parametrize('form', FORMS)
def test_pictures_are_not_taken_for_something_else(form): assert what_else(saved(seven('RGB'), form)) is None

CUT = [form for form in FORMS if form not in ('IM','DIB')] # these two do not say how long they are

@pytest.mark.parametrize('form', CUT)
@pytest.mark.parametrize('how', [{}, dict(progressive=True), dict(compression='tiff_lzw')], ids=['','fine','lzw'])
def test_cut_short(form, how): # each format takes what it knows
    pixels = np.random.default_rng(0).integers(0, 255, (60,80,3), dtype=np.uint8)
    data = saved(Image.fromarray(pixels), form, **how)
    for share in (.1, .3, .5, .8, .97):
        with pytest.raises(ImageError, match='cut short: copy it again'): list(pages(data[:int(len(data)*share)]))

def test_a_whole_download_of_a_browser_is_read(tmp_path):
    data = saved(seven(), 'JPEG')
    (file := tmp_path/'7.jpg.crdownload').write_bytes(data)
    assert alike(open_picture(file))
    file.write_bytes(data[:len(data)//2])
    with pytest.raises(ImageError, match='cut short'): open_picture(file)

def test_random_bytes_after_every_beginning():
    rng = random.Random(0)
    heads = [saved(seven('RGB'), form)[:24] for form in FORMS]
    heads += [heif(), heif(b'avif'), b'8BPS\0\1', b'\0\1\0\0', b'\n\5\1\x08']
    for head in heads:
        for k in range(20):
            try: list(pages(head+rng.randbytes(rng.randrange(3000))))
            except ImageError: pass

# ---- folders

def test_names_that_people_give(tmp_path):
    names = ['a[1].jpg','scans [1]/b.jpg','Übung für Zoë/ß 3.JPG','100% #3?.png','no ending','.hidden.jpg','._a.jpg',
             '__MACOSX/._a.jpg','x.png/in.png','bad\udcfc.png','clip.MOV','clip.mpg','scan.pdf','Thumbs.db',
             '7.jpg.crdownload','IMG_1.HEIC','b.heif','c.avif','notes', '.git/x.png']
    for name in names:
        (tmp_path/name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path/name).write_bytes(b'a text' if name=='notes' else saved(seven(), 'JPEG'))
    passed = Counter()
    found = [os.path.relpath(name, tmp_path) for name in find_pictures([tmp_path], passed)]
    others = {'.hidden.jpg','._a.jpg','__MACOSX/._a.jpg','clip.MOV','clip.mpg','scan.pdf','Thumbs.db','notes',
              '.git/x.png'}
    assert set(found)==set(names)-others and len(found)==len(set(found))
    assert passed=={'hidden':4, '.mov':1, '.mpg':1, '.pdf':1, '.db':1, 'without ending':1}
    assert passed_over(passed).startswith('passed over in folders, no pictures by their names: 9 (4 hidden, ')
    for name in set(names)-others: assert alike(open_picture(tmp_path/name))
    for pattern,n in (('scans [1]/*.jpg',1), ('scans [1]/*',1), ('a[1]*',1), ('[ab]*',3), ('*/ß*.JPG',1), ('*.png',3)):
        assert len(list(find_pictures([str(tmp_path/pattern)])))==n, pattern

def test_the_command_tells_what_was_passed_over(tmp_path, call):
    seven().save(tmp_path/'7.png')
    for name in ('a.mov','b.mov','c.pdf'): (tmp_path/name).touch()
    done = call('predict', tmp_path)
    assert done.returncode==0 and done.stderr==('mnist_sgd: passed over in folders, no pictures by their names: '
                                                '3 (2 .mov, 1 .pdf)\n')
