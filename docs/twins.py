"""Plain text of every page, for readers that are programs: page.html.md beside each page, and llms.txt that lists them."""
import json, re

def write_twins(pages, out, address):
    "Write the twins of all pages that pages.json names"
    about = json.loads((pages/'pages.json').read_text(encoding='utf-8'))
    for page in about: (out/f"{page['name']}.html.md").write_text(_page(pages, page['name']), encoding='utf-8')
    def listed(*wanted): return '\n'.join(f"- [{p['title']}]({address}{p['name']}.html.md): {p['description']}" for p in about if _kind(p['name']) in wanted)
    parts = {'Lessons': ('lesson',), 'App and base': ('app', 'base'), 'Reference': ('reference',)}
    text = '\n\n'.join(f'## {title}\n\n{listed(*kinds)}' for title,kinds in parts.items())
    (out/'llms.txt').write_text(f"# {about[0]['title']}\n\n> {about[0]['description']}\n\n{text}\n", encoding='utf-8')

def _kind(name): return name.partition('/')[0] if '/' in name or name=='reference' else 'lesson'

def _page(pages, name):
    "The twin of one page, made of a notebook or of Markdown"
    if (pages/f'{name}.md').exists(): return _text(re.sub(r'\A---.*?^---\n', '', (pages/f'{name}.md').read_text(encoding='utf-8'), flags=re.M|re.S))
    cells = json.loads((pages/f'{name}.ipynb').read_text(encoding='utf-8'))['cells']
    return '\n\n'.join(filter(None, (_cell(cell).strip() for cell in cells))) + '\n'

def _cell(cell):
    source = ''.join(cell['source'])
    if cell['cell_type']=='markdown': return _text(source)
    shown = [] if 'remove-input' in cell['metadata'].get('tags', []) else [f'```python\n{source}\n```']
    for output in cell.get('outputs', []):
        data = output.get('data', {})
        if 'text/markdown' in data: shown.append(_text(''.join(data['text/markdown'])))
        elif 'image/png' in data: shown.append(f"(picture: {cell['metadata'].get('mystnb', {}).get('image', {}).get('alt', '')})")
        else: shown.append(f"```text\n{(''.join(data.get('text/plain', [])) or ''.join(output.get('text', []))).rstrip()}\n```")
    return '\n\n'.join(shown)

def _text(source):
    "Markdown without what only the website needs"
    for left_out in (r'</?details[^>]*>|<summary>.*?</summary>', r'<svg.*?</svg>', r'<p class="(?:page-bar[\w -]*|to-reference|built-in)">.*?</p>',
                     r'```\{(?:toctree|py:module)\}.*?```', r':module: .+\n'): source = re.sub(left_out, '', source, flags=re.S if 'toctree' in left_out else 0)
    source = re.sub(r'<div class="lab"[^>]*></div>', '(an interactive lab stands here on the website)', source)
    source = re.sub(r'\{py:\w+\}`([^`<]+?)(?: <[^`]*>)?`', r'`\1`', source)
    source = re.sub(r'````\{py:(\w+)\} (.+)', r'**\1** `\2`', source).replace('\n````', '').replace('<li>', '- ')
    source = re.sub(r'\]\(([\w./-]+)\.ipynb(#[^)]*)?\)', r'](\1.html.md)', source)
    return re.sub(r'</?(?:a|em|strong|p|div|span|code|ul|li)\b[^>]*>', '', source)
