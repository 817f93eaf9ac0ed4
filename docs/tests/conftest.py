"""A server for the built website, as on Pages: under the name of the project, with its 404 page; and a browser that
notes every complaint."""
import functools, http.server, os, sys, threading, time, pytest
from bs4 import BeautifulSoup
from pathlib import Path
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
# another folder for the check that broken sites are found
SITE = Path(os.environ.get('SITE', ROOT/'_docs'/'html')).resolve()
sys.path.insert(0, str(ROOT/'docs'))

PREFIX = '/mnist_sgd/'
CHROMIUM = os.environ.get('CHROMIUM', '/usr/bin/chromium')
FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync']
DESKTOP = dict(viewport=dict(width=1280, height=900))
DARK = dict(viewport=dict(width=1280, height=900), color_scheme='dark')
PHONE = dict(viewport=dict(width=390, height=844), has_touch=True, is_mobile=True)
SIZES = [pytest.param(size, id=name) for size,name in ((DESKTOP,'desktop'), (DARK,'dark'), (PHONE,'phone'))]

class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1' # connections are kept, as every host of websites does
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, '.js': 'text/javascript'}
    def log_message(self, *args): pass
    def translate_path(self, path):
        if not path.startswith(PREFIX): return str(SITE/'nowhere')
        return super().translate_path(path.removeprefix(PREFIX[:-1]))
    def send_error(self, code, *args):
        if code!=404: return super().send_error(code, *args)
        body = (SITE/'404.html').read_bytes()
        self.send_response(404)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

@pytest.fixture(scope='session')
def base():
    assert (SITE/'index.html').exists(), f'{SITE} holds no website: run python docs/build.py first'
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{server.server_port}{PREFIX}'
    server.shutdown()

@pytest.fixture(scope='session')
def playwright():
    with sync_playwright() as play: yield play

def launch(playwright):
    return playwright.chromium.launch(executable_path=CHROMIUM if os.path.exists(CHROMIUM) else None, args=FLAGS)

@pytest.fixture(scope='session')
def browser(playwright):
    browser = launch(playwright)
    yield browser
    browser.close()

@pytest.fixture
def fresh_browser(playwright):
    "For timings: a browser that has done nothing yet"
    browser = launch(playwright)
    yield browser
    browser.close()

@functools.cache
def html(name):
    "A page as it was built, for what can be seen without a browser"
    return BeautifulSoup((SITE/name).read_text(encoding='utf-8'), 'html.parser')

def until(told, seconds=20):
    "Wait until `told()` is true; the pages' policy forbids Playwright's own way to wait for an expression"
    end = time.monotonic()+seconds
    while not told():
        assert time.monotonic()<end, 'waited in vain'
        time.sleep(.05)

def watch(page, base, complaints):
    "Collect everything that a page should not do"
    def note(complaint, complains): complaints.extend([complaint]*complains)
    page.on('console', lambda m: note(f'console {m.type}: {m.text}', m.type!='log' or not m.text.startswith('[PST]')))
    page.on('pageerror', lambda e: complaints.append(f'error: {e}'))
    aborted = 'net::ERR_ABORTED' # the page was left
    page.on('requestfailed', lambda r: note(f'failed: {r.url}', r.failure!=aborted))
    page.on('response', lambda r: complaints.append(f'{r.status}: {r.url}') if r.status>=400 else None)
    page.on('request', lambda r: note(f'foreign: {r.url}', not r.url.startswith((base, 'data:', 'blob:'))))

@pytest.fixture
def opened(browser, base):
    "opened(name, size) is a page of the website; the test fails if it complained, asked another host or set a cookie"
    contexts,complaints = [],[]
    def open_page(name, size=DESKTOP, **more):
        context = browser.new_context(**{**size, **more})
        contexts.append(context)
        page = context.new_page()
        watch(page, base, complaints)
        page.goto(base+name, wait_until='load')
        return page
    yield open_page
    cookies = [c for context in contexts for c in context.cookies()]
    for context in contexts: context.close()
    assert complaints==[] and cookies==[]

# ---- the labs

@pytest.fixture
def lab(opened):
    "lab('slope', query, size) is (page, the lab), ready"
    def open_lab(name, query='', size=DESKTOP, page='', **more):
        tab = opened((page or f'lab-{name}')+'.html'+query, size, **more)
        box = tab.locator(f'.lab[data-lab={name}]')
        box.scroll_into_view_if_needed()
        expect(box).to_have_attribute('data-ready', 'yes', timeout=20_000)
        return tab, box
    return open_lab

def status(box): return box.locator('.lab-status')
def button(box, name): return box.get_by_role('button', name=name, exact=True)
def field(box, name): return box.get_by_label(name, exact=True)
def state(page, key): return page.evaluate('key => new URLSearchParams(location.search).get(key)', key)
