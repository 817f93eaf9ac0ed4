"""Notebooks as they are committed: name every error, warning, machine path and object address in a saved output, every
lesson without outputs, every table whose text depends on the width of a window, and every kernel but python3.

Run from the top of the repository: python tools/check_outputs.py [FOLDER], where FOLDER is the notebooks
"""
import json, re, sys
from pathlib import Path

PRIVATE = re.compile(r'/(?:tmp|root|home|Users)/\w|[A-Z]:\\Users|0x[0-9a-f]{8,}')
KERNEL = dict(display_name='python3', language='python', name='python3') # what nbdev-clean leaves of python3
NARROW = 80 # columns of the window that pandas takes for granted where there is none

def faults(cell):
    for out in cell.get('outputs', []):
        texts = [text for kind,text in out.get('data', {}).items() if kind.startswith('text')]
        shown = ''.join(''.join(text) for text in [out.get('text', []), *texts])
        if out['output_type']=='error': yield f"error {out['ename']}"
        if out.get('name')=='stderr': yield 'output on stderr'
        if private := PRIVATE.search(shown): yield f'{private[0]!r} in the output'
        if out.get('execution_count') is not None: yield 'a counter in the output: run nbdev-clean'
    if cell.get('execution_count') is not None: yield 'a counter: run nbdev-clean'

def tables(cell):
    "The texts of the tables in the outputs of `cell`"
    for out in cell.get('outputs', []):
        data = out.get('data', {})
        if 'class="dataframe"' in ''.join(data.get('text/html', [])): yield ''.join(data.get('text/plain', []))

def depends_on_width(text):
    "Whether pandas writes a table otherwise in Jupyter (which wraps it) and in a terminal (which leaves columns out)"
    lines = text.splitlines()
    return max(map(len, lines), default=0)>=NARROW or any(' ... ' in line or line.endswith('\\') for line in lines)

def page_faults(notebook):
    "What is wrong with a notebook, each with the number of its cell"
    cells = notebook['cells']
    if notebook.get('metadata', {}).get('kernelspec')!=KERNEL:
        yield f"kernel {notebook.get('metadata', {}).get('kernelspec')}: choose python3, or write {KERNEL}"
    if not any(c.get('outputs') for c in cells): yield 'no saved outputs'
    wide_is_told = any("'display.max_columns'" in ''.join(c['source']) for c in cells)
    for i,cell in enumerate(cells):
        yield from (f'cell {i}: {fault}' for fault in faults(cell))
        if not wide_is_told and any(map(depends_on_width, tables(cell))):
            todo = "pd.set_option('display.max_columns', 20, 'display.width', 200) in a hidden cell"
            yield f'cell {i}: a table that another window writes otherwise: {todo}'

def main(folder='nbs'):
    found = [f'{path}: {fault}' for path in sorted(Path(folder).rglob('*.ipynb'))
             for fault in page_faults(json.loads(path.read_text(encoding='utf-8')))]
    sys.exit('\n'.join(found) or 0)

if __name__=='__main__': main(*sys.argv[1:])
