"""Build the website: python docs/build.py (into _docs/html/), or python docs/build.py --serve to rebuild on every save.

It needs `pip install -e '.[site]'` and no network. The notebooks are not run: pages show the outputs that are saved in them.
"""
import hashlib, json, os, shutil, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS,PAGES,OUT = ROOT/'docs',ROOT/'_proc'/'pages',ROOT/'_docs'/'html'
SPHINX = [str(PAGES), str(OUT), '-c', str(DOCS), '-d', str(ROOT/'_proc'/'doctrees'), '-b', 'html', '-q', '-W', '--keep-going', '-E']

def make_data():
    "What the labs need: digits, models, points. Made by the package's own training, again whenever that has changed"
    folder,state = ROOT/'_proc'/'data',ROOT/'_proc'/'data.md5'
    sources = sorted((ROOT/'mnist_sgd').glob('*.py')) + [DOCS/'assets.py', DOCS/'rollercoaster.py', DOCS/'card.py', ROOT/'nbs'/'ladder.json']
    found = hashlib.md5(b''.join(p.read_bytes() for p in sources), usedforsecurity=False).hexdigest()
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
    "Everything before Sphinx: data and pages"
    data = make_data()
    import stage
    pages = stage.stage(PAGES)
    (PAGES/'pages.json').write_text(json.dumps(pages), encoding='utf-8')
    return data

def place_data(data):
    "Put the data of the labs beside their scripts"
    target = OUT/'_static'/'labs'/'data'
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data, target, ignore=shutil.ignore_patterns('card.png'))
    shutil.copy(data/'card.png', OUT/'_static'/'card.png')

def build():
    "The whole website, from nothing"
    start = time.perf_counter()
    data = prepare()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    place_data(data) # before the links are checked
    from sphinx.cmd.build import main
    if code := main(SPHINX): sys.exit(code)
    import finish
    if faults := finish.check(OUT): sys.exit('\n'.join(faults))
    print(f'{len(list(OUT.glob("**/*.html")))} pages in {time.perf_counter()-start:.0f} s: {OUT}')

def serve():
    "Rebuild and reload on every save, at http://127.0.0.1:8000"
    build()
    watched = [part for folder in ('nbs', 'docs', 'mnist_sgd') for part in ('--watch', str(ROOT/folder))]
    command = [sys.executable, '-m', 'sphinx_autobuild', *SPHINX[:-4], *watched, '--pre-build', f'{sys.executable} {Path(__file__)} --prepare']
    subprocess.run(command)

if __name__=='__main__':
    os.chdir(ROOT)
    sys.path.insert(0, str(DOCS))
    if '--prepare' in sys.argv: prepare()
    elif '--serve' in sys.argv: serve()
    else: build()
