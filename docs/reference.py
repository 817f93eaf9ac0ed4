"""The reference: a page a module, made from the package itself, and one that lists them all."""
import api
from notebooks import PACKAGE, floor, lessons
from text import inline_code

FLOORS = {'Lessons': lessons, 'App': lambda: floor('app'), 'Base': lambda: floor('base')}

HEAD = '''---
myst:
  html_meta:
    description: {description}
---
# {title}

<p class="lead">{lead}</p>
'''

def sources()->dict: # {'reference': ..., 'reference/sgd': ...}
    "MyST text of every page of the reference, by address"
    return {'reference': _contents(), **{api.page_of(page.module): _module_page(page) for page in _built()}}

def _built():
    "Pages that build a module with public names of its own"
    return [page for pages in FLOORS.values() for page in pages() if page.module and api.names(page.module)]

def _module_page(page):
    root = '../'*api.page_of(page.module).count('/')
    intro = f'From [{page.title}]({root}{page.name}.ipynb), in the file `{page.module.replace(".", "/")}.py`.'
    description = f'What {page.module} offers, with parameters, types and source'
    head = HEAD.format(title=page.module, lead=inline_code(page.subtitle), description=description)
    blocks = api.blocks(page.module, f'{root}{page.name}.html', page.title)
    return '\n\n'.join([head, intro, f'```{{py:module}} {page.module}\n```', *blocks]) + '\n'

def _contents():
    title,lead = 'Reference','Every public name of the package, with parameters, types and source'
    built = _built()
    lines = [HEAD.format(title=title, lead=lead, description=f'Every public name of {PACKAGE}, by module')]
    for title in FLOORS: lines += [f'## {title}', *[_module_table(page) for page in built if page.floor==title.lower()]]
    names = '\n'.join(f'{_short(page.module)} <{api.page_of(page.module)}>' for page in built)
    return '\n\n'.join([*lines, f'```{{toctree}}\n:hidden:\n\n{names}\n```']) + '\n'

def _module_table(page):
    told = api.summaries(page.module)
    rows = [f'| {{py:obj}}`{name} <{full}>` | {told[name]} |' for name,full in api.names(page.module).items()]
    head = f'### {_short(page.module)}\n\n{{py:mod}}`{page.module}`, from [{page.title}]({page.name}.ipynb)'
    return '\n'.join([head, '', '| name | what it does |', '|---|---|', *rows])

def _short(module): return module.removeprefix(f'{PACKAGE}.')
