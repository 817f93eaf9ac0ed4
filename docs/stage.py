"""Turns the notebooks of nbs/ into pages that Sphinx reads: nbdev's processors, cells, text, and what frames a page."""
import json, re, shutil, tomllib
from fastcore.nbio import mk_cell, read_nb, write_nb
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from nbdev.processors import (clean_magics, filter_stream_, hide_, hide_line, populate_language, rm_header_dash,
                              strip_ansi, strip_hidden_metadata)
from pathlib import Path

import glossary, needs, reference
from cells import code_cells
from notebooks import NBS, ROOT, core, floor, forgotten, further, pages, words
from text import LABS, PageError, inline_code, page_text

DOCS = ROOT/'docs'
REPOSITORY = tomllib.loads((ROOT/'pyproject.toml').read_text(encoding='utf-8'))['project']['urls']['Repository']
PROCESSORS = [FrontmatterProc, populate_language, strip_ansi, hide_line, filter_stream_, rm_header_dash, hide_,
              clean_magics, strip_hidden_metadata]

FRONT = '''# A computer learns to tell a 3 from a 7

<p class="lead">Notebooks that are at once the lesson, the source of a Python package, and its tests.
Every claim is measured on the page, with a control beside it.</p>

<div class="start-cards">
<a href="data.html"><strong>Start reading</strong>
<span>Twelve lessons, from one pixel to one model trained by many machines</span></a>
<a href="labs.html"><strong>Try the labs</strong>
<span>Train a model on real digits, in this browser</span></a>
<a href="different.html"><strong>What is different</strong>
<span>The errors of the usual tellings, each measured</span></a>
</div>'''

def stage(out:Path)->list: # Name, title and description of each page that has a plain-text twin
    "Write every page into the folder `out`, which is made anew"
    if names := forgotten(): raise PageError(f'no page is made of {names}: notebooks.py has to know them')
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(DOCS/'pages', out)
    for picture in ('ladder.png','reading.png'): shutil.copy(NBS/picture, out)
    return _write_notebooks(out) + _write_reference(out)

def _write_notebooks(out):
    times = json.loads((DOCS/'times.json').read_text(encoding='utf-8'))['seconds']
    terms,about,earlier,missing = glossary.terms(),[],[],[]
    for page in pages():
        own = terms.pop(page.key, [])
        links = glossary.GlossaryLinks(own, earlier if own else (), page.root)
        about.append(_write_notebook(page, out, links, times.get(page.key.removesuffix('.ipynb'))))
        earlier = [*earlier, *own]
        missing += [f'{page.key}: {term}' for term in links.left]
    if missing: raise PageError(f'the glossary names these, but the page has no text with them in italics: {missing}')
    if terms: raise PageError(f'glossary.ipynb names {list(terms)}, which are no pages')
    return about

def _write_reference(out):
    found = reference.sources()
    for name,text in found.items():
        (out/name).parent.mkdir(parents=True, exist_ok=True)
        (out/f'{name}.md').write_text(text, encoding='utf-8')
    def told(pattern, text): return re.search(pattern, text, re.M)[1]
    return [dict(name=name, title=told('^# (.+)', text), description=told('description: (.+)', text))
            for name,text in found.items()]

def _write_notebook(page, out, links, seconds):
    "Write the page of one notebook, and the notebook for those who want to have it"
    nb = read_nb(page.path)
    for cell in nb.cells: cell['original_'] = cell.source
    NBProcessor(nb=nb, procs=PROCESSORS, rm_directives='quarto').process()
    cells = [shown for cell in nb.cells for shown in _shown(cell, page)]
    for cell in cells: _finish_text(cell, page, links)
    nb.cells = [_without_private(cell) for cell in _framed(cells, page, seconds)]
    nb.metadata['myst'] = {'html_meta': {'description': page.subtitle.replace('`', '')}}
    for target in (out/f'{page.name}.ipynb', out/'notebooks'/page.key): target.parent.mkdir(parents=True, exist_ok=True)
    write_nb(nb, out/f'{page.name}.ipynb')
    shutil.copy(page.path, out/'notebooks'/page.key)
    return dict(name=page.name, title=page.title, description=page.subtitle)

def _shown(cell, page):
    if cell.cell_type=='raw': return []
    if cell.cell_type=='code': return code_cells(cell, page, f'{page.key} cell {getattr(cell, "idx_", "?")}')
    return [mk_cell(glossary.entries(cell.source) if page.name=='glossary' else cell.source, 'markdown')]

def _finish_text(cell, page, links):
    "Links and labs in what is text: a Markdown cell, or an output in Markdown"
    place = f'{page.key}: {cell.source[:60]!r}'
    texts = [(o['data'], 'text/markdown') for o in cell.get('outputs', []) if 'text/markdown' in o.get('data', {})]
    if cell.cell_type=='markdown': texts.append((cell, 'source'))
    for holder,key in texts: holder[key] = page_text(''.join(holder[key]), page, links, REPOSITORY, place)

def _framed(cells, page, seconds):
    "`cells` below the head of the page; the front page has one of its own, the map, and the list of all pages"
    if page.name!='index': return [mk_cell(_head(page, seconds), 'markdown'), *cells]
    listed = next(i for i,cell in enumerate(cells) if cell.source.startswith('## The lessons'))
    after = next(i for i,cell in enumerate(cells) if i>listed and cell.source.startswith('## '))
    cells.insert(after, mk_cell(needs.section(), 'markdown'))
    return [mk_cell(FRONT, 'markdown'), *cells, mk_cell(_contents(), 'markdown')]

def _head(page, seconds):
    reading = f'{max(1, round(words(page.part("story"))/200))} min to read'
    running = f' · about {seconds:.0f} s to run' if seconds else ''
    blob = f'{REPOSITORY.removeprefix("https://github.com/")}/blob/main/nbs/{page.key}'
    links = [f'<a href="https://colab.research.google.com/github/{blob}">Open in Colab</a>',
             f'<a href="{page.root}notebooks/{page.key}" download>Download notebook</a>',
             f'<a href="https://github.com/{blob}">View source</a>']
    kind = 'page-bar lesson-bar' if page.number else 'page-bar'
    bar = f'<p class="{kind}"><span>{reading}{running}</span><span class="page-links">{"".join(links)}</span></p>'
    return f'# {page.title}\n\n<p class="lead">{inline_code(page.subtitle)}</p>\n\n{bar}'

def _contents(): # what the sidebar lists, in reading order
    parts = {'Core': core(), 'Further reading': further()}
    listed = {caption: [f'{p.number} {p.title} <{p.name}>' for p in part] for caption,part in parts.items()}
    listed['Labs'] = ['All labs <labs>', *(f'{name.title()} <lab-{name}>' for name in LABS)]
    listed['Beside them'] = ['different', 'glossary', 'reference']
    listed['Machinery'] = [page.name for name in ('app', 'base') for page in floor(name)]
    return '\n\n'.join('\n'.join(['```{toctree}', ':hidden:', f':caption: {caption}', '', *names, '```'])
                       for caption,names in listed.items())

def _without_private(cell):
    for key in [k for k in cell if k.endswith('_')]: del cell[key]
    return cell
