"""The API blocks of the website: what an exported cell defines, as blocks of Sphinx's Python domain, with its docments and its source."""
import ast, importlib, re
from fastcore.docments import docments
from functools import cache
from nbdev.doclinks import patch_name

PACKAGE = 'mnist_sgd'

@cache
def symbols()->dict:
    "Every public name that the notebooks export, such as 'NearestMean.fit', with its full name."
    syms = importlib.import_module(f'{PACKAGE}._modidx').d['syms']
    methods = {full for names in syms.values() for full in names if full.count('.')==3 and ('._' not in full or full.endswith('.__iter__'))}
    public = {f'{module}.{name}' for module in syms for name in importlib.import_module(module).__all__}
    return {full.split('.', 2)[2]: full for full in sorted(methods|public)}

def blocks(
    source:str, # Source of an exported cell, without its directives
    module:str, # Full name of the module it is exported to
)->str: # MyST text, empty if the cell defines nothing public
    "What `source` defines, in the order of the cell."
    tree = ast.parse(source)
    return '\n\n'.join(text for node in tree.body if (text := _block(node, source, module)))

def helpers(source):
    "What `source` defines for the module alone, one click away; empty if it only imports"
    named = [node.name if hasattr(node, 'name') else ast.unparse(node.targets[0]) for node in ast.parse(source).body
             if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign))]
    return folded(source, of=', '.join(f'<code>{name}</code>' for name in named)) if named else ''

def _block(node, source, module):
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name): name = node.targets[0].id
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)): name = patch_name(node)
    else: return None
    if name not in symbols(): return None
    obj = _found(module, name)
    kind = 'data' if isinstance(node, ast.Assign) else 'class' if isinstance(node, ast.ClassDef) else 'method' if '.' in name else 'function'
    described = {} if kind=='data' or _is_error(obj) else docments(obj, full=True)
    lines = [f'````{{py:{kind}}} {name}{_signature(node, described)}', f':module: {module}', '', _told(node, source) or '', '']
    lines += [f':param {key}: {_plain(d["docment"])}' for key,d in described.items() if key not in ('self','return') and d.get('docment')]
    returned = described.get('return') or {}
    if returned.get('docment') and kind!='class': lines.append(f':returns: {_plain(returned["docment"])}')
    lines += ['', folded(ast.get_source_segment(source, _whole(node)), open=kind=='data'), '````']
    return '\n'.join(lines)

def folded(source, open=False, of=''):
    "`source` one click away, or `open` at once; `of` says of what"
    return f'<details class="api-source"{" open" if open else ""}><summary>Source{of and f" of {of}"}</summary>\n\n```python\n{source}\n```\n\n</details>'

def _told(node, source):
    "What a definition says of itself: its docstring, or the comment at the end of the first line of a constant"
    if not isinstance(node, ast.Assign): return ast.get_docstring(node)
    comment = re.search(r'\s# (.+)$', source.splitlines()[node.lineno-1])
    return comment and comment[1]

def _found(module, name):
    obj = importlib.import_module(module)
    for part in name.split('.'): obj = getattr(obj, part)
    return getattr(obj, 'callback', obj) # a click command wraps its function

def _is_error(obj): return isinstance(obj, type) and issubclass(obj, BaseException)

def _whole(node): # a definition with its decorators
    decorators = getattr(node, 'decorator_list', [])
    if decorators: node.lineno,node.col_offset = decorators[0].lineno,decorators[0].col_offset-1
    return node

def _signature(node, described):
    "Parameters and return as they are written in the notebook"
    if isinstance(node, ast.Assign): return ''
    if isinstance(node, ast.ClassDef): node = next((n for n in node.body if getattr(n, 'name', '')=='__init__'), None)
    if node is None: return ''
    args = node.args
    if args.args and (args.args[0].arg=='self'): args.args = args.args[1:]
    shown = re.sub(r'\s+', ' ', ast.unparse(args))
    return f'({shown})' + (f' -> {ast.unparse(node.returns)}' if node.returns and node.name!='__init__' else '')

def _plain(text):
    "`text` of a docment, safe from being read as markup, except in backticks"
    parts = re.split(r'(`[^`]*`)', ' '.join(text.split()))
    return ''.join(part if part.startswith('`') else re.sub(r'([*_<\[\]\\$|])', r'\\\1', part) for part in parts)
