"""Figures that the lessons owe: each row of figures.csv must be named, by its id such as F16, in the Checks of its
lesson, in a cell that asserts or in the Markdown right before it.

Run from the top of the repository: python tools/check_figures.py
"""
import csv, re, sys
from pathlib import Path

from pages import asserted, cells, helpers, in_checks, lessons

def named(path):
    "The ids that the Checks of a lesson name beside a statement that asserts"
    page = cells(path)
    own,found,before = helpers(page),set(),set()
    for cell,here in zip(page, in_checks(page)):
        ids = set(re.findall(r'\bF\d\d\b', cell['source'])) if here else set()
        if cell['cell_type']=='markdown': before = ids
        else:
            if here and any(asserted(cell['source'], own)): found |= ids|before
            before = set()
    return found

def main():
    with open(Path(__file__).parent/'figures.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    pages = {path.stem.split('_', 1)[1]: path for path in lessons()}
    proven = {lesson: named(path) for lesson,path in pages.items()}
    missing = [row for row in rows if row['id'] not in proven.get(row['lesson'], ())]
    for row in missing:
        print(f"{row['lesson']}: {row['id']} ({row['quantity']}: {row['expected']}) is not in its Checks")
    print(f'{len(missing)} of {len(rows)} figures missing')
    sys.exit(bool(missing or not rows))

if __name__=='__main__': main()
