"""Would the tests notice? Each copy of the website has one thing broken, and a test that guards it must fail."""
import os, re, shutil, subprocess, sys, pytest
from conftest import SITE
from pathlib import Path

TESTS = Path(__file__).parent

def edit(path, old, new, count=-1):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))

def external_script(site):
    edit(site/'labs.html', '</head>', '<script src="https://example.com/count.js"></script></head>')
def missing_image(site): next((site/'_images').glob('*.png')).unlink()
def missing_anchor(site): edit(site/'glossary.html', 'id="learning-rate"', 'id="something-else"')
def dead_slider(site):
    change = '() => change(field.fromPosition'
    edit(site/'_static'/'labs'/'lab.js', f'input: {change}', f'never: {change}')
def dead_touch(site): edit(site/'_static'/'labs'/'pad.js', "'pointerdown'", "'mousedown-only'")
def unshuffled(site): edit(site/'_static'/'labs'/'nn.js', 'if (!shuffled) return order', 'return order')
def wrong_sign(site): edit(site/'_static'/'labs'/'nn.js', 'p[i] -= lr * g[i]', 'p[i] += lr * g[i]')
def wrong_weights(site):
    path = site/'_static'/'labs'/'data'/'hidden.safetensors'
    data = bytearray(path.read_bytes())
    for i in range(1_000, len(data)-4, 4): data[i+3] ^= 0x80 # every weight with the other sign
    path.write_bytes(bytes(data))

def no_pooling(site): edit(site/'_static'/'labs'/'cnn.js', 'pooled: i < 3', 'pooled: i < 3 && i > 0')
def fragments_apart(site): edit(site/'_static'/'labs'/'pieces.js', 'near = found.filter', 'near = [].filter')
def light_left(site):
    edit(site/'_static'/'labs'/'photo.js', 'bright ? 1 - v / Math.max(paper, 0.02)', 'bright ? 1 - v')
def code_folded(site): edit(site/'loss.html', '<div class="cell tag_exported', '<div hidden class="cell tag_exported')
def line_lost(site): edit(site/'loss.html', 'Labels, 1. for a 3', 'Labels')
def no_fold(site): edit(site/'sgd.html', '<details class="checks">', '<details class="checks" open>')
def not_printed(site): edit(site/'_static'/'site.css', 'content-visibility:visible', 'content-visibility:hidden')
def never_unfolded(site): edit(site/'_static'/'folds.js', 'fold.open = true', 'fold.open = false')
def no_number(site): edit(site/'app'/'climb.html', '03 SGD', 'SGD')
def large_letters(site): edit(site/'_static'/'site.css', '--code:.8rem', '--code:.9rem')
def larger_proof(site): edit(site/'_static'/'site.css', 'clamp(.66rem', 'clamp(.75rem')
def arc_lost(site): edit(site/'index.html', '<path class="line"', '<path class="none" transform="translate(0 40)"')
def name_lost(site): edit(site/'reference.html', 'mnist_loss', 'mnist_lost')
def comment_lost(site): edit(site/'reference'/'loss.html', 'Labels, 1. for a 3', 'Labels', 1)

LINKS = 'test_pages.py::test_links_and_descriptions'
CASES = [(external_script, 'test_pages.py::test_page[labs.html-desktop]'), (external_script, LINKS),
         (missing_image, LINKS), (missing_anchor, LINKS),
         (dead_slider, 'test_labs.py::test_slope_by_keyboard'), (dead_touch, 'test_draw.py::test_draw_by_touch'),
         (unshuffled, 'test_labs.py::test_trap_of_the_order'),
         (wrong_sign, 'test_models.py::test_gradients_agree_with_autograd'),
         (wrong_weights, 'test_models.py::test_weights_are_those_of_the_training'),
         (no_pooling, 'test_models.py::test_probabilities_of_the_cnn'),
         (fragments_apart, 'test_draw.py::test_fragments_of_a_digit_are_one_piece'),
         (light_left, 'test_draw.py::test_photos_are_read'),
         (code_folded, 'test_lessons.py::test_exported_code_is_open[loss]'),
         (line_lost, 'test_lessons.py::test_exported_code_is_open[loss]'),
         (no_fold, 'test_lessons.py::test_checks_are_folded_and_no_code_scrolls[sgd]'),
         (not_printed, 'test_lessons.py::test_checks_are_printed_open'),
         (never_unfolded, 'test_lessons.py::test_the_search_leads_into_the_checks'),
         (no_number, 'test_lessons.py::test_lessons_are_numbered_in_the_sidebar'),
         (large_letters, 'test_lessons.py::test_room_for_the_budget'),
         (larger_proof, 'test_lessons.py::test_room_for_the_budget'),
         (arc_lost, 'test_lessons.py::test_an_arc_ends_at_the_row_it_leads_to'),
         (name_lost, 'test_lessons.py::test_the_reference_lists_every_public_name'),
         (comment_lost, 'test_lessons.py::test_the_reference_tells_every_comment[mnist_sgd.loss]')]

@pytest.mark.parametrize('change,test', CASES, ids=[f'{c.__name__}-{t.partition("::")[2][:30]}' for c,t in CASES])
def test_is_noticed(tmp_path, change, test):
    site = tmp_path/'site'
    shutil.copytree(SITE, site)
    change(site)
    run = subprocess.run([sys.executable, '-m', 'pytest', '-q', '-x', '-p', 'no:cacheprovider', str(TESTS/test)],
                         env=dict(os.environ, SITE=str(site)), capture_output=True, text=True)
    assert run.returncode==1 and re.search(r'\b1 (failed|error)', run.stdout), run.stdout[-2000:]
