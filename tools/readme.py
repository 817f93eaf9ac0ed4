"""Write README.md from nbs/index.ipynb: text and outputs, no code, links seen from the top of the repository.

Run from the top of the repository: python tools/readme.py
"""
import re
from nbconvert import MarkdownExporter
from pathlib import Path
from traitlets.config import Config

hidden = Config({'RegexRemovePreprocessor': {'enabled': True, 'patterns': [r'#\|\s*hide']}})
text,_ = MarkdownExporter(exclude_input=True, config=hidden).from_filename('nbs/index.ipynb')
text = re.sub(r'\]\((?!https?://|#)', '](nbs/', text) # relative links start from nbs/
text = re.sub(r'\n{3,}', '\n\n', text).strip()
text = f'<!-- Made from nbs/index.ipynb by tools/readme.py: edit the notebook. -->\n\n{text}\n'
Path('README.md').write_text(text, encoding='utf-8')
