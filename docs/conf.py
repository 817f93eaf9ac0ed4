"""Sphinx' settings. The pages are made from the notebooks by stage.py; build.py calls both."""
import sys, tomllib
from pathlib import Path
from urllib.parse import urlsplit

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS)) # finish.py
import finish

about = tomllib.loads((DOCS.parent/'pyproject.toml').read_text(encoding='utf-8'))['project']
project,author = about['name'],about['authors'][0]['name']
copyright = 'The mnist_sgd authors. Code and text: Apache-2.0; the MNIST files: CC BY-SA 3.0'
repository,html_baseurl = about['urls']['Repository'],about['urls']['Documentation']

extensions = ['myst_nb', 'sphinx_copybutton', 'sphinxcontrib.katex', 'sphinxext.opengraph', 'sphinx_sitemap',
              'notfound.extension']
templates_path,html_static_path,html_extra_path = [str(DOCS/'templates')],[str(DOCS/'static')],[]
exclude_patterns = ['notebooks']

# notebooks are run by nbdev-test, never here: pages show what was saved
nb_execution_mode,nb_merge_streams,nb_render_markdown_format = 'off',True,'myst'
myst_enable_extensions = ['dollarmath', 'attrs_inline', 'fieldlist', 'colon_fence']
myst_heading_anchors = 3
katex_css_path = 'vendor/katex/katex.min.css' # the version of the script that sphinxcontrib-katex ships

nitpicky = True # with warnings as errors: every symbol and every link must lead somewhere
nitpick_ignore_regex = [('py:.*', rf'(?!{project}).*')] # PyTorch's and Python's own types: told on other hosts
add_module_names,python_maximum_signature_line_length = False,70
python_display_short_literal_types = True
toc_object_entries_show_parents = 'hide'

html_theme,html_title,html_favicon = 'pydata_sphinx_theme',project,str(DOCS/'static/favicon.svg')
html_css_files,html_js_files = ['site.css'],['folds.js']
html_copy_source,html_show_sourcelink,html_show_sphinx = False,False,False
html_context = dict(default_mode='auto') # follow the reader's system
html_sidebars = {'**': ['all-pages']}
html_theme_options = dict(
    logo=dict(text=project), navbar_center=['search-button-field'], navbar_persistent=['search-button'],
    navbar_end=['theme-switcher', 'navbar-icon-links'],
    icon_links=[dict(name='Source', url=repository, icon='fa-brands fa-github')],
    show_toc_level=2, secondary_sidebar_items=['page-toc'], footer_start=['copyright'], footer_end=[],
    search_as_you_type=True, back_to_top_button=False,
    pygments_light_style='a11y-high-contrast-light', pygments_dark_style='a11y-high-contrast-dark')
copybutton_prompt_text = r'\$ '
copybutton_exclude = '.linenos, .gp'

ogp_site_url,ogp_image = html_baseurl,'_static/card.png'
ogp_image_alt = 'A ladder of six models from pixel distance to a small CNN, with the mistakes of each'
ogp_social_cards,ogp_enable_meta_description = {'enable': False},False
sitemap_url_scheme = '{link}'
sitemap_excludes = ['404.html', 'search.html', 'genindex.html', 'py-modindex.html']
notfound_urls_prefix = urlsplit(html_baseurl).path
html_domain_indices = False

def setup(app):
    app.connect('html-page-context', finish.add_lab_files)
    app.connect('build-finished', finish.finish)
