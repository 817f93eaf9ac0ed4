"""The parts of the build that can go wrong without a word, on small notebooks made for it."""
import json, pytest
from bs4 import BeautifulSoup

import build, cells, finish, glossary, notebooks, text
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

LESSON = [code('#| default_exp walk'), prose('# Walk', '', '> Down'), prose('## One', 'one two'), code('x = 1'),
          prose('## Where we stand', 'three'), prose('## Deeper: why', 'four five'), code('y = 1'),
          prose('## Checks'), prose('## Deeper: not any more'), code('assert x')]

def test_parts(page):
    assert list(notebooks.parts(LESSON))==['story']*5+['deeper']*2+['checks']*3
    assert notebooks.words(page(LESSON).part('story'))==2+1+2+3+1+ 2/2 # Walk, Down, One ..., half of "x" and "1"

@pytest.mark.parametrize('source,n', [
    ('assert x', 1), ('test_eq(a, b)\ntest_close(a,\n b)', 2), ('x = 1', 0), ('assert_close(a, b); assert c', 2),
    ('torch.testing.assert_close(a, b)', 1), ('with expect_fail(ValueError, contains="x"): f()', 1),
    ('with torch.no_grad():\n    assert a\n    test_eq(a, b)', 2), ('for x in y:\n    assert x\n    z = 1', 1),
    ('if x: test_eq(a, b)\nelse: test_ne(a, b)', 2), ('def f(): assert x', 0), ('holds(1)\nholds(2)', 2),
    ('%matplotlib inline\nassert x', 1)])
def test_statements(page, source, n):
    "Counted where they stand; a helper of the page counts where it is called, a definition does not"
    before = [code('assert story'), code('def holds(x): assert x'), prose('## Checks')]
    assert notebooks.statements(page([*before, code(source)]))==n

def test_addresses(page):
    one = page([code('#| default_exp app.climb'), prose('# Climb', '', '> Up')], 'app/climb.ipynb')
    assert (one.name, one.root, one.floor, one.number)==('app/climb', '../', 'app', '')
    assert one.module=='mnist_sgd.app.climb'
    assert (one.title, one.subtitle)==('Climb', 'Up')
    two = page(LESSON)
    assert (two.name, two.root, two.module, two.floor, two.number)==('walk', '', 'mnist_sgd.walk', 'lessons', '03')

def test_no_notebook_is_forgotten(page):
    for key in ('03_walk', 'app/climb', 'base/cache', 'index', 'exercises/03_walk'): page([], f'{key}.ipynb')
    assert notebooks.forgotten()==[]
    for key in ('more/new.ipynb', 'stray.ipynb'): page([], key)
    assert notebooks.forgotten()==['more/new.ipynb', 'stray.ipynb']

def test_nothing_is_forgotten_here():
    assert notebooks.forgotten()==[]
    sources = {p.relative_to(build.ROOT).as_posix() for p in build.data_sources()}
    assert {'mnist_sgd/app/climb.py', 'mnist_sgd/base/cache.py', 'mnist_sgd/sgd.py', 'docs/assets.py'}<=sources

def shown(page, words): return text.page_text(words, page, lambda part: part, 'https://host/repo', 'here')

def test_links_between_floors(page):
    one,two = page(LESSON),page([], 'app/climb.ipynb')
    page([], 'base/cache.ipynb'), page([], 'app/cli.ipynb'), page([], 'exercises/03_walk.ipynb')
    assert shown(one, '[x](app/climb.ipynb#part)')=='[x](app/climb.ipynb#part)'
    assert shown(one, '[x](exercises/03_walk.ipynb)')=='[x](https://host/repo/blob/main/nbs/exercises/03_walk.ipynb)'
    assert shown(two, '[x](../03_walk.ipynb) [y](../base/cache.ipynb)')=='[x](../walk.ipynb) [y](../base/cache.ipynb)'
    assert shown(two, '[x](cli.ipynb)')=='[x](cli.ipynb)'
    with pytest.raises(text.PageError, match='cache.ipynb does not exist'): shown(two, '[x](cache.ipynb)')

MARKER = '<div class="lab" data-lab="slope"></div>'
LINE = 'The lab runs on the website: [open it there]({}/lab-{}.html).'

def test_a_lab_stands_without_its_line(page):
    one = page(LESSON)
    line = LINE.format(URL, 'slope')
    for gap in ('\n', '\n\n'):
        told = shown(one, f'Before.\n\n{MARKER}{gap}{line}\n\nAfter.')
        assert told.startswith('Before.\n\n<p class="lab-intro">') and told.endswith(f'{MARKER}\n\nAfter.')
        assert 'runs on the website' not in told
    assert shown(one, MARKER).endswith(MARKER)
    for wrong in (f'{MARKER}\n{LINE.format(URL, "draw")}', line, '<div class="lab" data-lab="none"></div>'):
        with pytest.raises(text.PageError): shown(one, wrong)

def test_symbols_lead_to_the_reference(page):
    def link(name): return text.symbol_links(f'`{name}`', 'here')
    full = 'mnist_sgd.sgd.sgd_step'
    for name in ('sgd_step', 'sgd_step()', 'sgd.sgd_step', full): assert link(name)==f'{{py:obj}}`{name} <{full}>`'
    assert link('mnist_sgd.app.climb')=='{py:mod}`mnist_sgd.app.climb <mnist_sgd.app.climb>`'
    assert link('mnist_sgd.data.mnist_sample').endswith(' <mnist_sgd.base.sample.mnist_sample>`')
    for name in ('torch.fit', 'x.predict', 'mnist_sgd'): assert link(name)==f'`{name}`'
    with pytest.raises(text.PageError): link('mnist_sgd.sgd.nothing')

def test_every_line_of_the_glossary_is_an_entry(page, monkeypatch):
    monkeypatch.setattr(glossary, 'NBS', notebooks.NBS)
    lines = '- **rate**: how far. [Walk](03_walk.ipynb)', '- **to hook**: to be called. [Models](app/models.ipynb)'
    page([prose(*lines)], 'glossary.ipynb')
    assert glossary.terms()=={'03_walk.ipynb': ['rate'], 'app/models.ipynb': ['hook']}
    page([prose('- **rate**: how far, but it leads nowhere')], 'glossary.ipynb')
    with pytest.raises(ValueError, match='leads nowhere'): glossary.terms()

def test_the_fold_ends_with_its_section():
    before,inside = '<section id="a"><section id="checks">','<section><p>x</p></section>'
    after = '</section><p>y</p></section>'
    folded = f'<details class="checks"><summary>3 statements</summary>{inside}</details>'
    assert finish._folded(f'{before}<p class="fold">3 statements</p>{inside}{after}')==before+folded+after
    assert finish._folded('<p>no checks</p>')=='<p>no checks</p>'

def test_a_term_is_linked_where_it_is_defined():
    def linked(words): return glossary.GlossaryLinks(['loader'])(words)
    link = '<a class="term" id="term-loader" href="glossary.html#loader"><em>Loaders</em></a>'
    assert linked('*Loaders* load (*loader*)')==f'{link} load (*loader*)'
    assert linked('[*Loader*](https://x)')=='[<em id="term-loader">Loader</em>](https://x)' # it leads elsewhere already
    assert linked('[see *Loaders*]')==f'[see {link}]' and linked('**Loaders**')=='**Loaders**'

TABLE = '''<table><thead><tr><th></th><th>group</th><th>photos</th><th>seconds</th></tr></thead><tbody>
<tr><th rowspan="3">before</th><th>low</th><td>14</td><td>1.5</td></tr><tr><th>middle</th><td>19</td><td>never</td></tr>
<tr><th>high</th><td>91 %</td><td>-inf</td></tr></tbody></table>'''

def test_columns_of_words_stand_on_the_left():
    "Also below a cell that reaches down; a single word makes no column of words"
    marked = {cell.text for cell in BeautifulSoup(cells._text_columns(TABLE), 'html.parser').select('.is-text')}
    assert marked=={'before','','group','low','middle','high'}

def test_an_answer_that_would_begin_a_list_is_refused():
    with pytest.raises(text.PageError, match='26. So it is'): text.page_text('26. So it is.', None, None, '', 'x')
    assert text.NO_LIST.search('Why?\n\n1. one\n2. two') is None
