"""What Sphinx leaves to do: labs on their pages, the fold of Checks, a security policy, a check of every link."""
import base64, hashlib, re, shutil
from bs4 import BeautifulSoup
from pathlib import Path
from PIL import Image
from urllib.parse import unquote

from twins import write_twins

# Nothing from another host, no script that is not ours. pandas' tables have style attributes, which alone do no harm.
POLICY = ("default-src 'none'; script-src 'self' {hashes}; style-src 'self'; style-src-attr 'unsafe-inline'; "
          "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; "
          "base-uri 'none'")

# the two fonts of nearly every formula: fetched early, so that no line breaks anew when they come
FONTS = ''.join(f'<link rel="preload" as="font" type="font/woff2" crossorigin '
                f'href="{{root}}_static/vendor/katex/fonts/KaTeX_{name}.woff2">'
                for name in ('Math-Italic', 'Main-Regular'))

# what site.css wants to know of a page, and what tells it
BODY = {'has-toc': 'bd-sidebar-secondary', 'lesson': 'class="page-bar lesson-bar"'}

def add_lab_files(app, page, template, context, doctree):
    "Script and styles of the labs, only where there is one"
    if 'class="lab"' not in (context.get('body') or ''): return
    for style in ('vendor/uplot/uPlot.min.css', 'labs/lab.css'): app.add_css_file(style)
    app.add_js_file('labs/main.js', type='module')

def finish(app, error):
    if error or app.builder.name!='html': return
    out,pages = Path(app.outdir),Path(app.srcdir)
    shutil.copytree(pages/'notebooks', out/'notebooks', dirs_exist_ok=True)
    (out/'.nojekyll').touch() # Pages would leave out folders with an underscore otherwise
    (out/'robots.txt').write_text(f'User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n')
    policy = 'served' not in app.tags # it would forbid the script that loads a page anew
    for path in sorted(out.glob('**/*.html')):
        if '_static' not in path.parts: _finish_page(path, out, app.config.notfound_urls_prefix, policy)
    _drop_maps(out)
    write_twins(pages, out, app.config.html_baseurl)

def _finish_page(path, out, prefix, policy):
    text,root = path.read_text(encoding='utf-8'),'../'*(len(path.relative_to(out).parts)-1)
    text = re.sub(r'<script[^>]+scripts/fontawesome\.js[^>]*></script>', '', text)
    text = re.sub(r'<link[^>]+scripts/fontawesome\.js[^>]*>', '', text)
    # the page is shown before they run, in the same order
    text = re.sub(r'<script src="(?![^"]*documentation_options)', '<script defer src="', text)
    if path.name=='404.html': text = re.sub(r'href="(?!https?:|/|#)', f'href="{prefix}', text) # shown at any depth
    text = re.sub(r'<dl>\n((?:<dd><em class="sig-param">.*?</dd>\n)+)</dl>', _signature_lines, text, flags=re.S)
    text = _sizes(_styles_to_file(_folded(text), path, out, root), path.parent)
    kinds = ' '.join(kind for kind,mark in BODY.items() if mark in text)
    if kinds: text = text.replace('<body ', f'<body class="{kinds}" ', 1) # early: site.css keeps places for them
    if 'class="math' not in text: text = re.sub(r'<(script|link)[^>]*(katex|auto-render)[^>]*>(</script>)?', '', text)
    else: text = text.replace('</head>', FONTS.format(root=root)+'</head>', 1)
    path.write_text(_with_policy(text) if policy else text, encoding='utf-8')

def _with_policy(text):
    scripts = re.findall(r'<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>', text, re.S)
    sums = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    hashes = ' '.join(f"'sha256-{found}'" for found in sorted(sums))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(hashes=hashes)}">'
    return text.replace('<meta charset="utf-8" />', f'<meta charset="utf-8" />{policy}', 1)

def _folded(text):
    "Folds what follows a `<p class=\"fold\">` up to the end of its section, under the words in that paragraph"
    found = re.search(r'<p class="fold">(.*?)</p>', text, re.S)
    if not found: return text
    end = _section_end(text, found.end())
    fold = f'<details class="checks"><summary>{found[1]}</summary>{text[found.end():end]}</details>'
    return text[:found.start()] + fold + text[end:]

def _section_end(text, start):
    "Where the section ends in which `start` is"
    depth = 1
    for tag in re.finditer(r'<(/?)section\b', text[start:]):
        depth += -1 if tag[1] else 1
        if not depth: return start+tag.start()
    raise ValueError('a section without an end')

def _styles_to_file(text, path, out, root):
    "Moves the style elements of pandas' coloured tables from the page to a file, which the policy allows"
    text = re.sub(r'<noscript>\s*<style.*?</noscript>', '', text, flags=re.S) # of the theme; site.css says it too
    found = re.findall(r'<style[^>]*>(.*?)</style>', text, re.S)
    if not found: return text
    name = f'_static/tables-{"-".join(path.relative_to(out).with_suffix("").parts)}.css'
    (out/name).write_text('\n'.join(found), encoding='utf-8')
    text = re.sub(r'<style[^>]*>.*?</style>', '', text, flags=re.S)
    return text.replace('</head>', f'<link rel="stylesheet" href="{root}{name}"></head>', 1)

def _signature_lines(found): # a list of descriptions without terms is not valid HTML
    lines = found[1].replace('<dd>', '<span class="sig-line">').replace('</dd>', '</span>')
    return f'<span class="sig-lines">{lines}</span>'

def _sizes(text, folder):
    """Gives each picture its size, so that nothing moves while it loads. Plots of notebooks have two dots a pixel, and
    lead to their files, which a reader can enlarge. A wide one has a box, in which a phone lets it scroll; the link in
    it takes the focus for that"""
    def hint(words): return f'<span class="plot-hint">{words}</span>'
    def sized(found):
        with Image.open(folder/found[2]) as img: width,height = img.size
        saved = re.fullmatch(r'(\.\./)*_images/[0-9a-f]{64}\.png', found[2])
        dots = 2 if saved else 1
        before,behind = (re.sub(r'(width|height)="\d+" ?', '', part) for part in (found[1], found[3]))
        img = f'<img {before}src="{found[2]}" width="{width//dots}" height="{height//dots}" loading="lazy"{behind}>'
        link = f'<a class="plot" href="{found[2]}">{img}</a>'
        if saved and width<2.2*height: return link + hint('tap to enlarge')*(width//dots>400)
        return f'<span class="plot-box">{link}</span>' + hint('swipe to see all of it, or tap to enlarge')
    linked = r'<a class="reference internal image-reference"[^>]*>\s*(<img [^>]*>)\s*</a>' # by Sphinx; ours is below
    text = re.sub(linked, r'\1', text)
    return re.sub(r'<img ([^>]*)src="((?:\.\./)*_images/[^"]+\.png)"([^>]*)>', sized, text)

def _drop_maps(out): # for people who debug the theme: 2 MB that no reader loads
    for path in (out/'_static').glob('*/*.map'): path.unlink()

# ---- a check of every page, so that a broken link or a missing description ends the build

def check(out:Path)->list:
    "What is wrong with the pages in `out`, a line each"
    pages = {p.relative_to(out).as_posix(): BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser')
             for p in out.glob('**/*.html') if '_static' not in p.parts}
    ids = {name: {node['id'] for node in soup.find_all(id=True)} for name,soup in pages.items()}
    return [fault for name,soup in pages.items() if name!='404.html' for fault in _page_faults(out, name, soup, ids)]

def _page_faults(out, name, soup, ids):
    for node in soup.find_all(['img', 'script', 'link', 'source', 'iframe', 'a']):
        url = node.get('src') or node.get('href') or ''
        if node.name=='img' and not node.get('alt'): yield f'{name}: {url} has no description (alt)'
        loaded = node.name!='a' and 'canonical' not in (node.get('rel') or [])
        if loaded and re.match(r'(https?:)?//', url): yield f'{name}: {url} is on another host'
        if re.match(r'[a-z]+:|//|#$|$', url): continue
        target,_,part = url.partition('#')
        file = (out/name).parent/unquote(target.partition('?')[0]) if target else out/name
        if file.is_dir(): file = file/'index.html'
        if not file.is_file(): yield f'{name}: {url} does not exist'; continue
        known = ids.get(file.resolve().relative_to(out.resolve()).as_posix())
        if part and known is not None and unquote(part) not in known: yield f'{name}: {url} has no such place'
