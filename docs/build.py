"""Build the website: python docs/build.py (into _docs/html/), or python docs/build.py --serve to rebuild on every save.

It needs `pip install -e '.[site]'` and no network. The notebooks are not run: pages show the outputs saved in them.
"""
import hashlib, json, os, shutil, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS,PAGES,OUT = ROOT/'docs',ROOT/'_proc'/'pages',ROOT/'_docs'/'html'
SPHINX = [str(PAGES), str(OUT), '-c', str(DOCS), '-d', str(ROOT/'_proc'/'doctrees'), '-b', 'html', '-q']
STRICT = ['-W', '--keep-going', '-E'] # warnings are errors, and nothing is left over from the last build

def data_sources()->list:
    "The files on which the data of the labs depend"
    ours = [DOCS/f'{name}.py' for name in ('assets', 'rollercoaster', 'card')]
    return [*sorted((ROOT/'mnist_sgd').rglob('*.py')), *ours, ROOT/'nbs'/'ladder.json',
            ROOT/'mnist_sgd'/'models'/'any_digit.safetensors']

def make_data():
    "What the labs need: digits, models, points. Made by the package's own training, again whenever that has changed"
    folder,state = ROOT/'_proc'/'data',ROOT/'_proc'/'data.md5'
    found = hashlib.md5(b''.join(p.read_bytes() for p in data_sources()), usedforsecurity=False).hexdigest()
    if not (state.exists() and state.read_text()==found):
        import assets, card, rollercoaster
        state.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        assets.write_assets(folder)
        (folder/'rollercoaster.json').write_text(json.dumps(rollercoaster.rollercoaster()))
        card.write_card(folder/'card.png')
        state.write_text(found)
    return folder

def prepare():
    "Everything before Sphinx: pages, and the data of the labs beside their scripts"
    data = make_data()
    import stage
    pages = stage.stage(PAGES)
    (PAGES/'pages.json').write_text(json.dumps(pages), encoding='utf-8')
    target = OUT/'_static'/'labs'/'data'
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data, target, ignore=shutil.ignore_patterns('card.png'))
    shutil.copy(data/'card.png', OUT/'_static'/'card.png')

def build(*options):
    "The whole website, from nothing; `options` are Sphinx'"
    start = time.perf_counter()
    shutil.rmtree(OUT, ignore_errors=True)
    prepare()
    from sphinx.cmd.build import main
    if code := main([*SPHINX, *STRICT, *options]): sys.exit(code)
    import finish
    if faults := finish.check(OUT): sys.exit('\n'.join(faults))
    print(f'{len(list(OUT.glob("**/*.html")))} pages in {time.perf_counter()-start:.0f} s: {OUT}')

def serve(options):
    "Rebuild and reload on every save, at http://127.0.0.1:8000; `options` are sphinx-autobuild's, such as --port 8001"
    served = ('-t', 'served')
    build(*served)
    watched = [part for folder in ('nbs', 'docs', 'mnist_sgd') for part in ('--watch', str(ROOT/folder))]
    # written by the build, or by tools
    ours = ['--ignore', str(PAGES), '--re-ignore', r'__pycache__|\.ipynb_checkpoints|\.pytest_cache']
    before = ['--no-initial', '--pre-build', f'{sys.executable} {Path(__file__).resolve()} --prepare']
    subprocess.run([sys.executable, '-m', 'sphinx_autobuild', *SPHINX, *served, *watched, *ours, *before, *options])

if __name__=='__main__':
    os.chdir(ROOT)
    sys.path.insert(0, str(DOCS))
    if '--prepare' in sys.argv: prepare()
    elif '--serve' in sys.argv: serve([arg for arg in sys.argv[1:] if arg!='--serve'])
    else: build()
