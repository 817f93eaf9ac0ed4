"""Turns the notebooks of nbs/ into pages that Sphinx reads: nbdev's processors, then links, API blocks, glossary links and alt texts."""
import ast, json, os, re, shutil, tomllib
from bs4 import BeautifulSoup
from fastcore.nbio import mk_cell, read_nb, write_nb
from html import escape
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from nbdev.processors import (clean_magics, filter_stream_, hide_, hide_line, populate_language, rm_header_dash, strip_ansi, strip_hidden_metadata)
from pathlib import Path

import api

ROOT = Path(__file__).resolve().parent.parent
DOCS,NBS = ROOT/'docs',ROOT/'nbs'
URLS = tomllib.loads((ROOT/'pyproject.toml').read_text(encoding='utf-8'))['project']['urls']
PROCESSORS = [FrontmatterProc, populate_language, strip_ansi, hide_line, filter_stream_, rm_header_dash, hide_, clean_magics, strip_hidden_metadata]
NOT_SHOWN = {'hide', 'default_exp'}

LABS = ['slope', 'rollercoaster', 'shapes', 'train', 'draw']

class PageError(Exception): "Something in a notebook cannot become a good page: names the notebook and the cell."

def page_name(path)->str:
    "Page of a notebook: 03_sgd.ipynb becomes sgd"
    return re.sub(r'^\d+_', '', Path(path).stem)

# ---- cells

def _directives(cell): return {key: str(value) for key,value in getattr(cell, 'directives_', {}).items()}

def _code_cell(cell, module, place):
    "Cells that a code cell of a notebook becomes: none if it is hidden, API blocks if it is exported"
    directives = _directives(cell)
    if directives.keys()&NOT_SHOWN: return []
    source = re.sub(r'^#\|.*\n?', '', cell.source, flags=re.M).strip('\n')
    if directives.keys()&{'export', 'exporti'}:
        text = api.blocks(source, module) or api.helpers(source)
        return [mk_cell(text, 'markdown')] if text else []
    tags = ['remove-input'] if _told(cell, 'echo')=='false' else []
    cell.source,cell.metadata = source,dict(tags=tags)
    alt = _told(cell, 'fig-alt')
    for output in cell.outputs: _clean_output(output, alt, place)
    if alt: cell.metadata['mystnb'] = {'image': {'alt': alt}}
    return [cell]

def _told(cell, key):
    "The value of a directive that Quarto knows too, such as `fig-alt`, which nbdev leaves in the source"
    if found := re.search(rf'^#\|\s*{key}:\s*(.+)$', cell.get('original_', cell.source), re.M): return found[1].strip()

def _clean_output(output, alt, place):
    data = output.get('data', {})
    if 'image/png' in data and not alt: raise PageError(f'{place}: a picture without `#| fig-alt:`')
    if 'text/html' in data:
        html = ''.join(data['text/html'])
        html = re.sub(r'<style scoped>.*?</style>', '', html, flags=re.S) # of pandas; the page's own style is enough
        html = html.replace(' border="1"', '').replace(' style="text-align: right;"', '')
        data['text/html'] = _text_columns(NAMED_INDEX.sub(r'<th>\2</th>\1</thead>', html))

NUMBER = re.compile(r'[-+]?[\d.,]+(e[-+]?\d+)?|nan|inf|', re.I)

def _text_columns(html):
    "Marks the columns of a table that hold words: numbers stand on the right, words on the left"
    soup = BeautifulSoup(html, 'html.parser')
    for table in soup.find_all('table'):
        columns = zip(*[row.find_all(['th', 'td']) for row in table.select('tbody tr')])
        words = [any(not NUMBER.fullmatch(cell.get_text().strip()) for cell in column) for column in columns]
        rows = [row.find_all(['th', 'td']) for row in table.find_all('tr')]
        for cell in [c for row in rows if len(row)==len(words) for c,text in zip(row, words) if text]: cell['class'] = [*cell.get('class', []), 'is-text']
    return str(soup)

# pandas gives the name of the index a row of the head to itself; there is a free place in the row above
NAMED_INDEX = re.compile(r'<th></th>((?:\s*<th>[^<]*</th>)+\s*</tr>)\s*<tr>\s*<th>([^<]+)</th>(?:\s*<th></th>)+\s*</tr>\s*</thead>')

# ---- text

def _nb_links(text, place):
    "[x](03_sgd.ipynb#part) leads to the page, not to the notebook; pictures need a description"
    def page(found):
        if not (NBS/found[1]).exists(): raise PageError(f'{place}: {found[1]} does not exist')
        return f']({page_name(found[1])}.ipynb{found[2] or ""})'
    if '![](' in text: raise PageError(f'{place}: a picture without a description')
    return re.sub(r'\]\(([\w./-]+\.ipynb)(#[^)]*)?\)', page, text)

def _badges(text): # a badge is a picture from another host: words do
    return re.sub(r'\[!\[([^]]*)\]\(https?://[^)]*\)\]\(', r'[\1](', text)

def _outside_code(text, change):
    "`text` with `change` applied outside of fenced blocks and of headings"
    parts = re.split(r'(^```.*?^```|^#+ .*?$)', text, flags=re.M|re.S)
    return ''.join(part if part.startswith(('```','#')) else change(part) for part in parts)

def _symbol_links(text, place):
    "`sgd_step` leads to where it is documented"
    def link(found):
        name = found[1].removeprefix(f'{api.PACKAGE}.').removesuffix('()')
        full = api.symbols().get(name) or api.symbols().get(name.partition('.')[2])
        if full: return f'{{py:obj}}`{found[1]} <{full}>`'
        if found[1].startswith(f'{api.PACKAGE}.') and not re.search(r'/|\.(py|cli)$', found[1]) and not _is_module(found[1]):
            raise PageError(f'{place}: {found[0]} is not in the package')
        return found[0]
    return re.sub(r'(?<![`\w}\[])`([A-Za-z_][\w.]*(?:\(\))?)`(?![`\w])', link, text)

def _is_module(name): return (ROOT/(name.replace('.', '/')+'.py')).exists()

# ---- glossary: from the definition in a lesson to the entry, and back

ENTRY = re.compile(r'^- \*\*((?:to )?)(.+?)\*\*: (.+) \[([\w ]+)\]\((\w+\.ipynb)\)$', re.M)

def slug(term): return re.sub(r'\W+', '-', term.lower()).strip('-')

def glossary()->dict:
    "Terms of each lesson: {'03_sgd.ipynb': ['gradient', ...]}"
    cells = json.loads((NBS/'glossary.ipynb').read_text(encoding='utf-8'))['cells']
    terms = {}
    for _,term,_,_,lesson in ENTRY.findall('\n'.join(''.join(c['source']) for c in cells if c['cell_type']=='markdown')):
        terms.setdefault(lesson, []).append(term)
    return terms

class GlossaryLinks:
    "Links of a lesson to the glossary: its own terms where they stand in *italics* first, the `earlier` lessons' terms where they are used first."
    def __init__(self, terms, earlier=()):
        self.left = sorted(terms, key=len, reverse=True) # not met yet
        self.words = {term: re.compile(_word(term)) for term in sorted([*terms, *earlier], key=len, reverse=True)}
        self.used = set(terms)
    def __call__(self, text):
        parts = NO_PROSE.split(re.sub(r'(?<!\*)\*([^*\n]+)\*(?!\*)', self._define, text))
        return ''.join(part if i%2 else self._use(part) for i,part in enumerate(parts))
    def _define(self, found):
        term = next((t for t in self.left if found[1].lower()==t.lower()), None) or next((t for t in self.left if found[1].lower().startswith(t.lower())), None)
        if term is None: return found[0]
        self.left.remove(term)
        return f'<a class="term" id="term-{slug(term)}" href="glossary.html#{slug(term)}"><em>{escape(found[1])}</em></a>'
    def _use(self, text):
        any_term = '|'.join(word.pattern for word in self.words.values()) # the longest that fits
        return re.sub(any_term, self._link, text) if any_term else text
    def _link(self, found):
        term = next(t for t,word in self.words.items() if word.fullmatch(found[0]))
        if term in self.used: return found[0]
        self.used.add(term)
        return f'<a class="term" href="glossary.html#{slug(term)}">{escape(found[0])}</a>'

# code, formulas, links, tags: what no glossary link may cut in two
NO_PROSE = re.compile(r'(`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)|<a .*?</a>|<[^>]+>|\*\*[^*]+\*\*)', re.S)

def _word(term):
    "Pattern of a term or its plural as whole words; a small first letter may be a capital at the start of a sentence"
    first = f'[{term[0]}{term[0].upper()}]' if term[0].islower() else re.escape(term[0])
    return rf'(?<![\w-]){first}{re.escape(term[1:])}(?:s|es)?(?![\w-])'

def _glossary_entries(text):
    def entry(found):
        to,term,definition,name,lesson = found.groups()
        back = f'<a href="{page_name(lesson)}.html#term-{slug(term)}">{name}</a>'
        return f'- <strong class="entry" id="{slug(term)}">{to}{escape(term)}</strong>: {definition} {back}'
    return ENTRY.sub(entry, text)

# ---- pages

def _head(title, description, path, words, seconds):
    repo = URLS['Repository']
    reading = f'{max(1, round(words/200))} min to read'
    running = f' · about {seconds:.0f} s to run' if seconds else ''
    colab = f"https://colab.research.google.com/github/{repo.removeprefix('https://github.com/')}/blob/main/nbs/{path.name}"
    links = [f'<a href="{colab}">Open in Colab</a>', f'<a href="notebooks/{path.name}" download>Download notebook</a>',
             f'<a href="{repo}/blob/main/nbs/{path.name}">View source</a>']
    bar = f'<p class="page-bar"><span>{reading}{running}</span><span class="page-links">{"".join(links)}</span></p>'
    return f'# {title}\n\n<p class="lead">{_inline_code(description)}</p>\n\n{bar}'

def _inline_code(text): return re.sub(r'`([^`]+)`', r'<code>\1</code>', escape(text, quote=False))

FRONT = '''# A computer learns to tell a 3 from a 7

<p class="lead">Notebooks that are at once the lesson, the source of a Python package, and its tests. Every claim is measured on the page, with a control beside it.</p>

<div class="start-cards">
<a href="data.html"><strong>Start reading</strong><span>Twelve lessons, from one pixel to one model trained by many machines</span></a>
<a href="labs.html"><strong>Try the labs</strong><span>Train a model on real digits, in this browser</span></a>
<a href="different.html"><strong>What is different</strong><span>The errors of the usual tellings, each measured</span></a>
</div>'''

def _contents(): # what the sidebar lists, in reading order
    lessons = [page_name(path) for path in sorted(NBS.glob('[0-9][0-9]_*.ipynb'))]
    labs = ['All labs <labs>', *(f'{name.title()} <lab-{name}>' for name in LABS)]
    parts = {'Lessons': lessons, 'Labs': labs, 'Beside them': ['different', 'glossary', 'climb', 'cli', 'pictures', 'models', 'errors', 'cache', 'stream', 'reference']}
    return '\n\n'.join(f'```{{toctree}}\n:hidden:\n:caption: {caption}\n\n' + '\n'.join(pages) + '\n```' for caption,pages in parts.items())

def _words(nb): # prose counts whole, code half: it is looked at, not read aloud
    count = lambda kind: sum(len(re.findall(r'\w+', c.source)) for c in nb.cells if c.cell_type==kind)
    return count('markdown') + count('code')/2

def stage_notebook(path, out, links, seconds):
    "Write the page of the notebook `path` into the folder `out`"
    nb = read_nb(path)
    for cell in nb.cells: cell['original_'] = cell.source
    words,module = _words(nb),next((m[1] for c in nb.cells if (m := re.match(r'#\|\s*default_exp (\S+)', c.source))), None)
    NBProcessor(nb=nb, procs=PROCESSORS, rm_directives='quarto').process()
    about,cells = nb.frontmatter_,[]
    for cell in nb.cells:
        place = f'{path.name} cell {getattr(cell, "idx_", "?")}'
        if cell.cell_type=='raw': continue
        if cell.cell_type=='code': cells += _code_cell(cell, f'{api.PACKAGE}.{module}', place)
        else: cells.append(mk_cell(cell.source, 'markdown'))
    for cell in cells:
        place = f'{path.name}: {cell.source[:60]!r}'
        texts = [cell] if cell.cell_type=='markdown' else []
        for holder,key in [(c, 'source') for c in texts] + [(o['data'], 'text/markdown') for o in cell.get('outputs', []) if 'text/markdown' in o.get('data', {})]:
            holder[key] = _page_text(''.join(holder[key]), path, links, place)
    if links.left: raise PageError(f'{path.name}: the glossary names {links.left}, but no text has them in italics')
    head = FRONT if path.stem=='index' else _head(about['title'], about.get('description', ''), path, words, seconds)
    cells.insert(0, mk_cell(head, 'markdown'))
    if path.stem=='index': cells.append(mk_cell(_contents(), 'markdown'))
    nb.cells = [_without_private(cell) for cell in cells]
    nb.metadata['myst'] = {'html_meta': {'description': about.get('description', '').replace('`', '')}}
    write_nb(nb, out/f'{page_name(path)}.ipynb')
    return dict(name=page_name(path), title=about['title'], description=about.get('description', ''))

def _page_text(text, path, links, place):
    text = re.sub(r'^(<div class="lab" data-lab=")(\w+)("></div>)$', _with_intro, text, flags=re.M)
    text = _badges(_nb_links(_glossary_entries(text) if path.stem=='glossary' else text, place))
    if text.startswith('````{py:'): return text
    return _outside_code(text, lambda part: _keep_together(_symbol_links(links(part), place)))

def _with_intro(found): # a lab in a lesson needs a word about what it is; in the notebook its marker cannot be seen
    if found[2] not in LABS: raise PageError(f'no lab named {found[2]}')
    lead = re.search(r'<p class="lead">(.*?)</p>', (DOCS/'pages'/f'lab-{found[2]}.md').read_text(encoding='utf-8'))[1]
    return f'<p class="lab-intro"><strong>Try it here.</strong> {lead}. <a href="lab-{found[2]}.html">The same on a page of its own</a></p>\n\n{found[0]}'

def _keep_together(text): # no line may begin with the full stop that follows a formula
    return re.sub(r'(?<![$\\])(\$[^$\n]+\$[.,;:?!)]+)(?!\$)', r'[\1]{.nobr}', text)

def _without_private(cell):
    for key in [k for k in cell if k.endswith('_')]: del cell[key]
    return cell

def notebooks()->list:
    "All notebooks in reading order, the front page first"
    lessons = sorted(NBS.glob('[0-9][0-9]_*.ipynb'))
    return [NBS/'index.ipynb', *lessons, *(p for name in ('different', 'glossary', 'climb', 'cli', 'pictures', 'models', 'errors', 'cache', 'stream') if (p := NBS/f'{name}.ipynb').exists())]

def stage(out:Path)->list: # Name, title and description of each page
    "Write every page into the folder `out`, which is made anew"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(DOCS/'pages', out)
    shutil.copy(NBS/'ladder.png', out)
    (out/'notebooks').mkdir()
    times = json.loads((DOCS/'times.json').read_text())['seconds']
    terms,pages,earlier = glossary(),[],[]
    for path in notebooks():
        own = terms.get(path.name, [])
        pages.append(stage_notebook(path, out, GlossaryLinks(own, earlier if own else ()), times.get(path.stem)))
        earlier += own
        shutil.copy(path, out/'notebooks')
    (out/'reference.md').write_text(reference(), encoding='utf-8')
    return pages

def reference()->str:
    "The page that lists every public name, by module, with its one-line description"
    lines = ['# Reference', '', '<p class="lead">Every public name of the package, with the lesson that builds it</p>', '']
    for path in notebooks():
        nb,rows = read_nb(path),[]
        module = next((m[1] for c in nb.cells if (m := re.match(r'#\|\s*default_exp (\S+)', c.source))), None)
        if module is None: continue
        source = (ROOT/api.PACKAGE/f'{module}.py').read_text(encoding='utf-8')
        for name,full in api.symbols().items():
            if full.rpartition(f'.{name}')[0]==f'{api.PACKAGE}.{module}': rows.append(f'| {{py:obj}}`{name} <{full}>` | {_summary(name, source)} |')
        title = next(m[1] for c in nb.cells if (m := re.search(r'^# (.+)', c.source, re.M)))
        lines += [f'## {module}', '', f'`{api.PACKAGE}.{module}`, from [{title}]({page_name(path)}.ipynb).', '', '| name | what it does |', '|---|---|', *rows, '']
    return '\n'.join(lines)

def _summary(name, source):
    "What the definition of `name` in `source` says of itself, on one line"
    node = next(n for n in ast.walk(ast.parse(source)) if _defines(n, name))
    return api._plain(api._told(node, source) or '')

def _defines(node, name):
    if isinstance(node, ast.Assign): return getattr(node.targets[0], 'id', None)==name
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and api.patch_name(node)==name
