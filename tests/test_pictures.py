"Files that are no pictures, or no longer."
import csv, io, json, os, random, struct, sys, zlib
import pytest
from mnist_sgd.base.errors import ImageError
from mnist_sgd.app.pictures import find_pictures, open_picture
from mnist_sgd.predict import prepare
from PIL import Image, ImageDraw

def drawn(mode='L'):
    img = Image.new('L', (80,60), 255)
    ImageDraw.Draw(img).line([(20,12),(45,12),(31,50)], 0, 6, 'curve') # a 7
    return img.convert(mode)

@pytest.mark.filterwarnings('ignore') # Pillow's, about the bytes
@pytest.mark.parametrize('form', ['PNG','JPEG','GIF','BMP','TIFF','WEBP','PPM'])
def test_cut_at_every_tenth_byte(form, tmp_path):
    drawn('RGB').save(whole := io.BytesIO(), form)
    data,file = whole.getvalue(),tmp_path/'cut'
    for length in range(0, len(data), 10):
        file.write_bytes(data[:length])
        try: prepare(open_picture(file))
        except ImageError as e: assert str(file) in str(e) or 'nothing is written' in str(e)
    file.write_bytes(data)
    assert open_picture(file).size==(80,60)

@pytest.mark.filterwarnings('ignore') # Pillow's, about the bytes
@pytest.mark.parametrize('suffix', sorted(Image.registered_extensions()))
def test_random_bytes_under_every_name(suffix, tmp_path):
    rng = random.Random(suffix)
    for k in range(5):
        (file := tmp_path/f'{k}{suffix}').write_bytes(rng.randbytes(500))
        with pytest.raises(ImageError, match=f'{k}{suffix}'): prepare(open_picture(file))

def claims(width, height):
    def chunk(kind, data): return struct.pack('>I', len(data))+kind+data+struct.pack('>I', zlib.crc32(kind+data))
    header = chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
    return b'\x89PNG\r\n\x1a\n'+header+chunk(b'IDAT', zlib.compress(bytes(10**6)))+chunk(b'IEND', b'')

@pytest.mark.filterwarnings('ignore::PIL.Image.DecompressionBombWarning')
@pytest.mark.parametrize('side', [10_000, 20_000, 2**31-1])
def test_bomb_is_refused_before_memory_is_spent(side, tmp_path):
    import resource
    (file := tmp_path/'bomb.png').write_bytes(claims(side, side))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageError, match=r"bomb\.png' cannot be read: it claims"): open_picture(file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss-before < 20_000 # kB

def test_what_is_no_ordinary_file(tmp_path):
    os.mkfifo(tmp_path/'pipe.png') # reading it would wait for ever
    (tmp_path/'loop.png').symlink_to(tmp_path/'loop.png')
    names = [tmp_path/name for name in ('pipe.png', 'loop.png', 'nowhere.png', 'x'*300)]
    for name in (*names, tmp_path, '/dev/zero'):
        with pytest.raises(ImageError, match='no ordinary file|no such file'): open_picture(name)

def test_modes_orientation_and_frames(tmp_path):
    for mode in ('1','L','LA','RGB','RGBA','P','CMYK'):
        drawn(mode).save(file := tmp_path/f'{mode}.tiff')
        assert (prepare(open_picture(file))-prepare(drawn())).abs().mean()<.02, mode
    exif = Image.Exif()
    exif[0x112] = 6
    drawn().rotate(90, expand=True).save(lying := tmp_path/'lying.jpg', exif=exif, quality=95)
    assert (prepare(open_picture(lying))-prepare(drawn())).abs().mean()<.02
    drawn().save(moving := tmp_path/'moving.gif', save_all=True, append_images=[Image.new('L', (80,60), 255)])
    assert (prepare(open_picture(moving))-prepare(drawn())).abs().mean()<.02

def test_links_in_a_circle_are_not_followed(tmp_path):
    (tmp_path/'a').symlink_to(tmp_path, target_is_directory=True)
    drawn().save(tmp_path/'one.png')
    assert list(find_pictures([tmp_path]))==[str(tmp_path/'one.png')]

NAMES = ['数字 3.png', 'три.png', 'a\nb.png', 'tab\there.png', '-dash.png', "quote'\".png", '\x1b[31mred.png',
         'bad\udcff.png']
OUTPUTS = [('table','ascii'), ('table','utf-8'), ('csv','utf-8'), ('csv','latin-1'), ('jsonl','utf-8')]

@pytest.mark.parametrize('form,encoding', OUTPUTS)
def test_names(form, encoding, tmp_path, run):
    drawn().save(tmp_path/'plain', 'png')
    for name in NAMES: (tmp_path/name).write_bytes((tmp_path/'plain').read_bytes())
    how = dict(env=dict(PYTHONIOENCODING=encoding), encoding=encoding.replace('ascii', 'utf-8'))
    # click writes UTF-8 to a terminal that says ASCII
    done = run('predict', '--format', form, '--', *NAMES, cwd=tmp_path, **how)
    assert done.returncode==0, done.stderr
    if form=='table': assert len(done.stdout.splitlines())==1+len(NAMES) and '\x1b' not in done.stdout
    if form=='jsonl': assert [json.loads(line)['file'] for line in done.stdout.splitlines()]==NAMES
    if form=='csv': assert len(list(csv.reader(io.StringIO(done.stdout))))==1+len(NAMES)

def test_exit_codes_and_show(tmp_path, call):
    drawn().save(tmp_path/'7.png')
    (tmp_path/'no.png').write_bytes(b'')
    assert call('predict', tmp_path/'7.png').returncode==0
    both = call('predict', tmp_path, '--show', tmp_path/'seen')
    assert both.returncode==1 and both.stderr=='mnist_sgd: could not be read: 1 of 2\n'
    assert [p.name[:8] for p in (tmp_path/'seen').iterdir()]==['000000-7']
    assert call('predict', tmp_path/'no.png').returncode==2
    (tmp_path/'empty').mkdir()
    nothing = call('predict', tmp_path/'empty')
    assert nothing.returncode==2 and 'no pictures found' in nothing.stderr
    assert call('predict', tmp_path/'7.png', '--show', tmp_path/'7.png'/'deeper').returncode==2

def test_whoever_reads_may_leave(tmp_path, home):
    import subprocess
    drawn().save(tmp_path/'0.png')
    for k in range(1, 3000): (tmp_path/f'{k}.png').symlink_to(tmp_path/'0.png')
    command = f'{sys.executable} -m mnist_sgd predict {tmp_path} | head -2'
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr=='' and len(done.stdout.splitlines())==2

def test_a_bar_for_people_only(tmp_path, monkeypatch, capsys):
    from mnist_sgd.app.cli import _bar
    drawn().save(tmp_path/'7.png')
    for out,err,shown in ((True,True,False), (False,True,True), (False,False,False)):
        monkeypatch.setattr(sys.stdout, 'isatty', lambda: out)
        monkeypatch.setattr(sys.stderr, 'isatty', lambda: err)
        assert hasattr(_bar([tmp_path]), 'length')==shown
