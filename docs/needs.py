"""The map on the front page: which page needs which, by the pages' imports and the links of their first paragraphs."""
import re
from html import escape

from notebooks import PACKAGE, core, directives, floor, further, lessons, pages, source

ROW,CAPTION,WIDTH = 32,44,120 # pixels; site.css gives its rows the same heights

INTRO = '''## Which page needs which

A line leads from each page to every page that it needs: for its code, or for what it explains.
Point at a page to see its own lines.'''

def needed()->dict: # {'sgd': ['broadcasting'], ...}, in reading order
    "Names of the pages that each page needs directly"
    known = [page for page in pages() if page.floor]
    built = {page.module: page.name for page in known if page.module}
    found = {page.name: _imported(page, built) | _opening_links(page) for page in known}
    order = [page.name for page in known]
    return {name: sorted(others - {name}, key=order.index) for name,others in found.items()}

def _imported(page, built):
    "Pages whose modules `page` imports; those beside the lessons import for their tests too, which does not count"
    code = [cell for cell in page.cells if cell['cell_type']=='code']
    cells = code if page.number else [cell for cell in code if directives(cell)&{'export', 'exporti'}]
    found = re.findall(rf'^\s*(?:from|import) ({PACKAGE}[\w.]*)', '\n'.join(map(source, cells)), re.M)
    return {built[module] for module in found if module in built}

def _opening_links(page):
    "Earlier lessons that a lesson names before its first heading, as what it builds on"
    earlier = {other.key: other.name for other in lessons() if other.number<page.number}
    text = '\n'.join(source(c) for c in page.cells if c['cell_type']=='markdown')
    opening = re.split(r'^## ', text, flags=re.M)[0]
    return {earlier[key] for key in re.findall(r'\]\((\w+\.ipynb)', opening) if key in earlier}

def section()->str:
    "Markdown of the map: a list that a screen reader can read, with an arc for each need drawn beside it"
    parts = {'Core': core(), 'Further reading': further(),
             'App: uses the lessons': floor('app'), 'Base: carries the lessons': floor('base')}
    others,places = needed(),_places(parts)
    by_name = {page.name: page for part in parts.values() for page in part}
    def row(page): return _row(page, [by_name[name] for name in others[page.name]], places)
    lines = []
    for caption,part in parts.items():
        lines += [f'<p class="map-caption">{caption}</p>', '<ul>', *map(row, part), '</ul>']
    return f'{INTRO}\n\n<div class="map">\n' + '\n'.join(lines) + '\n</div>'

def _places(parts):
    "Height of the middle of each row"
    places,y = {},0
    for part in parts.values():
        y += CAPTION
        for page in part: places[page.name],y = y+ROW/2,y+ROW
    return places

def _row(page, others, places):
    "A page with its arcs; those to the base are many, and show when the row is pointed at"
    arcs = ''.join(_arc(places[other.name]-places[page.name], faint=other.floor=='base') for other in others)
    label = f'{page.number} {page.title}'.strip()
    links = ', '.join(f'<a href="{other.name}.html">{other.number or escape(other.title)}</a>' for other in others)
    told = f'<span class="map-needs">needs {links}</span>' if links else '<span class="map-needs">needs nothing</span>'
    dot = f'<circle cx="{WIDTH-5}" cy="{ROW//2}" r="4.5"/>'
    svg = f'<svg aria-hidden="true" width="{WIDTH}" height="{ROW}">{arcs}{dot}</svg>'
    return f'<li>{svg}<a href="{page.name}.html">{escape(label)}</a>{told}</li>'

def _arc(dy, faint):
    "Half an ellipse from this row to the one `dy` pixels below or, if negative, above: the further, the wider"
    x,y = WIDTH-5,ROW//2
    reach,half = min(x-1, 8+abs(dy)*.2),abs(dy)/2
    kind = 'faint' if faint else 'line'
    return f'<path class="{kind}" d="M{x} {y}a{reach:.0f} {half:.0f} 0 0 {int(dy<0)} 0 {dy:.0f}"/>'
