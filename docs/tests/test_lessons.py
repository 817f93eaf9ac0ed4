"""What a lesson shows: its code open, its proof folded, its place among the others, and the way to the reference."""
import re, pytest
from conftest import DESKTOP, SITE, html
from playwright.sync_api import expect
from sphinx.util.inventory import InventoryFile

import api, needs, notebooks
from notebooks import directives, source

PAGES = notebooks.pages()[1:]
WIDE = 'pre => pre.scrollWidth > pre.clientWidth'

def with_checks(): return next(page for page in PAGES if page.part('checks'))

# ---- exported code stands open

@pytest.mark.parametrize('notebook', PAGES, ids=lambda page: page.name)
def test_exported_code_is_open(opened, notebook):
    "Every line of every exported cell, comments of the parameters included, without a click"
    exported = [cell for cell in notebook.cells if directives(cell)&{'export', 'exporti'}]
    lines = [re.sub(r'^#\|.*\n?', '', source(cell), flags=re.M).strip('\n') for cell in exported]
    shown = opened(f'{notebook.name}.html').locator('div.cell.tag_exported div.cell_input pre')
    assert [text.strip('\n') for text in shown.all_inner_texts()]==lines
    assert all(cell.is_visible() for cell in shown.all()) and bool(lines)==bool(notebook.module)

@pytest.mark.parametrize('notebook', [page for page in PAGES if page.module], ids=lambda page: page.name)
def test_every_public_name_leads_to_the_reference(notebook):
    links,names = html(f'{notebook.name}.html').select('p.to-reference a'),api.names(notebook.module)
    assert [a.text for a in links]==list(names)
    assert [a['href'] for a in links]==[notebook.root+api.address(full) for full in names.values()]

# ---- Checks are folded, and open for whoever is led into them

@pytest.mark.parametrize('notebook', notebooks.lessons(), ids=lambda page: page.name)
def test_checks_are_folded_and_no_code_scrolls(opened, notebook):
    page = opened(f'{notebook.name}.html', DESKTOP)
    fold = page.locator('section#checks > details.checks')
    assert fold.locator('summary').inner_text().startswith(f'{notebooks.statements(notebook)} statements ')
    cells = fold.locator('div.cell_input')
    folded = [cell for cell in notebook.part('checks') if cell['cell_type']=='code' and 'hide' not in directives(cell)]
    assert cells.count()==len(folded)>0 and not cells.first.is_visible()
    fold.locator('summary').click()
    assert all(cell.is_visible() for cell in cells.all())
    code = page.locator('div.cell_input pre')
    assert [pre.inner_text()[:60] for pre in code.all() if pre.evaluate(WIDE)]==[]

def test_a_cell_in_the_story_is_never_folded(opened):
    page = opened(f'{with_checks().name}.html')
    assert page.locator('details div.cell').count()==page.locator('section#checks div.cell').count()>0

def test_checks_are_printed_open(opened):
    page = opened(f'{with_checks().name}.html')
    page.emulate_media(media='print')
    cell = page.locator('details.checks div.cell_input').last
    assert cell.is_visible() and cell.bounding_box()['height']>20
    assert not page.locator('details.checks > summary').is_visible()
    page.emulate_media(media='screen')
    assert not cell.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))") # for browsers whose print style cannot open them
    assert cell.is_visible()

def test_an_address_opens_the_checks(opened):
    page = opened(f'{with_checks().name}.html#checks')
    expect(page.locator('details.checks')).to_have_attribute('open', '')

def test_the_search_leads_into_the_checks(opened):
    "A word that stands in Checks alone: the search finds the page, which opens where the word stands"
    others = '\n'.join(map(source, with_checks().part('story', 'deeper'))).lower()
    prose = '\n'.join(source(cell) for cell in with_checks().part('checks') if cell['cell_type']=='markdown')
    word = max((word for word in re.findall(r'\b[a-z]{6,}\b', prose) if word not in others), key=len)
    page = opened(f'search.html?q={word}')
    page.locator(f'#search-results a[href^="{with_checks().name}.html"]').first.click()
    expect(page.locator('details.checks')).to_have_attribute('open', '')
    expect(page.locator('details.checks .highlighted').first).to_be_in_viewport()

def test_deeper_is_open_and_set_apart(opened):
    page = opened(f'{next(page for page in PAGES if page.part("deeper")).name}.html')
    deeper = page.locator('section[id^=deeper]').first
    assert deeper.locator('p').first.is_visible()
    assert deeper.evaluate('s => getComputedStyle(s).borderLeftStyle')=='solid'
    assert not deeper.evaluate("s => s.closest('details')")

# ---- room for code

FILL = "(pre, n) => { pre.textContent = 'm'.repeat(n); return !pre.clientWidth || pre.scrollWidth > pre.clientWidth }"
ROOMS = [('sgd.html .tag_exported', 100), ('sgd.html .cell:not(.tag_exported)', 100), ('checks', 120), ('deeper', 120),
         ('app/climb.html .cell', 120), ('base/cache.html .cell', 120), ('reference/sgd.html .api-source', 120)]

@pytest.mark.parametrize('where,columns', ROOMS)
def test_room_for_the_budget(opened, where, columns):
    "The story of a lesson has room for 100 columns at 1280 pixels; Checks, Deeper and all other pages for 120"
    name,_,place = where.partition(' ')
    if not place: name,place = f'{with_checks().name}.html',f'section[id^={name}]'
    page = opened(name, DESKTOP)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    pre = page.locator(f'{place} div.highlight pre').first
    assert not pre.evaluate(FILL, columns) and pre.evaluate(FILL, columns+60)
    assert float(pre.evaluate('p => parseFloat(getComputedStyle(p).fontSize)'))>=(12.8 if columns==100 else 10.5)

# ---- the sidebar and the map

def test_lessons_are_numbered_in_the_sidebar(opened):
    page = opened('app/climb.html')
    listed = dict(page.locator('.bd-docs-nav .caption').evaluate_all('''captions => captions.map(caption => {
        const links = [...caption.nextElementSibling.querySelectorAll(':scope > li > a')];
        return [caption.textContent.trim(), links.map(a => a.textContent.trim())] })'''))
    titles = [f'{page.number} {page.title}' for page in notebooks.lessons()]
    assert listed['Core']==titles[:8] and listed['Further reading']==titles[8:] and titles[7].startswith('07 ')
    assert len(listed['Machinery'])==len(notebooks.floor('app'))+len(notebooks.floor('base'))
    assert list(listed)==['Core', 'Further reading', 'Labs', 'Beside them', 'Machinery']

def test_the_map_shows_which_page_needs_which(opened):
    page = opened('index.html')
    def name_of(link): return link.get_attribute('href').removesuffix('.html')
    rows = {name_of(row.locator('> a')): row for row in page.locator('.map li').all()}
    assert list(rows)==[p.name for p in PAGES if p.floor]
    for name,others in needs.needed().items():
        links = [name_of(a) for a in rows[name].locator('.map-needs a').all()]
        assert links==others and rows[name].locator('path').count()==len(others)
    assert {'loss', 'pixels'}<=set(needs.needed()['optimizer']) and needs.needed()['base/errors']==[]
    lessons = [p.name for p in notebooks.lessons()]
    for i,name in enumerate(lessons): assert not set(needs.needed()[name])&set(lessons[i:]), name

def test_an_arc_ends_at_the_row_it_leads_to(opened):
    page = opened('index.html')
    ends = page.locator('.map path').evaluate_all('''paths => paths.map(p => {
        const end = p.getPointAtLength(p.getTotalLength()).matrixTransform(p.getScreenCTM());
        const links = p.closest('li').querySelectorAll('.map-needs a');
        return [links[[...p.parentNode.children].indexOf(p)].getAttribute('href'), end.y] })''')
    middles = dict(page.locator('.map li').evaluate_all('''rows => rows.map(row =>
        [row.querySelector(':scope > a').getAttribute('href'), row.getBoundingClientRect().y + 16])'''))
    assert len(ends)>30 and [(name, y, middles[name]) for name,y in ends if abs(y-middles[name])>1.5]==[]

# ---- the reference

def test_the_reference_lists_every_public_name(opened):
    page = opened('reference.html')
    links = page.locator('article table a')
    assert sorted(links.all_inner_texts())==sorted(api.symbols())
    links.filter(has_text=re.compile('^mnist_loss$')).click()
    page.wait_for_url('**/reference/loss.html#mnist_sgd.loss.mnist_loss')

def test_names_are_documented_where_they_are_defined():
    assert api.symbols()['mnist_sample']=='mnist_sgd.base.sample.mnist_sample'
    assert 'mnist_sample' not in api.names('mnist_sgd.data')
    inventory = InventoryFile.loads((SITE/'objects.inv').read_bytes(), uri='')
    kinds = [kind for kind in inventory.data if kind.startswith('py:') and kind!='py:module']
    entries = [(name, item.uri) for kind in kinds for name,item in inventory.data[kind].items()]
    assert set(api.modules())<=set(inventory.data['py:module'])
    assert sorted(entries)==sorted((full, api.address(full)) for full in api.symbols().values())

def bare(text): return re.sub(r'\W+', '', text)

@pytest.mark.parametrize('module', [page.module for page in PAGES if page.module and api.names(page.module)])
def test_the_reference_tells_every_comment(opened, module):
    "Each parameter's comment, one click to the source, and the way back to the cell that builds it"
    page = opened(f'{api.page_of(module)}.html')
    for full in api.names(module).values():
        block = page.locator('dl.py').filter(has=page.locator(f'[id="{full}"]'))
        code = block.locator('.api-source pre').evaluate('p => p.textContent')
        parts = block.locator('dt, dd > p').all_inner_texts() + block.locator('dl').all_inner_texts()
        head = '' if code.startswith('class ') else code.partition('\n    "')[0]
        comments = re.findall(r'^(?:    \*{0,2}\w+\b|\)).*? # (.+)$', head, re.M)
        assert [c for c in comments if bare(c) not in bare(' '.join(parts))]==[], full
        assert block.locator('.built-in a').get_attribute('href').endswith(f'#{full}')

def test_from_the_lesson_to_the_source_and_back(opened):
    page = opened('loss.html')
    page.locator('p.to-reference a', has_text='mnist_loss').click()
    page.wait_for_url('**/reference/loss.html#mnist_sgd.loss.mnist_loss')
    block = page.locator('dl.py').filter(has=page.locator('[id="mnist_sgd.loss.mnist_loss"]'))
    assert not block.locator('.api-source .highlight').is_visible()
    assert 'Logits, any real number, shape (n,1)' in block.inner_text()
    block.locator('summary').click()
    assert 'return (targs-preds.sigmoid()).abs().mean()' in block.locator('.api-source .highlight').inner_text()
    block.locator('.built-in a').click()
    page.wait_for_url('**/loss.html#mnist_sgd.loss.mnist_loss')
