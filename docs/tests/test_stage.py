"""The parts of the build that can go wrong without a word, on small notebooks made for it."""
import json, pytest

import build, finish, glossary, notebooks, text
from notebooks import Page

URL = 'https://mnist-sgd.github.io/mnist_sgd'

def cell(kind, *lines): return dict(cell_type=kind, source='\n'.join(lines))
def code(*lines): return cell('code', *lines)
def prose(*lines): return cell('markdown', *lines)

@pytest.fixture
def page(tmp_path, monkeypatch):
    "page([cells], 'app/x.ipynb') is a page of a folder of notebooks of its own"
    monkeypatch.setattr(notebooks, 'NBS', tmp_path)
    monkeypatch.setattr(text, 'NBS', tmp_path)
    def write(cells, key='03_walk.ipynb'):
        path = tmp_path/key
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(json.dumps(dict(cells=cells)))
        return Page(path)
    return write

LESSON = [code('#| default_exp walk'), prose('# Walk', '', '> Down'), prose('## One', 'one two'), code('x = 1'), prose('## Where we stand', 'three'),
          prose('## Deeper: why', 'four five'), code('y = 1'), prose('## Checks'), prose('## Deeper: not any more'), code('assert x')]

def test_parts(page):
    assert list(notebooks.parts(LESSON))==['story']*5+['deeper']*2+['checks']*3
    assert notebooks.words(page(LESSON).part('story'))==2+1+2+3+1+ 2/2 # Walk, Down, One ..., half of "x" and "1"

@pytest.mark.parametrize('source,n', [
    ('assert x', 1), ('test_eq(a, b)\ntest_close(a,\n b)', 2), ('x = 1', 0), ('assert_close(a, b); assert c', 2), ('torch.testing.assert_close(a, b)', 1),
    ('with expect_fail(ValueError, contains="x"): f()', 1), ('with torch.no_grad():\n    assert a\n    test_eq(a, b)', 2),
    ('for x in y:\n    assert x\n    z = 1', 1), ('if x: test_eq(a, b)\nelse: test_ne(a, b)', 2), ('def f(): assert x', 0), ('holds(1)\nholds(2)', 2), ('%matplotlib inline\nassert x', 1)])
def test_statements(page, source, n):
    "Counted where they stand; a helper of the page counts where it is called, a definition does not"
    assert notebooks.statements(page([code('assert story'), code('def holds(x): assert x'), prose('## Checks'), code(source)]))==n

def test_addresses(page):
    one = page([code('#| default_exp app.climb'), prose('# Climb', '', '> Up')], 'app/climb.ipynb')
    assert (one.name, one.root, one.module, one.floor, one.number, one.title, one.subtitle)==('app/climb', '../', 'mnist_sgd.app.climb', 'app', '', 'Climb', 'Up')
    two = page(LESSON)
    assert (two.name, two.root, two.module, two.floor, two.number)==('walk', '', 'mnist_sgd.walk', 'lessons', '03')

def test_no_notebook_is_forgotten(page):
    for key in ('03_walk.ipynb', 'app/climb.ipynb', 'base/cache.ipynb', 'index.ipynb', 'exercises/03_walk.ipynb'): page([], key)
    assert notebooks.forgotten()==[]
    for key in ('more/new.ipynb', 'stray.ipynb'): page([], key)
    assert notebooks.forgotten()==['more/new.ipynb', 'stray.ipynb']

def test_nothing_is_forgotten_here():
    assert notebooks.forgotten()==[]
    assert {'app/climb.py', 'base/cache.py', 'sgd.py'}<={p.relative_to(build.ROOT/'mnist_sgd').as_posix() for p in build.data_sources() if 'mnist_sgd' in p.parts[-3:]}

def shown(page, words): return text.page_text(words, page, lambda part: part, 'https://host/repo', 'here')

def test_links_between_floors(page):
    one,two = page(LESSON),page([], 'app/climb.ipynb')
    page([], 'base/cache.ipynb'), page([], 'app/cli.ipynb'), page([], 'exercises/03_walk.ipynb')
    assert shown(one, '[x](app/climb.ipynb#part) [y](exercises/03_walk.ipynb)')=='[x](app/climb.ipynb#part) [y](https://host/repo/blob/main/nbs/exercises/03_walk.ipynb)'
    assert shown(two, '[x](../03_walk.ipynb) [y](../base/cache.ipynb) [z](cli.ipynb)')=='[x](../walk.ipynb) [y](../base/cache.ipynb) [z](cli.ipynb)'
    with pytest.raises(text.PageError, match='cache.ipynb does not exist'): shown(two, '[x](cache.ipynb)')

LINE = 'The lab runs on the website: [open it there]({}/lab-{}.html).'

def test_a_lab_stands_without_its_line(page):
    one = page(LESSON)
    for gap in ('\n', '\n\n'):
        told = shown(one, f'Before.\n\n<div class="lab" data-lab="slope"></div>{gap}{LINE.format(URL, "slope")}\n\nAfter.')
        assert told.startswith('Before.\n\n<p class="lab-intro">') and told.endswith('<div class="lab" data-lab="slope"></div>\n\nAfter.') and 'runs on the website' not in told
    assert shown(one, '<div class="lab" data-lab="slope"></div>').endswith('</div>')
    for wrong in ('<div class="lab" data-lab="slope"></div>\n'+LINE.format(URL, 'draw'), LINE.format(URL, 'slope'), '<div class="lab" data-lab="none"></div>'):
        with pytest.raises(text.PageError): shown(one, wrong)

def test_symbols_lead_to_the_reference(page):
    def link(name): return text.symbol_links(f'`{name}`', 'here')
    assert link('sgd_step')=='{py:obj}`sgd_step <mnist_sgd.sgd.sgd_step>`' and link('sgd_step()')=='{py:obj}`sgd_step() <mnist_sgd.sgd.sgd_step>`'
    assert link('sgd.sgd_step')=='{py:obj}`sgd.sgd_step <mnist_sgd.sgd.sgd_step>`' and link('mnist_sgd.app.climb')=='{py:mod}`mnist_sgd.app.climb <mnist_sgd.app.climb>`'
    assert link('mnist_sgd.data.mnist_sample')=='{py:obj}`mnist_sgd.data.mnist_sample <mnist_sgd.base.sample.mnist_sample>`'
    assert [link(name) for name in ('torch.fit', 'x.predict', 'mnist_sgd')]==['`torch.fit`', '`x.predict`', '`mnist_sgd`']
    with pytest.raises(text.PageError): link('mnist_sgd.sgd.nothing')

def test_every_line_of_the_glossary_is_an_entry(page, monkeypatch):
    monkeypatch.setattr(glossary, 'NBS', notebooks.NBS)
    page([prose('- **rate**: how far. [Walk](03_walk.ipynb)', '- **to hook**: to be called. [Models](app/models.ipynb)')], 'glossary.ipynb')
    assert glossary.terms()=={'03_walk.ipynb': ['rate'], 'app/models.ipynb': ['hook']}
    page([prose('- **rate**: how far, but it leads nowhere')], 'glossary.ipynb')
    with pytest.raises(ValueError, match='leads nowhere'): glossary.terms()

def test_the_fold_ends_with_its_section():
    html = '<section id="a"><section id="checks"><h2>Checks</h2>\n<p class="fold">3 statements</p><section><p>x</p></section></section><p>y</p></section>'
    assert finish._folded(html)==('<section id="a"><section id="checks"><h2>Checks</h2>\n<details class="checks"><summary>3 statements</summary>'
                                  '<section><p>x</p></section></details></section><p>y</p></section>')
    assert finish._folded('<p>no checks</p>')=='<p>no checks</p>'
