"""The picture that shows when somebody sends a link to the website: the ladder's mistakes, from its record."""
import json
import matplotlib.pyplot as plt
from pathlib import Path

def write_card(path:Path)->None: # A PNG of 1200 x 630 pixels
    "Draw the social card to `path`"
    record = json.loads((Path(__file__).parent.parent/'nbs'/'ladder.json').read_text(encoding='utf-8'))
    fig = plt.figure(figsize=(12,6.3), dpi=100, facecolor='#0f1417')
    fig.text(.06, .8, 'A computer learns\nto tell a 3 from a 7', color='white', fontsize=44, weight='bold', va='center',
             linespacing=1.1)
    fig.text(.06, .6, 'lessons, package and tests in one: mnist_sgd', color='#a3afb9', fontsize=21, va='center')
    ax = fig.add_axes([.2, .09, .72, .42], facecolor='none')
    rungs = record['rungs'][::-1]
    mistakes = [len(r['mistakes']) for r in rungs]
    ax.barh(range(len(rungs)), mistakes, color='#4fd1c5', height=.62)
    for y,(rung,n) in enumerate(zip(rungs, mistakes)):
        ax.text(n+1, y, f"{n} mistakes" if y==len(rungs)-1 else str(n), color='white', fontsize=18, va='center')
        ax.text(-1.5, y, rung['name'], color='white', fontsize=20, va='center', ha='right')
    ax.set(xlim=(0, max(mistakes)*1.22), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    fig.savefig(path, facecolor=fig.get_facecolor())
    plt.close(fig)
