"""Plain text of every page, for readers that are programs: page.html.md beside each, and llms.txt that lists them."""
import json, re

# what only the website needs: folds, arcs of the map, lines that lead elsewhere, and Sphinx' own
LEFT_OUT = [r'</?details[^>]*>|<summary>.*?</summary>', r'<svg.*?</svg>',
            r'<p class="(?:page-bar[\w -]*|to-reference|built-in)">.*?</p>',
            r'(?s)```\{(?:toctree|py:module)\}.*?```', r':module: .+\n']

def write_twins(pages, out, address):
    "Write the twins of all pages that pages.json names"
    about = json.loads((pages/'pages.json').read_text(encoding='utf-8'))
    for page in about: (out/f"{page['name']}.html.md").write_text(_page(pages, page['name']), encoding='utf-8')
    def line(page): return f"- [{page['title']}]({address}{page['name']}.html.md): {page['description']}"
    def listed(*wanted): return '\n'.join(line(page) for page in about if _kind(page['name']) in wanted)
    parts = {'Lessons': ('lesson',), 'App and base': ('app', 'base'), 'Reference': ('reference',)}
    text = '\n\n'.join(f'## {title}\n\n{listed(*kinds)}' for title,kinds in parts.items())
    (out/'llms.txt').write_text(f"# {about[0]['title']}\n\n> {about[0]['description']}\n\n{text}\n", encoding='utf-8')

def _kind(name): return name.partition('/')[0] if '/' in name or name=='reference' else 'lesson'

def _page(pages, name):
    "The twin of one page, made of a notebook or of Markdown"
    written = pages/f'{name}.md'
    if written.exists(): return _text(re.sub(r'(?ms)\A---.*?^---\n', '', written.read_text(encoding='utf-8')))
    cells = json.loads((pages/f'{name}.ipynb').read_text(encoding='utf-8'))['cells']
    return '\n\n'.join(filter(None, (_cell(cell).strip() for cell in cells))) + '\n'

def _cell(cell):
    source = ''.join(cell['source'])
    if cell['cell_type']=='markdown': return _text(source)
    shown = [] if 'remove-input' in cell['metadata'].get('tags', []) else [f'```python\n{source}\n```']
    alt = cell['metadata'].get('mystnb', {}).get('image', {}).get('alt', '')
    return '\n\n'.join([*shown, *[_output(output, alt) for output in cell.get('outputs', [])]])

def _output(output, alt):
    data = output.get('data', {})
    if 'text/markdown' in data: return _text(''.join(data['text/markdown']))
    if 'image/png' in data: return f'(picture: {alt})'
    text = ''.join(data.get('text/plain', [])) or ''.join(output.get('text', []))
    return f'```text\n{text.rstrip()}\n```'

def _text(source):
    "Markdown without what only the website needs"
    for left_out in LEFT_OUT: source = re.sub(left_out, '', source)
    source = re.sub(r'<div class="lab"[^>]*></div>', '(an interactive lab stands here on the website)', source)
    source = re.sub(r'\{py:\w+\}`([^`<]+?)(?: <[^`]*>)?`', r'`\1`', source)
    source = re.sub(r'````\{py:(\w+)\} (.+)', r'**\1** `\2`', source).replace('\n````', '').replace('<li>', '- ')
    source = re.sub(r'\]\(([\w./-]+)\.ipynb(#[^)]*)?\)', r'](\1.html.md)', source)
    return re.sub(r'</?(?:a|em|strong|p|div|span|code|ul|li)\b[^>]*>', '', source)
