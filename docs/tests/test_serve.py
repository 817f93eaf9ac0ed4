"""While somebody writes: a saved page is built anew and the open page shows it."""
import os, shutil, socket, subprocess, sys, pytest
from conftest import ROOT, until
from playwright.sync_api import expect

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

@pytest.mark.alone
def test_a_saved_page_is_shown(tmp_path, browser):
    tree,port = tmp_path/'tree',free_port()
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns('.git', '.venv', '_docs', 'doctrees'))
    command = [sys.executable, str(tree/'docs'/'build.py'), '--serve', '--port', str(port)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        def answers():
            assert process.poll() is None
            with socket.socket() as s: return s.connect_ex(('127.0.0.1', port))==0
        until(answers, 120)
        page = browser.new_page()
        page.goto(f'http://127.0.0.1:{port}/labs.html')
        source = tree/'docs'/'pages'/'labs.md'
        source.write_text(source.read_text()+'\nWritten while it was served.\n')
        expect(page.get_by_text('Written while it was served.')).to_be_visible(timeout=60_000)
        expect(page.get_by_text('Written while it was served.')).to_have_count(1)
        page.goto(f'http://127.0.0.1:{port}/lab-draw.html') # data of the labs are still there
        assert page.request.get(f'http://127.0.0.1:{port}/_static/labs/data/hidden.safetensors').ok
        page.close()
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)
