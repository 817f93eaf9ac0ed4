"""Would the tests notice? Each copy of the website has one thing broken, and a test that guards it must fail."""
import os, re, shutil, subprocess, sys, pytest
from conftest import SITE
from pathlib import Path

TESTS = Path(__file__).parent

def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

def external_script(site): edit(site/'labs.html', '</head>', '<script src="https://example.com/count.js"></script></head>')
def missing_image(site): next((site/'_images').glob('*.png')).unlink()
def missing_anchor(site): edit(site/'glossary.html', 'id="learning-rate"', 'id="something-else"')
def dead_slider(site): edit(site/'_static'/'labs'/'lab.js', 'input: () => change(field.fromPosition', 'never: () => change(field.fromPosition')
def dead_touch(site): edit(site/'_static'/'labs'/'draw.js', "'pointerdown'", "'mousedown-only'")
def unshuffled(site): edit(site/'_static'/'labs'/'nn.js', 'if (!shuffled) return order', 'return order')
def wrong_sign(site): edit(site/'_static'/'labs'/'nn.js', 'p[i] -= lr * g[i]', 'p[i] += lr * g[i]')
def wrong_weights(site):
    path = site/'_static'/'labs'/'data'/'hidden.safetensors'
    data = bytearray(path.read_bytes())
    for i in range(1_000, len(data)-4, 4): data[i+3] ^= 0x80 # every weight with the other sign
    path.write_bytes(bytes(data))

CASES = [(external_script, 'test_pages.py::test_page[labs.html-desktop]'), (external_script, 'test_pages.py::test_links_and_descriptions'),
         (missing_image, 'test_pages.py::test_links_and_descriptions'), (missing_anchor, 'test_pages.py::test_links_and_descriptions'),
         (dead_slider, 'test_labs.py::test_slope_by_keyboard'), (dead_touch, 'test_labs.py::test_draw_by_touch'),
         (unshuffled, 'test_labs.py::test_trap_of_the_order'), (wrong_sign, 'test_models.py::test_gradients_agree_with_autograd'),
         (wrong_weights, 'test_models.py::test_weights_are_those_of_the_training')]

@pytest.mark.parametrize('change,test', CASES, ids=[f'{c.__name__}-{t.partition("::")[2][:30]}' for c,t in CASES])
def test_is_noticed(tmp_path, change, test):
    site = tmp_path/'site'
    shutil.copytree(SITE, site)
    change(site)
    run = subprocess.run([sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', str(TESTS/test)],
                         env=dict(os.environ, SITE=str(site)), capture_output=True, text=True)
    assert run.returncode==1 and re.search(r'\b1 (failed|error)', run.stdout), run.stdout[-2000:]
