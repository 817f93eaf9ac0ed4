"""Glossary links: from the definition in a lesson to the entry, and back."""
import re
from html import escape

from notebooks import NBS, Page, page_name

ENTRY = re.compile(r'^- \*\*((?:to )?)(.+?)\*\*: (.+) \[([\w ]+)\]\(([\w/]+\.ipynb)\)$', re.M)

# code, formulas, links, tags: what no glossary link may cut in two
NO_PROSE = re.compile(r'(`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)|<a .*?</a>|<[^>]+>|\*\*[^*]+\*\*)', re.S)

def slug(term): return re.sub(r'\W+', '-', term.lower()).strip('-')

def terms()->dict: # {'03_sgd.ipynb': ['gradient', ...]}
    "Terms of each lesson; every line of the glossary that begins with a term must be an entry"
    text = '\n'.join(''.join(c['source']) for c in Page(NBS/'glossary.ipynb').cells if c['cell_type']=='markdown')
    lines,found = re.findall(r'^- \*\*.*', text, re.M),{}
    wrong = [line for line in lines if not ENTRY.match(line)]
    if wrong: raise ValueError(f'glossary.ipynb: {wrong} are no entries')
    for _,term,_,_,lesson in ENTRY.findall(text): found.setdefault(lesson, []).append(term)
    return found

def entries(text:str)->str:
    "`text` of the glossary, with a place for each term to be led to and a link to where it is defined"
    def entry(found):
        to,term,definition,name,lesson = found.groups()
        back = f'<a href="{page_name(lesson)}.html#term-{slug(term)}">{name}</a>'
        return f'- <strong class="entry" id="{slug(term)}">{to}{escape(term)}</strong>: {definition} {back}'
    return ENTRY.sub(entry, text)

class GlossaryLinks:
    "Links of a page to the glossary: its own terms where they first stand in *italics*, `earlier` ones at first use."
    def __init__(self, terms, earlier=(), root=''):
        self.left = sorted(terms, key=len, reverse=True) # not met yet
        self.words = {term: re.compile(_word(term)) for term in sorted([*terms, *earlier], key=len, reverse=True)}
        self.used,self.root = set(terms),root
    def __call__(self, text):
        parts = NO_PROSE.split(re.sub(r'(\[?)(?<!\*)\*([^*\n]+)\*(?!\*)((?:\]\()?)', self._define, text))
        return ''.join(part if i%2 else self._use(part) for i,part in enumerate(parts))
    def _define(self, found):
        before,words,after = found.groups()
        said = words.lower()
        fits = [t for t in self.left if said==t.lower()] or [t for t in self.left if said.startswith(t.lower())]
        if not fits: return found[0]
        term = fits[0]
        self.left.remove(term)
        place = f' id="term-{slug(term)}"'
        if before and after: return f'[<em{place}>{escape(words)}</em>](' # the words lead somewhere else already
        return before + self._to(term, f'<em>{escape(words)}</em>', place) + after
    def _use(self, text):
        any_term = '|'.join(word.pattern for word in self.words.values()) # the longest that fits
        return re.sub(any_term, self._link, text) if any_term else text
    def _link(self, found):
        term = next(t for t,word in self.words.items() if word.fullmatch(found[0]))
        if term in self.used: return found[0]
        self.used.add(term)
        return self._to(term, escape(found[0]))
    def _to(self, term, html, place=''):
        return f'<a class="term"{place} href="{self.root}glossary.html#{slug(term)}">{html}</a>'

def _word(term):
    "Pattern of a term or its plural as whole words; a small first letter may be a capital at the start of a sentence"
    first = f'[{term[0]}{term[0].upper()}]' if term[0].islower() else re.escape(term[0])
    return rf'(?<![\w-]){first}{re.escape(term[1:])}(?:s|es)?(?![\w-])'
