"""Code cells of the notebooks, as the pages show them: which, with what above them, and with tidy outputs."""
import re
from bs4 import BeautifulSoup
from fastcore.nbio import mk_cell

import api
from notebooks import Page
from text import PageError

NOT_SHOWN = {'hide', 'default_exp'}
EXPORTED = {'export', 'exporti', 'exports'}
NUMBER = re.compile(r'[-+]?([\d.,]+(e[-+]?\d+)?|inf)( ?%)?|nan|', re.I)

# pandas gives the name of the index a row of the head to itself; there is a free place in the row above
NAMED_INDEX = re.compile(r'<th></th>((?:\s*<th>[^<]*</th>)+\s*</tr>)'
                         r'\s*<tr>\s*<th>([^<]+)</th>(?:\s*<th></th>)+\s*</tr>\s*</thead>')

def code_cells(cell, page:Page, place:str)->list:
    "What stands on the page for a code cell: nothing if it is hidden; above public names the way to the reference"
    directives = set(getattr(cell, 'directives_', {}))
    if directives&NOT_SHOWN: return []
    source = re.sub(r'^#\|.*\n?', '', cell.source, flags=re.M).strip('\n')
    exported = bool(directives&EXPORTED)
    names = api.defined(source, page.module) if exported else []
    tags = ['exported'] if exported else []
    if exported and api.only_imports(source): tags.append('aside')
    if _told(cell, 'echo')=='false': tags.append('remove-input')
    cell.source,cell.metadata = source,dict(tags=tags)
    alt = _told(cell, 'fig-alt')
    for output in cell.outputs: _clean_output(output, alt, place)
    if alt: cell.metadata['mystnb'] = {'image': {'alt': alt}}
    return [*([mk_cell(_to_reference(names, page), 'markdown')] if names else []), cell]

def _to_reference(names, page):
    "A line above a cell that builds part of the package: the file it goes to, and a link for each public name"
    links = [f'<a id="{full}" href="{page.root}{api.address(full)}"><code>{name}</code></a>' for name,full in names]
    file = page.module.replace('.', '/')
    return f'<p class="to-reference"><span>{file}.py</span> <span>Reference: {", ".join(links)}</span></p>'

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

def _text_columns(html):
    """Marks the columns of a table that mostly hold words: numbers stand on the right, words on the left. Columns are
    counted from the right, since a row may lack cells on the left, where one reaches down from above"""
    soup = BeautifulSoup(html, 'html.parser')
    for table in soup.find_all('table'):
        rows = [row.find_all(['th', 'td'])[::-1] for row in table.select('tbody tr')]
        columns = [[row[i] for row in rows if i<len(row)] for i in range(max(map(len, rows), default=0))]
        words = [_mostly_words(column) for column in columns]
        heads = [row.find_all(['th', 'td'])[::-1] for row in table.select('thead tr')]
        whole = [row for row in heads if len(row)==len(words)]
        for cell in [c for row in rows+whole for c,text in zip(row, words) if text]:
            cell['class'] = [*cell.get('class', []), 'is-text']
    return str(soup)

def _mostly_words(cells):
    numbers = [bool(NUMBER.fullmatch(cell.get_text().strip())) for cell in cells]
    return sum(numbers)*2 < len(numbers)
