"""What the package offers: its public names, where each is described, and its blocks for the reference."""
import ast, importlib, re
from fastcore.docments import docments
from functools import cache
from nbdev.doclinks import patch_name

from notebooks import PACKAGE, ROOT

@cache
def symbols()->dict:
    "Every public name, such as 'NearestMean.fit', with its full name, under the module that defines it"
    found = {}
    for module in modules():
        public = set(importlib.import_module(module).__all__)
        for name in filter(None, map(_name, ast.parse(module_source(module)).body)):
            first,_,method = name.partition('.')
            if first in public and (method=='__iter__' or not method.startswith('_')): found[name] = f'{module}.{name}'
    return dict(sorted(found.items()))

@cache
def modules()->list:
    "Full names of the modules that the notebooks export"
    return list(importlib.import_module(f'{PACKAGE}._modidx').d['syms'])

def module_of(full:str)->str:
    "The module that defines the public name `full`"
    return next(module for module in sorted(modules(), key=len, reverse=True) if full.startswith(f'{module}.'))

def full_name(name:str)->str|None:
    "Full name of what prose calls `name`: alone, with its module before it, or with one that passes it on"
    if name in symbols(): return symbols()[name]
    if name in symbols().values(): return name
    module,_,short = name.rpartition('.')
    if not name.startswith(f'{PACKAGE}.'):
        return next((full for full in symbols().values() if module and full.endswith(f'.{name}')), None)
    passed_on = short in symbols() and is_module(module) and hasattr(importlib.import_module(module), short)
    return symbols()[short] if passed_on else None

def is_module(name:str)->bool:
    "Whether the package has a module, or a folder of modules, of this full name"
    return any((ROOT/(name.replace('.', '/')+end)).exists() for end in ('.py', '/__init__.py'))

def page_of(module:str)->str: # reference/app/climb
    "Address of the reference page of `module`"
    return 'reference/' + module.removeprefix(f'{PACKAGE}.').replace('.', '/')

def address(full:str)->str:
    "Where the public name `full` is described"
    return f'{page_of(module_of(full))}.html#{full}'

@cache
def module_source(module): return (ROOT/f'{module.replace(".", "/")}.py').read_text(encoding='utf-8')

def defined(source:str, module:str)->list: # (name, full name), in the order of the source
    "The public names that `source`, an exported cell of `module` or all of it, defines"
    found = [_name(node) for node in ast.parse(source).body]
    return [(name, symbols()[name]) for name in found if symbols().get(name)==f'{module}.{name}']

def only_imports(source:str)->bool:
    "Whether an exported cell only imports, or passes on what it imports"
    imports = ast.Import,ast.ImportFrom
    return all(isinstance(node, imports) or _name(node)=='_all_' for node in ast.parse(source).body)

@cache
def names(module:str)->dict: # Full names by name
    "The public names that `module` defines, in its order"
    return dict(defined(module_source(module), module))

def blocks(
    module:str, # Full name of a module
    page:str, # Address of the page that builds it, seen from its reference page
    title:str, # Title of that page
)->list: # MyST texts, in the order of the module
    "What `module` offers, each with its docments, its source one click away, and the way to where it is built"
    source = module_source(module)
    nodes = {_name(node): node for node in ast.parse(source).body}
    def back(full): return f'<p class="built-in">Built in <a href="{page}#{full}">{title}</a></p>'
    return [_block(nodes[name], name, source, module, back(full)) for name,full in names(module).items()]

@cache
def summaries(module:str)->dict:
    "What each public name of `module` says of itself, on one line"
    source = module_source(module)
    nodes = {_name(node): node for node in ast.parse(source).body}
    return {name: plain(_told(nodes[name], source) or '') for name in names(module)}

def _name(node):
    "What a statement at the top of a module defines: a name, or a method as 'NearestMean.fit'"
    if isinstance(node, ast.Assign): return getattr(node.targets[0], 'id', None)
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)): return patch_name(node)

def _block(node, name, source, module, back):
    obj,kind = _found(module, name),_kind(node, name)
    described = {} if kind=='data' or _is_error(obj) else {**docments(obj, full=True), **_rest(node, source)}
    comments = {key: plain(d['docment']) for key,d in described.items() if d.get('docment')}
    lines = [f'````{{py:{kind}}} {name}{_signature(node)}', f':module: {module}', '', _told(node, source) or '', '']
    lines += [f':param {key}: {comment}' for key,comment in comments.items() if key not in ('self', 'return')]
    if 'return' in comments and kind!='class': lines.append(f':returns: {comments["return"]}')
    lines += ['', back, '', _folded(ast.get_source_segment(source, _whole(node)), at_once=kind=='data'), '````']
    return '\n'.join(lines)

def _rest(node, source):
    "What docments leaves out: the comments at *args, at **labels, and at the end of a signature that names no type"
    if not isinstance(node, ast.FunctionDef): return {}
    lines,args = source.splitlines(),node.args
    at = {arg.arg: lines[arg.end_lineno-1] for arg in (args.vararg, args.kwarg) if arg}
    ends = [line for line in lines[node.lineno:node.body[0].lineno-1] if line.startswith(')')]
    if ends and not node.returns: at['return'] = ends[0]
    return {name: dict(docment=found[1]) for name,line in at.items() if (found := re.search(r'# (.+)$', line))}

def _kind(node, name):
    if isinstance(node, ast.Assign): return 'data'
    if isinstance(node, ast.ClassDef): return 'class'
    return 'method' if '.' in name else 'function'

def _folded(source, at_once):
    "`source` one click away, or shown `at_once`"
    shown = ' open' if at_once else ''
    return f'<details class="api-source"{shown}><summary>Source</summary>\n\n```python\n{source}\n```\n\n</details>'

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

def _signature(node):
    "Parameters and return as they are written in the notebook"
    if isinstance(node, ast.Assign): return ''
    if isinstance(node, ast.ClassDef): node = next((n for n in node.body if getattr(n, 'name', '')=='__init__'), None)
    if node is None: return ''
    args = node.args
    if args.args and (args.args[0].arg=='self'): args.args = args.args[1:]
    shown = re.sub(r'\s+', ' ', ast.unparse(args))
    return f'({shown})' + (f' -> {ast.unparse(node.returns)}' if node.returns and node.name!='__init__' else '')

def plain(text:str)->str:
    "`text` of a docment, safe from being read as markup, except in backticks"
    parts = re.split(r'(`[^`]*`)', ' '.join(text.split()))
    safe = ''.join(part if part.startswith('`') else re.sub(r'([*_<\[\]\\$|])', r'\\\1', part) for part in parts)
    return re.sub(r'^(\d*)([.)+-])(?= )', r'\1\\\2', safe) # "1. for a 3" begins no list
