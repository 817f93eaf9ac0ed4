"""What the checks of this folder know about notebooks: the lessons, their cells, their Checks, what a cell asserts."""
import ast, json, re, sys
from pathlib import Path

ASSERTING = re.compile(r'test_(eq|ne|close|is|fail|stdout|shuffled|sig|warns)|expect_fail|assert_\w+')
EXPORTED = re.compile(r'^\s*#\s*\|\s*export', re.M)

def lessons(names=()):
    "The notebooks in `names`, or all lessons: the pages of nbs/ whose name begins with two digits"
    found = [Path(name) for name in names] or sorted(Path('nbs').glob('[0-9][0-9]_*.ipynb'))
    return found or sys.exit('no lessons found: run it from the top of the repository')

def cells(path):
    "The cells of a notebook, each with its source as one string"
    found = json.loads(Path(path).read_text(encoding='utf-8'))['cells']
    return [dict(cell, source=''.join(cell['source'])) for cell in found]

def in_checks(page):
    "For each cell whether it stands behind '## Checks'"
    now = []
    for cell in page:
        heading = cell['cell_type']=='markdown' and re.search(r'^## +Checks *$', cell['source'], re.M)
        now.append(bool(heading) or bool(now and now[-1]))
    return now

def parsed(source):
    "The syntax tree of a cell, without its magics"
    lines = ['pass' if re.match(r'\s*[!%]', line) else line for line in source.splitlines()]
    return ast.parse('\n'.join(lines))

def asserts(node, helpers=()):
    "Whether `node` by itself asserts: an assert, or a call of a test function or of a helper of the page"
    if isinstance(node, ast.Assert): return True
    if not isinstance(node, ast.Call): return False
    name = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
    return bool(ASSERTING.fullmatch(name)) or name in helpers

def helpers(page):
    "Names of the functions of a page, not exported, that assert or raise"
    sources = [cell['source'] for cell in page if cell['cell_type']=='code' and not EXPORTED.search(cell['source'])]
    defined = [node for source in sources for node in ast.walk(parsed(source)) if isinstance(node, ast.FunctionDef)]
    def tests(f): return any(asserts(node) or isinstance(node, ast.Raise) for node in ast.walk(f))
    return {f.name for f in defined if tests(f)}

def asserted(source, helpers=()):
    "The expressions that a cell asserts; of a loop that asserts, also what it goes through"
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Assert): yield node.test
        elif asserts(node, helpers): yield node
        elif isinstance(node, ast.For) and any(asserts(n, helpers) for n in ast.walk(node)): yield node.iter
