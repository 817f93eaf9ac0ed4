"""Numbers in the text of the lessons: each must stand, rounded as the text rounds it, in a saved output of its page or
in what its Checks assert.

Run from the top of the repository: python tools/check_numbers.py [NOTEBOOK ...]

Looked up is every number of two or more significant digits: 28, 40 and 0.50, but not 3 or 0.05. Code, addresses,
exponents and years are no claims, but `0.98` in backticks is one. 98 % is proven by 0.98 or by 98, 11.7 million by
11704896. 12,400 must be exact; 'about 12,400' may be rounded to the hundred. 'Over 95 %' means at most one unit above,
'nearly 95 %' at most one below. Exceptions stand, each with a reason, in numbers_exceptions.toml.
"""
import ast, re, sys, tomllib
from decimal import Decimal
from pathlib import Path

from pages import asserted, cells, helpers, in_checks, lessons

WHOLE = r'(?<![\w.])(?<![A-Za-z]{2}-)(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)' # ResNet-18 is a name, and so is x10
NUMBER = re.compile(rf'(?:{WHOLE}(?:\.\d+)?|(?<![\w.])\.\d+)(?:e[-+]?\d+)?')
DECADE = r'(?:1[6-9]\d|20[0-2])'
YEAR = re.compile(rf'\b(?:in|since|until) {DECADE}\d\b|, {DECADE}\d(?=[\])])|\b{DECADE}0s')
SHAPE = re.compile(r'\((?:\d+,)+\d*\)') # in (1,784) the comma may be none of thousands
SCALES = {'%': .01, 'percent': .01, 'per cent': .01, 'thousand': 1e3, 'million': 1e6, 'billion': 1e9}
SCALE = re.compile(rf"\s?({'|'.join(SCALES)})")
ABOVE = 'over|above|beyond|past|more than|at least'
BELOW = 'nearly|almost|under|below|less than|fewer than|at most|up to'
ABOUT = 'about|roughly|around|some|near|close to|hardly'
ROUNDED = re.compile(rf'\b(?:(?P<above>{ABOVE})|(?P<below>{BELOW})|{ABOUT})\W*$', re.I)

# ---- numbers in a text

def numbers(text):
    "Each number of `text`: its place, its digits, whether it is negative, and the scale that follows it"
    for found in NUMBER.finditer(text):
        before,scale = text[max(0, found.start()-2):found.start()],SCALE.match(text, found.end())
        negative = bool(re.search(r'(^|[^\w)])[-−]$', before))
        yield found.span(), found[0], negative, SCALES[scale[1]] if scale else 1

def significant(digits):
    "How many digits count: the first that is not 0, and those behind it"
    return len(re.sub(r'e.*|\D', '', digits).lstrip('0'))

def values(text):
    "Every number of an output or a string; 1,784 is also read as 1 and 784, and 98 % also as 0.98"
    for _,digits,negative,scale in numbers(text):
        for read in {digits.replace(',', ''), *digits.split(',')}:
            value = -float(read) if negative else float(read)
            yield value
            yield value*scale

# ---- where numbers are proven

def shown(cell):
    "The texts of a cell's outputs, tables without their tags and styles"
    for output in cell.get('outputs', []):
        yield ''.join(output.get('text', []))
        for kind,text in output.get('data', {}).items():
            if kind.startswith('text/'): yield re.sub(r'<style.*?</style>|<[^>]*>', ' ', ''.join(text), flags=re.S)

def literals(tree):
    "The numbers written in an expression, and those inside its strings"
    minus = {id(n.operand) for n in ast.walk(tree) if isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.USub)}
    for node in ast.walk(tree):
        value = getattr(node, 'value', None) if isinstance(node, ast.Constant) else None
        if isinstance(value, str): yield from values(value)
        elif type(value) in (int, float): yield float(-value if id(node) in minus else value)

def proofs(page):
    "Every number that the page shows or asserts"
    own = helpers(page)
    code = [cell['source'] for cell,here in zip(page, in_checks(page)) if here and cell['cell_type']=='code']
    found = {value for cell in page for text in shown(cell) for value in values(text)}
    return found | {value for source in code for tree in asserted(source, own) for value in literals(tree)}

# ---- what the text claims

def prose(source):
    "The text of a Markdown cell, without code, tags, addresses and the numbers of its lists"
    text = re.sub(r'^ *(```|~~~).*?^ *\1', ' ', source, flags=re.S|re.M)
    text = re.sub(r'^\s*\d+[.)]\s', ' ', text, flags=re.M)
    text = re.sub(r'`+(.+?)`+', inline_code, text, flags=re.S)
    text = re.sub(r'<!--.*?-->|</?\w[^>]*>|(?<=\])\([^)]*\)|https?://\S+', ' ', text, flags=re.S)
    return re.sub(r'\s+', ' ', re.sub(r'\$\$?.+?\$\$?', formula, text, flags=re.S))

def inline_code(found):
    "Code between backticks counts where it is nothing but a number"
    return found[1] if NUMBER.fullmatch(found[1].lstrip('-')) else ' '

def formula(found):
    "A formula without commands, indices and exponents; powers of ten as 3.5e-5"
    text = re.sub(r'\s*\\(?:cdot|times)\s*10\^\{?(-?\d+)\}?', r'e\1', found[0].replace('{,}', ','))
    text = re.sub(r'[_^](\{[^{}]*\}|\w)', ' ', text)
    return re.sub(r'\\[A-Za-z]+|[{}$]', ' ', text)

def claims(text):
    "The numbers of a text that need a proof"
    years = [found.span() for found in YEAR.finditer(text)]
    for claim in numbers(text):
        place = claim[0][0]
        if significant(claim[1])>1 and not any(start<=place<end for start,end in years): yield claim

def is_proven(text, claim, found):
    (start,end),digits,negative,scale = claim
    if proven(digits, negative, scale, ROUNDED.search(text[:start]), found): return True
    is_shape = any(shape.start()<start and end<shape.end() for shape in SHAPE.finditer(text))
    return is_shape and all(proven(part, False, 1, None, found) for part in digits.split(','))

def proven(digits, negative, scale, rounded, found):
    "Whether one of `found` is the number `digits`, rounded to its last place"
    number,unit = float(digits.replace(',', '')),last_place(digits, rounded)
    low,high = (number+unit*(off+slip) for off,slip in zip(margin(rounded), (-1e-6, 1e-6)))
    scales = {scale, 1} if scale<1 else {scale}
    return any(low*s<=abs(value)<=high*s for value in found for s in scales if not negative or value<0)

def last_place(digits, rounded):
    "The unit of the last digit; in a rounded whole number of the last that is not 0"
    digits = digits.replace(',', '')
    zeros = len(digits)-len(digits.rstrip('0')) if rounded and digits.isdigit() else 0
    return 10.**(Decimal(digits).as_tuple().exponent+zeros)

def margin(rounded):
    "How many units a proof may lie below and above its number"
    if rounded and rounded['above']: return 0,1
    if rounded and rounded['below']: return -1,0
    return -.5,.5

# ---- exceptions and findings

def phrase_of(text, span, phrases):
    "The one of `phrases` to which the number at `span` belongs, or None"
    for phrase in phrases:
        places = [found.span() for found in re.finditer(re.escape(phrase), text)]
        if any(start<=span[0] and span[1]<=end for start,end in places): return phrase

def faults(path, exceptions):
    page,own,used = cells(path),exceptions.get(path.stem, {}),set()
    found,phrases = proofs(page),[*own, *exceptions['everywhere']]
    for i,cell in enumerate(page):
        text = prose(cell['source']) if cell['cell_type']=='markdown' else ''
        for claim in claims(text):
            if is_proven(text, claim, found): continue
            start,end = claim[0]
            if phrase := phrase_of(text, claim[0], phrases): used.add(phrase)
            else: yield f'cell {i}: {claim[1]} is in no output and no check (…{text[max(0, start-30):end+20]}…)'
    for phrase in own.keys()-used: yield f'{phrase!r} needs no exception'

def main():
    exceptions = tomllib.loads((Path(__file__).parent/'numbers_exceptions.toml').read_text(encoding='utf-8'))
    paths = lessons(sys.argv[1:])
    found = [f'{path.name} {fault}' for path in paths for fault in faults(path, exceptions)]
    print(*found, f'{len(found)} numbers without proof in {len(paths)} lessons', sep='\n')
    sys.exit(bool(found))

if __name__=='__main__': main()
