"""What the notebooks of nbs/ are: which become pages, in what order, at which address, and in which parts."""
import ast, json, re
from functools import cached_property
from pathlib import Path

PACKAGE = 'mnist_sgd'
ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'
CORE = 7 # number of the last lesson that everybody should read; the later ones are further reading
NO_PAGES = {'exercises', '.ipynb_checkpoints'} # folders whose notebooks are no pages

DIRECTIVE = re.compile(r'^#\|\s*([\w-]+)', re.M)
ASSERTING = re.compile(r'test_(eq|ne|close|is|fail|stdout|shuffled|sig|warns)|expect_fail|assert_\w+')

class Page:
    "One notebook, read once."
    def __init__(self, path): self.path = Path(path)

    @cached_property
    def cells(self): return json.loads(self.path.read_text(encoding='utf-8'))['cells']
    @cached_property
    def key(self): return self.path.relative_to(NBS).as_posix() # app/climb.ipynb
    @cached_property
    def name(self): return page_name(self.key) # the address without .html
    @cached_property
    def root(self): return '../'*self.key.count('/') # leads from the page to the top of the website
    @cached_property
    def number(self): return found[0] if (found := re.match(r'\d\d(?=_)', self.key)) else ''
    @cached_property
    def floor(self): return 'lessons' if self.number else self.key.rpartition('/')[0]
    @cached_property
    def module(self):
        "Full name of the module that the notebook exports to, or None"
        found = next((m[1] for cell in self.cells if (m := re.match(r'#\|\s*default_exp (\S+)', source(cell)))), None)
        return found and f'{PACKAGE}.{found}'
    @cached_property
    def title(self): return re.search(r'^# (.+)', self._head, re.M)[1]
    @cached_property
    def subtitle(self): return found[1] if (found := re.search(r'^> (.+)', self._head, re.M)) else ''
    @cached_property
    def _head(self): return '\n'.join(source(c) for c in self.cells[:4] if c['cell_type']=='markdown')

    def part(self, *wanted):
        "The cells of the parts `wanted`: story, deeper, checks"
        return [cell for cell,part in zip(self.cells, parts(self.cells)) if part in wanted]

def page_name(key:str)->str: # 03_sgd.ipynb becomes sgd, app/climb.ipynb stays app/climb
    "Address of the notebook `key`, seen from nbs/, without its ending"
    return re.sub(r'(^|/)\d+_', r'\1', key).removesuffix('.ipynb')

def lessons()->list:
    "The lessons in reading order"
    return [Page(path) for path in sorted(NBS.glob('[0-9][0-9]_*.ipynb'))]

def core()->list:
    "The lessons that everybody should read"
    return [page for page in lessons() if int(page.number)<=CORE]

def further()->list:
    "The lessons after those"
    return [page for page in lessons() if int(page.number)>CORE]

def pages()->list:
    "All pages made from notebooks, in reading order, the front page first"
    beside = [Page(NBS/f'{name}.ipynb') for name in ('different', 'glossary')]
    return [Page(NBS/'index.ipynb'), *lessons(), *beside, *floor('app'), *floor('base')]

def floor(name:str)->list:
    "The pages of one folder"
    return [Page(path) for path in sorted((NBS/name).glob('*.ipynb'))]

def forgotten()->list:
    "Notebooks that should be pages and are none"
    found = {p.relative_to(NBS).as_posix() for p in NBS.rglob('*.ipynb') if not NO_PAGES.intersection(p.parts)}
    return sorted(found - {page.key for page in pages()})

# ---- parts of a page

def source(cell): return ''.join(cell['source'])

def directives(cell)->set: return set(DIRECTIVE.findall(source(cell))) if cell['cell_type']=='code' else set()

def parts(cells):
    "The part of each cell: checks from '## Checks' on, deeper from '## Deeper' to the next H2, or story"
    now = 'story'
    for cell in cells:
        heads = re.findall(r'^## +(.+?)\s*$', source(cell), re.M) if cell['cell_type']=='markdown' else []
        for head in heads:
            if now!='checks': now = 'checks' if head=='Checks' else 'deeper' if head.startswith('Deeper') else 'story'
        yield now

def words(cells)->float:
    "Length of what is shown of `cells`: prose counts whole, code half, since it is looked at and not read aloud"
    shown = [cell for cell in cells if not directives(cell)&{'hide', 'default_exp'}]
    def count(kind): return sum(len(re.findall(r'\w+', source(c))) for c in shown if c['cell_type']==kind)
    return count('markdown') + count('code')/2

# ---- statements that assert something

def statements(page:Page)->int:
    "Asserting statements in the Checks of `page`"
    trees = [(cell, _tree(cell)) for cell in page.cells if cell['cell_type']=='code']
    functions = [node for _,tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    helpers = {node.name for node in functions if _asserts(node)}
    checks = [id(cell) for cell in page.part('checks')]
    return sum(_count(tree.body, helpers) for cell,tree in trees if id(cell) in checks)

def _tree(cell):
    lines = ['pass' if re.match(r'\s*[!%]', line) else line for line in source(cell).splitlines()]
    return ast.parse('\n'.join(lines))

def _count(nodes, helpers):
    "A loop or an if counts by what is in it, and so does a with that asserts nothing itself; definitions do not count"
    total = 0
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)): continue
        heads = [item.context_expr for item in getattr(node, 'items', [])]
        blocks = [getattr(node, key, []) for key in ('body', 'orelse', 'finalbody')]
        compound = isinstance(node, (ast.For, ast.While, ast.If, ast.Try, ast.With))
        if compound and not any(_asserts(head, helpers) for head in heads):
            total += sum(_count(block, helpers) for block in blocks)
        else: total += _asserts(node, helpers)
    return total

def _asserts(node, helpers=()):
    def called(call): return getattr(call.func, 'attr', getattr(call.func, 'id', ''))
    calls = [called(n) for n in ast.walk(node) if isinstance(n, ast.Call)]
    asserts = any(isinstance(n, ast.Assert) for n in ast.walk(node))
    return asserts or any(ASSERTING.fullmatch(name) or name in helpers for name in calls)
