"""The text of the notebooks, as the pages show it: links, symbols, labs, the fold of Checks."""
import posixpath, re
from html import escape

import api
from notebooks import NBS, NO_PAGES, PACKAGE, ROOT, Page, page_name, statements

LABS = ['slope', 'rollercoaster', 'shapes', 'train', 'draw']
SAID_ELSEWHERE = 'The lab runs on the website:' # for those who read the notebook where a lab cannot run
NO_LIST = re.compile(r'(?:\A|\n\n)(?!1\.)\d+\. .*') # an answer such as '26. So it is …'
LAB = re.compile(rf'^<div class="lab" data-lab="(\w+)"></div>$(?:\n+{SAID_ELSEWHERE} (.*))?', re.M)

class PageError(Exception): "Something in a notebook cannot become a good page: names the notebook and the cell."

def page_text(text:str, page:Page, links, repository:str, place:str)->str:
    "`text` of a cell of `page` as its page shows it; `links` links glossary terms"
    if found := NO_LIST.search(text): raise PageError(f'{place}: {found[0].strip()!r} would begin a list')
    text = LAB.sub(lambda found: _lab(found, page.root, place), text)
    if SAID_ELSEWHERE in text: raise PageError(f'{place}: {SAID_ELSEWHERE!r} belongs right under its lab')
    text = _badges(_nb_links(text, page, repository, place))
    text = _outside_code(text, lambda part: _keep_together(symbol_links(links(part), place)))
    return re.sub(r'^## Checks *$', lambda _: f'## Checks\n\n<p class="fold">{_checks(page)}</p>', text, flags=re.M)

def _nb_links(text, page, repository, place):
    "[x](03_sgd.ipynb#part) leads to the page, not to the notebook; what is no page leads to the repository"
    folder = page.key.rpartition('/')[0]
    def lead(found):
        key = posixpath.normpath(posixpath.join(folder, found[1]))
        if not (NBS/key).exists(): raise PageError(f'{place}: {found[1]} does not exist')
        no_page = not key.endswith('.ipynb') or NO_PAGES.intersection(key.split('/'))
        if no_page: return f']({repository}/blob/main/nbs/{key}{found[2] or ""})'
        return f']({posixpath.relpath(page_name(key), folder or ".")}.ipynb{found[2] or ""})'
    if '![](' in text: raise PageError(f'{place}: a picture without a description')
    return re.sub(r'\]\(([\w./-]+\.(?:ipynb|md))(#[^)]*)?\)', lead, text)

def _badges(text): # a badge is a picture from another host: words do
    return re.sub(r'\[!\[([^]]*)\]\(https?://[^)]*\)\]\(', r'[\1](', text)

def _outside_code(text, change):
    "`text` with `change` applied outside of fenced blocks and of headings"
    parts = re.split(r'(^```.*?^```|^#+ .*?$)', text, flags=re.M|re.S)
    return ''.join(part if part.startswith(('```','#')) else change(part) for part in parts)

def symbol_links(text:str, place:str)->str:
    "`text` whose `sgd_step` in backticks leads to the reference; a name with the package before it must exist"
    def link(found):
        name = found[1].removesuffix('()')
        if name in api.modules(): return f'{{py:mod}}`{found[1]} <{name}>`'
        if full := api.full_name(name): return f'{{py:obj}}`{found[1]} <{full}>`'
        ours = name.startswith(f'{PACKAGE}.') and not name.endswith('.py')
        if ours and not api.is_module(name): raise PageError(f'{place}: {found[0]} is not in the package')
        return found[0]
    return re.sub(r'(?<![`\w}\[])`([A-Za-z_][\w.]*(?:\(\))?)`(?![`\w])', link, text)

def _lab(found, root, place):
    "A lab in a lesson needs a word about what it is; in the notebook its marker cannot be seen"
    name,said = found.groups()
    if name not in LABS: raise PageError(f'{place}: no lab named {name}')
    wrong = said is not None and not said.endswith(f'/lab-{name}.html).')
    if wrong: raise PageError(f'{place}: {said} is not the lab {name}')
    its_page = (ROOT/'docs'/'pages'/f'lab-{name}.md').read_text(encoding='utf-8')
    lead = re.search(r'<p class="lead">(.*?)</p>', its_page)[1]
    alone = f'<a href="{root}lab-{name}.html">The same on a page of its own</a>'
    intro = f'<p class="lab-intro"><strong>Try it here.</strong> {lead}. {alone}</p>'
    return f'{intro}\n\n<div class="lab" data-lab="{name}"></div>'

def _checks(page):
    n = statements(page)
    return f'{n} statement{"s"*(n!=1)} that must hold, or the page does not pass'

def inline_code(text:str)->str:
    "`text` as HTML, with what stands in backticks as code"
    return re.sub(r'`([^`]+)`', r'<code>\1</code>', escape(text, quote=False))

def _keep_together(text): # no line may begin with the full stop that follows a formula
    return re.sub(r'(?<![$\\])(\$[^$\n]+\$[.,;:?!)]+)(?!\$)', r'[\1]{.nobr}', text)
