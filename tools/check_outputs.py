"""Saved outputs of the notebooks: name every error, warning, machine path and object address, and every lesson without
outputs.

Run from the top of the repository: python tools/check_outputs.py
"""
import json, re, sys
from pathlib import Path

PRIVATE = re.compile(r'/(?:tmp|root|home|Users)/\w|[A-Z]:\\Users|0x[0-9a-f]{8,}')

def faults(cell):
    for out in cell.get('outputs', []):
        texts = [text for kind,text in out.get('data', {}).items() if kind.startswith('text')]
        shown = ''.join(''.join(text) for text in [out.get('text', []), *texts])
        if out['output_type']=='error': yield f"error {out['ename']}"
        if out.get('name')=='stderr': yield 'output on stderr'
        if private := PRIVATE.search(shown): yield f'{private[0]!r} in the output'

def main():
    found = []
    for path in sorted(Path('nbs').rglob('*.ipynb')):
        cells = json.loads(path.read_text(encoding='utf-8'))['cells']
        if not any(c.get('outputs') for c in cells): found.append(f'{path}: no saved outputs')
        found += [f'{path} cell {i}: {fault}' for i,c in enumerate(cells) for fault in faults(c)]
    sys.exit('\n'.join(found) or 0)

if __name__=='__main__': main()
