"""Change one thing in an exported function, export, run its page: a change that no page notices lacks a test.

Run from the top of any checkout; all work is done in copies of it, nothing in it is touched:

    python tools/mutate.py                    all of tools/mutants.json; exit 1 if one that died lives or is gone
    python tools/mutate.py --frozen 04_loss   those of one page (where the functions stand now), or of one function
    python tools/mutate.py 04_loss -n 10      ten new ones of a page or function, by chance (--seed)
    python tools/mutate.py --freeze -n 60     new ones, of all pages in turn, kept with their fate in tools/mutants.json

A mutant is a function and a change; both stay what they are when code is moved or formatted. `died` is its fate when it
was frozen, `why` the reason why no page can notice it, `gone` the reason why it can no longer be made. An entry written
by hand, without `died`, gets its fate from `--freeze -n 0`.

mutmut, cosmic-ray and mutatest know a mutant by its place in a module, but a page runs its own cells; hence this.
"""
import argparse, ast, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from copy import copy
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

class Cell(NamedTuple):
    "An exported function and the cell it stands in."
    page:Path # Notebook, relative to the root
    index:int # Number of the cell in it
    source:str # Text of the cell
    function:ast.FunctionDef # Part of the parsed cell

class Run(NamedTuple):
    "What became of a page."
    passed:bool # False also after too long a time
    seconds:float # Without making the copy
    said:str # The error, in one line

# ---- the exported functions

def cells(file:Path)->list[tuple[int,str]]: # Number and text
    "The code cells of a notebook."
    found = json.loads(file.read_text(encoding='utf-8'))['cells']
    return [(i, ''.join(cell['source'])) for i,cell in enumerate(found) if cell['cell_type']=='code']

def pages(root:Path)->list[Path]: # Relative to `root`, sorted by their names
    "All notebooks but the exercises."
    found = (p.relative_to(root) for p in (root/'nbs').rglob('*.ipynb'))
    return sorted((p for p in found if not {'exercises','.ipynb_checkpoints'} & set(p.parts)), key=lambda p: p.stem)

def named(node:ast.stmt)->list[tuple[str,ast.FunctionDef]]: # Such as 'fit' or, of a class, 'NearestMean.fit'
    "The functions that a statement of a cell defines."
    if isinstance(node, ast.ClassDef):
        return [(f'{node.name}.{f.name}', f) for f in node.body if isinstance(f, ast.FunctionDef)]
    if not isinstance(node, ast.FunctionDef): return []
    patched = any(ast.unparse(d)=='patch' for d in node.decorator_list)
    return [(f'{ast.unparse(node.args.args[0].annotation)}.{node.name}' if patched else node.name, node)]

def exported(root:Path)->dict[str,list[Cell]]: # Cells by name: two pages may use a name
    "The exported functions of all pages."
    found = {}
    for page in pages(root):
        for i,source in cells(root/page):
            if not re.search(r'^#\|\s*export[si]?\b', source, re.M): continue
            for name,function in chain.from_iterable(map(named, ast.parse(source).body)):
                found.setdefault(name, []).append(Cell(page, i, source, function))
    return found

# ---- what can be done to one node of a parsed function

ARITHMETIC = {ast.Add:ast.Sub, ast.Sub:ast.Add, ast.Mult:ast.Div, ast.Div:ast.Mult,
              ast.FloorDiv:ast.Mult, ast.Mod:ast.Mult, ast.Pow:ast.Mult}
COMPARISON = {ast.Lt:ast.LtE, ast.LtE:ast.Lt, ast.Gt:ast.GtE, ast.GtE:ast.Gt, ast.Eq:ast.NotEq, ast.NotEq:ast.Eq,
              ast.Is:ast.IsNot, ast.IsNot:ast.Is, ast.In:ast.NotIn, ast.NotIn:ast.In}
PAIRS = ('min','max'), ('mean','sum'), ('any','all'), ('argmin','argmax'), ('eval','train'), ('ones','zeros')
CALLS = {a:b for pair in PAIRS for a,b in (pair, pair[::-1])}
REMOVED = set('abs sqrt detach clone round sigmoid float contiguous sorted clip clamp'.split()) # x.abs(), abs(x): now x

def but(node:ast.AST, **fields)->ast.AST:
    "A copy of `node` with other `fields`."
    new = copy(node)
    for field,value in fields.items(): setattr(new, field, value)
    return new

def is_text(node): return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, 'value', None), str)

def name_of(func): return getattr(func, 'attr', getattr(func, 'id', ''))

def other_sign(node):
    "Another arithmetic operator, unless texts are put together."
    known = type(node.op) in ARITHMETIC and not any(map(is_text, ast.iter_child_nodes(node)))
    return [but(node, op=ARITHMETIC[type(node.op)]())] if known else []

def other_comparisons(node):
    "Each comparison of a chain by another."
    for i,op in enumerate(node.ops): yield but(node, ops=[*node.ops[:i], COMPARISON[type(op)](), *node.ops[i+1:]])

def fewer_operands(node):
    "`and` or `or` without one of its sides."
    for i in range(len(node.values)):
        rest = node.values[:i] + node.values[i+1:]
        yield but(node, values=rest) if len(rest)>1 else rest[0]

def other_calls(node):
    "Another function, or none at all."
    name,is_method = name_of(node.func),isinstance(node.func, ast.Attribute)
    if name in CALLS: yield but(node, func=but(node.func, **{'attr' if is_method else 'id': CALLS[name]}))
    if name in REMOVED and (is_method or node.args): yield node.func.value if is_method else node.args[0]

def without_message(node):
    "A text to come, a raise, or a call that warns or refuses, with nothing to say."
    if isinstance(node, ast.Assign):
        return [but(node, value=ast.Constant(''))] if isinstance(node.value, ast.JoinedStr) else []
    call = node.exc if isinstance(node, ast.Raise) else node
    if not isinstance(call, ast.Call) or not call.args or not is_text(call.args[0]): return []
    empty = but(call, args=[ast.Constant(''), *call.args[1:]])
    if isinstance(node, ast.Raise): return [but(node, exc=empty)]
    return [empty] if name_of(call.func) in ('warn','refuse') else []

def changes(node:ast.AST)->Iterator[tuple[str,ast.AST]]: # A kind, and the node to put in its place
    "All that can be done to one node."
    def each(kind, nodes): return ((kind, new) for new in nodes)
    match node:
        case ast.BinOp() | ast.AugAssign(): yield from each('arithmetic', other_sign(node))
        case ast.Compare(): yield from each('comparison', other_comparisons(node))
        case ast.BoolOp():
            yield 'boolean', but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            yield from each('operand', fewer_operands(node))
        case ast.UnaryOp(): yield 'boolean' if isinstance(node.op, ast.Not) else 'arithmetic', node.operand
        case ast.Constant(value=bool()): yield 'flag', ast.Constant(not node.value)
        case ast.Constant(value=int()): yield 'constant', ast.Constant(node.value+1)
        case ast.Constant(value=float()): yield 'constant', ast.Constant(2*node.value or 1.)
        case ast.Call(): yield from each('call', other_calls(node))
        case ast.Expr(value=ast.Call()): yield 'dropped', ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]): yield 'dropped', ast.Pass()
    if isinstance(node, (ast.Raise, ast.Call, ast.Assign)): yield from each('message', without_message(node))

# ---- all mutants of a function

def below(node:ast.AST, line:tuple=())->Iterator[tuple[ast.AST,tuple]]:
    "All nodes in `node` but annotations and formats, and the way to each: (parent, field, index or None)."
    yield node,line
    for field,value in ast.iter_fields(node):
        if field in ('annotation','returns','format_spec'): continue
        for i,child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST): yield from below(child, (*line, (node,field,i)))

def put(place, node):
    parent,field,i = place
    if i is None: setattr(parent, field, node)
    else: getattr(parent, field)[i] = node

def shown(node, line):
    "The smallest part of a function that tells what is changed: for a number, what it stands in."
    vague = ast.Constant, ast.UnaryOp, ast.Tuple, ast.List, ast.Slice, ast.Starred, ast.FormattedValue, ast.JoinedStr
    number = isinstance(node, ast.Constant) or isinstance(getattr(node, 'operand', None), ast.Constant)
    for parent,_,_ in line[::-1] if number else ():
        if isinstance(parent, ast.arguments): return node # a default
        if not isinstance(parent, vague): return parent
    return node

def parameter(line):
    "'name=' for the default of a parameter, nothing elsewhere."
    parent,field,i = line[-1]
    names = parent.kwonlyargs if field=='kw_defaults' else (parent.posonlyargs + parent.args)[-len(parent.defaults):]
    return f'{names[i].arg}='

def bare(text): return re.sub(r'[\s\'"\\()]', '', text) # Python versions unparse quotes and brackets differently

def span(source, node):
    "First and last byte of `node`."
    starts = [0]
    for row in source.encode().splitlines(keepends=True): starts.append(starts[-1]+len(row))
    return starts[node.lineno-1]+node.col_offset, starts[node.end_lineno-1]+node.end_col_offset

def mutants(cell:Cell)->Iterator[tuple[dict,tuple[int,int,str]]]:
    "All changes of a function, and what to write for each: first and last byte in the cell, and a text."
    seen = {}
    for node,line in list(below(cell.function))[1:]:
        part = shown(node, line)
        default = parameter(line) if line[-1][1].endswith('defaults') else ''
        outer = next((n for n,_,_ in line if isinstance(n, ast.JoinedStr)), node) # Python 3.11 knows no places in it
        for kind,new in changes(node):
            was = default+ast.unparse(part)
            put(line[-1], new)
            to = default+ast.unparse(new if part is node else part)
            text = ast.unparse(new if outer is node else outer)
            put(line[-1], node)
            seen[alike] = seen.get(alike := (kind, bare(was), bare(to)), -1)+1
            if outer is node and isinstance(new, ast.expr) and not isinstance(new, ast.Constant): text = f'({text})'
            yield {'kind':kind, 'from':was, 'to':to, 'nth':seen[alike]}, (*span(cell.source, outer), text)

def key(change): return *(change[k] for k in ('kind','nth')), *(bare(change[k]) for k in ('from','to'))

def find(functions:dict[str,list[Cell]], mutant:dict)->tuple[Cell,str]|None:
    "Make a mutant of the code as it is now: its cell and the new text, or None where it is gone."
    for cell in functions.get(mutant['function'], []):
        for change,(first,last,text) in mutants(cell):
            raw = cell.source.encode()
            if key(change)==key(mutant['change']): return cell,(raw[:first] + text.encode() + raw[last:]).decode()

# ---- running a page

def unpack(root:Path, functions:dict[str,list[Cell]], home:Path)->None:
    "Fill `home` with the images: each run gets a copy, because a mutant may damage them."
    texts = '\n'.join(source for _,source in cells(root/functions['sample_stacks'][0].page))
    code = f"from mnist_sgd.{re.search(r'default_exp (.+)', texts)[1]} import sample_stacks; sample_stacks()"
    env = os.environ|dict(FASTAI_HOME=str(home), PYTHONPATH=str(root), PYTHONDONTWRITEBYTECODE='1')
    subprocess.run([sys.executable, '-c', code], env=env, cwd=root, check=True)

EXPORT = """import mnist_sgd, sys
from nbdev.export import nb_export
from pathlib import Path
assert Path(mnist_sgd.__file__).is_relative_to(Path.cwd()), mnist_sgd.__file__ # the copy, not what is installed
nb_export(sys.argv[1])"""
LEFT = shutil.ignore_patterns('.git', '.venv', '_docs', '_proc', '__pycache__', '*.egg-info', 'mnist_sgd_runs')

def rewrite(file:Path, index:int, source:str)->None:
    "Put `source` into a cell of a notebook."
    nb = json.loads(file.read_text(encoding='utf-8'))
    nb['cells'][index]['source'] = source.splitlines(keepends=True)
    file.write_text(json.dumps(nb, indent=1, ensure_ascii=False)+'\n', encoding='utf-8')

def run_page(
    root:Path, # Top of the checkout
    home:Path, # Folder with the images
    page:Path, # Notebook, relative to `root`
    made:tuple[Cell,str]|None=None, # As from `find`; None for the page as it is
    limit:float|None=None, # Seconds
)->Run: # What became of it
    "Run a page in a copy of the checkout."
    with tempfile.TemporaryDirectory(prefix='mutant', ignore_cleanup_errors=True) as scratch:
        repo,tmp = Path(scratch).resolve()/'repo',Path(scratch).resolve()/'tmp'
        shutil.copytree(root, repo, ignore=LEFT)
        shutil.copytree(home, tmp/'home')
        if made: rewrite(repo/page, made[0].index, made[1])
        paths = dict(PYTHONPATH=str(repo), FASTAI_HOME=str(tmp/'home'), TMPDIR=str(tmp))
        env = os.environ|paths|dict(MPLBACKEND='agg', IN_TEST='1')
        subprocess.run([sys.executable, '-c', EXPORT, page], cwd=repo, env=env, check=True)
        return watch([Path(sys.executable).parent/'nbdev-test', page], limit, cwd=repo, env=env)

def watch(command:list, limit:float|None, **kwargs)->Run:
    "Run a command, and after `limit` seconds end it and all it has started."
    start,said = time.perf_counter(),'too slow'
    with tempfile.TemporaryFile('w+', encoding='utf-8', errors='replace') as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **kwargs)
        with suppress(subprocess.TimeoutExpired):
            process.wait(limit)
            out.seek(0)
            said = last_error(out.read()) or f'exit code {process.returncode}'
        with suppress(OSError): os.killpg(process.pid, signal.SIGKILL)
        passed = process.wait()==0
    return Run(passed, time.perf_counter()-start, '' if passed else said)

def last_error(output):
    plain = re.sub(r'\x1b\[[\d;]*m', '', output)
    errors = re.findall(r'^\w*(?:Error|Exception|Warning|Exit|Interrupt)\b.*', plain, re.M)
    return errors[-1][:150] if errors else ''

# ---- many mutants

def label(mutant): return '{function}: {change[from]} -> {change[to]} ({change[kind]} {change[nth]})'.format(**mutant)

def draw(
    functions:dict[str,list[Cell]], # As from `exported`
    where:str, # Page or function; '' for all
    n:int, # How many
    seed:int, # Of the random order
    known:list[dict], # Mutants that shall not be drawn again
)->list[dict]: # Mutants without a fate
    "Mutants by chance, of all pages in turn."
    by_page,known = {},{label(m) for m in known}
    for name,cell in [(name, cell) for name,found in functions.items() for cell in found]:
        if where and where not in (name, cell.page.stem): continue
        by_page.setdefault(cell.page, []).extend(dict(function=name, change=change) for change,_ in mutants(cell))
    rng = random.Random(seed)
    for found in by_page.values(): rng.shuffle(found)
    turns = chain.from_iterable(zip_longest(*by_page.values()))
    return list(islice((m for m in turns if m and label(m) not in known), n))

def chosen(functions, entries, where):
    "The frozen mutants of a page or function, also those that are gone."
    def stands(m): # where it can be made, otherwise where the function is
        made = find(functions, m)
        return {cell.page.stem for cell in ([made[0]] if made else functions.get(m['function'], []))}
    return [m for m in entries if not where or where==m['function'] or where in stands(m)]

def fates(root:Path, functions:dict[str,list[Cell]], todo:list[dict], jobs:int)->Iterator[tuple[dict,Path,Run|None]]:
    "Run the page of each mutant, if it passes as it is; otherwise the run is None."
    by_page = {}
    for m in todo: by_page.setdefault((made := find(functions, m))[0].page, []).append((m, made))
    with tempfile.TemporaryDirectory() as home, ThreadPoolExecutor(jobs) as pool:
        unpack(root, functions, Path(home))
        run,whole,begun = partial(run_page, root, Path(home)),{},{}
        def judged(page, made):
            passed,seconds,_ = whole[page].result()
            return run(page, made, 5*seconds+60) if passed else None
        for page,following in zip(by_page, [*list(by_page)[1:], None]): # nobody waits: the following page begins before
            whole |= {p: pool.submit(run, p) for p in (page, following) if p and p not in whole}
            begun |= {pool.submit(judged, page, made): (m, page) for m,made in by_page[page]}
        for done in as_completed(begun): yield *begun[done], done.result()
    for page,r in whole.items(): print(f"{page} as it is: {r.result().said or 'passes'}, {r.result().seconds:.0f} s")

def keep(file:Path, entries:list[dict])->None:
    "Write the frozen mutants, one a line."
    part = file.with_suffix('.part')
    part.write_text('[\n' + ',\n'.join(json.dumps(e, ensure_ascii=False) for e in entries) + '\n]\n', encoding='utf-8')
    os.replace(part, file)

def look_for(functions:dict[str,list[Cell]], todo:list[dict])->tuple[list[dict],list[dict]]:
    "Name the mutants that cannot be made or noticed; the others, and those gone without a reason."
    there = [m for m in todo if find(functions, m)]
    gone = [m for m in todo if m not in there]
    for m in gone: print(f"gone   {label(m)}: {m.get('gone', 'change the entry, or say why it is gone')}")
    for m in [m for m in there if 'why' in m]: print(f"equal  {label(m)}: {m['why']}")
    return [m for m in there if 'why' not in m],[m for m in gone if 'gone' not in m]

def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('name', nargs='?', default='', help='function or page, such as Batches.to or 04_loss')
    parser.add_argument('-n', type=int, default=60, help='new mutants to draw')
    parser.add_argument('-j', type=int, default=1, help='pages run side by side')
    parser.add_argument('--seed', type=int, default=0, help='of the drawing')
    parser.add_argument('--frozen', action='store_true', help='make those of mutants.json again, as without NAME')
    parser.add_argument('--freeze', action='store_true', help='keep new mutants with their fate')
    return parser.parse_args()

def main():
    args,root,file = arguments(),Path.cwd(),Path(__file__).with_name('mutants.json')
    functions,entries = exported(root),json.loads(file.read_text(encoding='utf-8')) if file.exists() else []
    again = not args.freeze and (args.frozen or not args.name)
    new = [] if again else draw(functions, args.name, args.n, args.seed, entries if args.freeze else [])
    if args.freeze: entries += new
    fresh = [m for m in entries if 'died' not in m] if args.freeze else new
    todo,wrong = look_for(functions, chosen(functions, entries, args.name) if again else fresh)
    counts = dict(died=0, lives=0, unknown=0)
    for m,page,run in fates(root, functions, todo, args.j) if todo else ():
        fate = 'unknown' if run is None else 'lives' if run.passed else 'died'
        counts[fate] += 1
        if run is None or (again and m.get('died') and run.passed): wrong.append(m)
        said = f'{run.said} {run.seconds:.0f} s' if run else 'fails as it is'
        print(f'{fate:<6} {label(m)}, {page.stem}: {said}', flush=True)
        if args.freeze and run:
            m['died'] = not run.passed
            keep(file, entries)
    print(', '.join(f'{n} {fate}' for fate,n in counts.items()))
    for m in wrong: print(f'WRONG  {label(m)}')
    sys.exit(bool(wrong))

if __name__=='__main__': main()
