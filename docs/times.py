"""How long each notebook runs, for the line under its title: python docs/times.py, on an idle machine."""
import json, subprocess, sys, time
from datetime import date
from pathlib import Path

from mnist_sgd.base.clock import machine_name
from mnist_sgd.data import mnist_sample
from notebooks import ROOT, pages

def seconds(path:Path)->float: # With the start of Python and its imports, without unpacking the images
    "Time of one test run of the notebook at `path`"
    start = time.perf_counter()
    subprocess.run([Path(sys.executable).parent/'nbdev-test', path], check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter()-start, 1)

if __name__=='__main__':
    mnist_sample()
    found = {page.key.removesuffix('.ipynb'): seconds(page.path) for page in pages()}
    record = dict(date=str(date.today()), machine=machine_name(), seconds=found)
    (ROOT/'docs'/'times.json').write_text(json.dumps(record, indent=1)+'\n')
