"""Have we become slower? python bench/compare.py, or python bench/compare.py REF to name the other version.

Our side of the works in run.py, by this working tree and by the commit that last renewed bench/results/, in turn, on
one thread. Takes the best time of each, since noise only ever adds, and ends with 1 if a work takes 1.3 times as long
or more in each of three rounds."""
import json, os, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.3
WORKS = dict(load=9, linear=5, learner=3, cnn=1) # How often each is run a turn, after once that warms up

def measure()->dict: # Best seconds of each work, or why it cannot be run with this version
    "Time the version of mnist_sgd that is first on the path."
    import mnist_sgd, torch
    assert Path(mnist_sgd.__file__).is_relative_to(os.environ['VERSION']), mnist_sgd.__file__
    torch.set_num_threads(1)
    import run
    data,found = run.sample_tensors(),{}
    for name,times in WORKS.items():
        try: found[name] = best(run.WORKS[name](data)[1], times)
        except (AttributeError, TypeError) as e: found[name] = str(e) # an older version with another interface
    return found

def best(work, times):
    def seconds():
        start = time.perf_counter()
        work()
        return time.perf_counter()-start
    return min([seconds() for _ in range(times+1)][1:])

def measured(tree):
    "`measure` in a process of its own, with the package of `tree` and the bench that fits it"
    env = os.environ|dict(PYTHONPATH=str(tree), VERSION=str(tree), OMP_NUM_THREADS='1')
    script = tree/'bench'/'compare.py'
    done = subprocess.run([sys.executable, script, '--measure'], stdout=subprocess.PIPE, text=True, env=env)
    try: return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError): return dict.fromkeys(WORKS, f'exit code {done.returncode}')

def git(*args): return subprocess.run(['git', *args], cwd=ROOT, capture_output=True, text=True).stdout.strip()

def compare_round(before)->dict: # Ratio now / before of each work that both versions can run
    "Both versions, two turns each."
    turns = [(measured(before), measured(ROOT)) for _ in range(2)]
    ratios = {}
    for name in WORKS:
        then,now = ([turn[side][name] for turn in turns] for side in (0,1))
        failed = [value for value in then if isinstance(value, str)]
        if failed: print(f'{name:8} not comparable: before, {failed[0]}'); continue
        broken = [value for value in now if isinstance(value, str)]
        if broken: sys.exit(f'{name} does not run: {broken[0]}')
        ratios[name] = min(now)/min(then)
        print(f'{name:8} before {min(then):.4f} s, now {min(now):.4f} s: {ratios[name]:.2f} times', flush=True)
    return ratios

def main(ref):
    ref = ref or git('log', '-1', '--format=%h', '--', 'bench/results')
    if not git('cat-file', '-t', f'{ref}^{{commit}}'):
        print(f"nothing to compare with: no commit '{ref}' in this clone")
        return
    with tempfile.TemporaryDirectory() as before:
        command = ['git', 'archive', ref, 'mnist_sgd', 'bench']
        files = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(['tar', '-x', '-C', before], input=files, check=True)
        print(f'this version against {ref}, one thread')
        slow = set(WORKS)
        for _ in range(3): # a neighbour on the machine, or is it us?
            slow &= {name for name,ratio in compare_round(Path(before)).items() if ratio>=LIMIT}
            if not slow: break
            print(f"slow: {', '.join(sorted(slow))}")
    if slow: sys.exit(f"slower than {ref}: {', '.join(sorted(slow))}")

if __name__=='__main__':
    if sys.argv[1:]==['--measure']: print(json.dumps(measure()))
    else: main(sys.argv[1] if len(sys.argv)>1 else None)
