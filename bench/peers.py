"""The same work by other libraries: python bench/peers.py, or python bench/peers.py linear for a family or a peer.

Every peer gets the same arrays in memory, one thread and, in its family, the same model, loss, batch, rate and epochs;
what it cannot be told stands in its line. Each run is a process of its own, so that its peak of memory is its own;
peers take turns. Libraries that are not installed are named and left out: pip install jax keras lightning skorch
tinygrad. Prints a table and keeps it in bench/results/."""
import inspect, io, json, math, os, resource, statistics, subprocess, sys, tempfile, time, tokenize
from datetime import date
from pathlib import Path

GOALS = dict(linear=.978, hidden=.982, anything=.9975) # Accuracy whose time is asked for
EPOCHS,BS,LR = 20,256,.1
TURNS = 3
TORCH = 'ours torch indexed fastai learner skorch lightning resnet'.split() # Peers that compute with PyTorch

# ---- a peer is a generator: it imports and yields; then it trains one epoch at a time, and yields a function
# ---- to the scores of valid_x, above 0 for a 3

def linear_numpy(x, y, valid_x):
    "NumPy: gradient by hand"
    import numpy as np
    yield
    w,b,rng = np.zeros((784,1), np.float32),np.zeros(1, np.float32),np.random.default_rng(0)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for i in range(0, len(x), BS):
            xb,yb = x[order[i:i+BS]],y[order[i:i+BS]]
            gap = (1/(1+np.exp(-(xb@w+b)))-yb)/len(xb)
            w -= LR*(xb.T@gap); b -= LR*gap.sum(0)
        yield lambda: valid_x@w+b

def _ours(model, x, y, valid_x):
    import torch
    from torch.nn import functional as F
    from mnist_sgd.optimizer import BasicOptim, Batches, train_epoch
    x,y,valid = (torch.tensor(a) for a in (x, y, valid_x))
    yield
    dl,opt = Batches(x, y, BS, shuffle=True),BasicOptim(model.parameters(), LR)
    for _ in range(EPOCHS):
        train_epoch(model, dl, opt, F.binary_cross_entropy_with_logits)
        yield lambda: model(valid).detach().numpy()

def linear_ours(x, y, valid_x):
    "mnist_sgd: train_epoch with Batches"
    import torch
    return _ours(torch.nn.Linear(784, 1), x, y, valid_x)

def hidden_ours(x, y, valid_x):
    "mnist_sgd: train_epoch with Batches"
    from mnist_sgd.nonlinearity import simple_net
    return _ours(simple_net(), x, y, valid_x)

def _fastai(model, loader, x, y, valid_x):
    import mnist_sgd, torch # noqa: F401 mnist_sgd silences a warning that fastai's import raises
    import fastai.callback.progress # gives a Learner no_bar
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD
    x,y,valid = (torch.tensor(a) for a in (x, y, valid_x))
    dls = DataLoaders(loader(x, y), loader(x[:BS], y[:BS]))
    yield
    learn = Learner(dls, model, loss_func=torch.nn.functional.binary_cross_entropy_with_logits, opt_func=SGD)
    for _ in range(EPOCHS):
        with learn.no_bar(), learn.no_logging(): learn.fit(1, LR)
        yield lambda: model(valid).detach().numpy()

def _pairs(x, y):
    from fastai.data.load import DataLoader
    return DataLoader(list(zip(x, y)), bs=BS, shuffle=True, num_workers=0)

def _batches(x, y):
    from mnist_sgd.optimizer import Batches
    return Batches(x, y, BS, shuffle=True)

def linear_fastai(x, y, valid_x):
    "fastai as usually told: pairs in a DataLoader"
    import torch
    return _fastai(torch.nn.Linear(784, 1), _pairs, x, y, valid_x)

def hidden_fastai(x, y, valid_x):
    "fastai as usually told: pairs in a DataLoader"
    from mnist_sgd.nonlinearity import simple_net
    return _fastai(simple_net(), _pairs, x, y, valid_x)

def hidden_learner(x, y, valid_x):
    "fastai's Learner with mnist_sgd's Batches"
    from mnist_sgd.nonlinearity import simple_net
    return _fastai(simple_net(), _batches, x, y, valid_x)

def linear_sklearn(x, y, valid_x):
    "scikit-learn's SGDClassifier: a step an image, constant rate 0.001"
    from sklearn.linear_model import SGDClassifier
    yield
    model = SGDClassifier(loss='log_loss', learning_rate='constant', eta0=.001, alpha=0, random_state=0)
    for _ in range(EPOCHS):
        model.partial_fit(x, y[:,0], classes=[0,1])
        yield lambda: model.decision_function(valid_x)

def linear_logistic(x, y, valid_x):
    "scikit-learn's LogisticRegression: L-BFGS, no epochs"
    from sklearn.linear_model import LogisticRegression
    yield
    model = LogisticRegression(max_iter=1000).fit(x, y[:,0])
    yield lambda: model.decision_function(valid_x)

def hidden_sklearn(x, y, valid_x):
    "scikit-learn's MLPClassifier"
    from sklearn.neural_network import MLPClassifier
    yield
    model = MLPClassifier((30,), solver='sgd', batch_size=BS, learning_rate_init=LR, momentum=0, alpha=0,
                          random_state=0)
    for _ in range(EPOCHS):
        model.partial_fit(x, y[:,0], classes=[0,1])
        yield lambda: model.predict_proba(valid_x)[:,1]-.5

def linear_jax(x, y, valid_x):
    "JAX: an epoch is one scan, compiled before the clock starts, without the last short batch"
    import jax, jax.numpy as jnp
    def loss(p, xb, yb):
        s = xb@p['w']+p['b']
        return jnp.mean(jnp.logaddexp(0, s)-yb*s)
    def step(p, rows): return jax.tree.map(lambda a,g: a-LR*g, p, jax.grad(loss)(p, images[rows], labels[rows])), None
    def passed(p, key):
        return jax.lax.scan(step, p, jax.random.permutation(key, len(x))[:len(x)//BS*BS].reshape(-1, BS))[0]
    images,labels = jnp.asarray(x),jnp.asarray(y)
    p,keys = dict(w=jnp.zeros((784,1)), b=jnp.zeros(1)),list(jax.random.split(jax.random.key(0), EPOCHS))
    epoch = jax.jit(passed).lower(p, keys[0]).compile()
    yield
    for key in keys:
        p = jax.block_until_ready(epoch(p, key))
        yield lambda: valid_x@p['w']+p['b']

def _torch(model, batches, x, y, valid_x):
    "The loop as it is told everywhere, over the pairs that `batches` makes of the two tensors"
    import torch, torch._dynamo # the latter is imported when the first optimizer is made, and imports are not timed
    x,y,valid = (torch.tensor(a) for a in (x, y, valid_x))
    yield
    dl,opt,loss_func = batches(x, y),torch.optim.SGD(model.parameters(), lr=LR),torch.nn.BCEWithLogitsLoss()
    for _ in range(EPOCHS):
        for xb,yb in dl() if callable(dl) else dl:
            opt.zero_grad()
            loss_func(model(xb), yb).backward()
            opt.step()
        yield lambda: model(valid).detach().numpy()

def _loader(x, y):
    from torch.utils.data import DataLoader, TensorDataset
    return DataLoader(TensorDataset(x, y), BS, shuffle=True)

def _indexed(x, y):
    import torch
    return lambda: ((x[rows], y[rows]) for rows in torch.randperm(len(x)).split(BS))

def linear_torch(x, y, valid_x):
    "PyTorch: its DataLoader and its SGD"
    import torch
    return _torch(torch.nn.Linear(784, 1), _loader, x, y, valid_x)

def linear_indexed(x, y, valid_x):
    "PyTorch without a loader: batches by indexing, its SGD"
    import torch
    return _torch(torch.nn.Linear(784, 1), _indexed, x, y, valid_x)

def hidden_torch(x, y, valid_x):
    "PyTorch: its DataLoader and its SGD"
    from mnist_sgd.nonlinearity import simple_net
    return _torch(simple_net(), _loader, x, y, valid_x)

def hidden_indexed(x, y, valid_x):
    "PyTorch without a loader: batches by indexing, its SGD"
    from mnist_sgd.nonlinearity import simple_net
    return _torch(simple_net(), _indexed, x, y, valid_x)

def _tinygrad(forward, params, x, y, valid_x):
    import numpy as np
    from tinygrad import Context, Tensor, TinyJit, nn
    opt,rng = nn.optim.SGD(params, lr=LR),np.random.default_rng(0)
    images,labels = Tensor(x).realize(),Tensor(y).realize()
    @TinyJit
    def step(rows):
        opt.zero_grad()
        forward(images[rows]).binary_crossentropy_logits(labels[rows]).backward()
        opt.step()
    def part(rows): return Tensor(rows.astype('int32')).realize()
    with Context(TRAINING=1):
        starts = [p.numpy() for p in params]
        for _ in range(3): step(part(np.arange(BS)))
        for p,start in zip(params, starts): p.assign(Tensor(start)).realize()
        yield
        for _ in range(EPOCHS):
            order = rng.permutation(len(x))
            for i in range(0, len(x)-BS+1, BS): step(part(order[i:i+BS]))
            params[0].numpy() # waits for the last step
            yield lambda: forward(Tensor(valid_x)).numpy()

def linear_tinygrad(x, y, valid_x):
    "tinygrad: the step is compiled before the clock starts (needs clang), without the last short batch"
    from tinygrad import Tensor
    w,b = Tensor.zeros(784, 1).contiguous().realize(),Tensor.zeros(1).contiguous().realize()
    return _tinygrad(lambda xb: xb@w+b, [w,b], x, y, valid_x)

def hidden_tinygrad(x, y, valid_x):
    "tinygrad: the step is compiled before the clock starts (needs clang), without the last short batch"
    from tinygrad import nn
    one,two = nn.Linear(784, 30),nn.Linear(30, 1)
    return _tinygrad(lambda xb: two(one(xb).relu()), [one.weight,one.bias,two.weight,two.bias], x, y, valid_x)

def hidden_skorch(x, y, valid_x):
    "skorch"
    import torch, torch._dynamo # see _torch
    from skorch import NeuralNet
    from mnist_sgd.nonlinearity import simple_net
    yield
    net = NeuralNet(simple_net, torch.nn.BCEWithLogitsLoss, optimizer=torch.optim.SGD, lr=LR, batch_size=BS,
                    max_epochs=1, train_split=None, iterator_train__shuffle=True, verbose=0).initialize()
    for _ in range(EPOCHS):
        net.partial_fit(x, y)
        yield lambda: net.forward(valid_x).numpy()

def hidden_lightning(x, y, valid_x):
    "Lightning's Trainer, with PyTorch's DataLoader; asked at the end only"
    import lightning as L, logging, torch, torch._dynamo, warnings # see _torch
    from mnist_sgd.nonlinearity import simple_net
    warnings.simplefilter('ignore'); logging.getLogger('lightning.pytorch').setLevel(logging.ERROR)
    data = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    yield
    class Model(L.LightningModule):
        def __init__(self): super().__init__(); self.net = simple_net()
        def training_step(self, batch, i):
            return torch.nn.functional.binary_cross_entropy_with_logits(self.net(batch[0]), batch[1])
        def configure_optimizers(self): return torch.optim.SGD(self.parameters(), LR)
    model = Model()
    dl = torch.utils.data.DataLoader(data, BS, shuffle=True)
    L.Trainer(max_epochs=EPOCHS, logger=False, enable_checkpointing=False, enable_progress_bar=False,
              enable_model_summary=False, accelerator='cpu').fit(model, dl)
    yield lambda: model.net(torch.tensor(valid_x)).detach().numpy()

def hidden_keras(x, y, valid_x):
    "Keras 3, on JAX or else on PyTorch"
    import importlib.util
    os.environ['KERAS_BACKEND'] = 'jax' if importlib.util.find_spec('jax') else 'torch'
    import keras
    yield
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(30, 'relu'), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(LR), keras.losses.BinaryCrossentropy(from_logits=True))
    for _ in range(EPOCHS):
        model.fit(x, y, batch_size=BS, epochs=1, verbose=0)
        yield lambda: model.predict(valid_x, verbose=0)

def anything_svc(x, y, valid_x):
    "scikit-learn's SVC: radial kernel, C=10"
    from sklearn.svm import SVC
    yield
    model = SVC(C=10).fit(x, y[:,0])
    yield lambda: model.decision_function(valid_x)

def anything_knn(x, y, valid_x):
    "scikit-learn's k-NN: three neighbours; its work is the answering, which is timed"
    from sklearn.neighbors import KNeighborsClassifier
    yield
    scores = KNeighborsClassifier(3).fit(x, y[:,0]).predict_proba(valid_x)[:,1]-.5
    yield lambda: scores

def anything_ours(x, y, valid_x):
    "mnist_sgd's small CNN: three epochs, batch 64"
    import torch, torch._dynamo # see _torch
    from mnist_sgd.optimizer import Batches
    from mnist_sgd.small_cnn import small_cnn, train_one_cycle
    x,y,valid = (torch.tensor(a) for a in (x, y, valid_x))
    yield
    model = train_one_cycle(small_cnn(), Batches(x, y, 64, shuffle=True), epochs=3)
    yield lambda: model(valid).detach().numpy()

def anything_resnet(x, y, valid_x):
    "ResNet-18 by fastai as usually told, one epoch of the folder of images"
    from mnist_sgd.resnet import resnet_learner
    from mnist_sgd.pixels import digit_files
    yield
    learn = resnet_learner(device='cpu')
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, .1)
        three = learn.get_preds(dl=learn.dls.test_dl(digit_files('valid', 3)+digit_files('valid', 7)))[0][:,0]-.5
    yield lambda: three.numpy()

PEERS = {name: f for name,f in list(globals().items()) if name.split('_')[0] in GOALS}

# ---- one run, and the table of all

def one_run(name, file, seed)->dict:
    """Train `name` once in this process on the arrays in `file`, in an order of its own for each `seed`; the clock
    stands still while answers are counted."""
    import numpy as np
    x,y,valid_x,valid_y = (np.load(file)[part] for part in ('x', 'y', 'valid_x', 'valid_y'))
    order = np.random.default_rng(seed).permutation(len(x)) # so that no peer has the luck of one order in all turns
    x,y = x[order],y[order]
    if name.split('_')[1] in TORCH:
        import torch
        torch.set_num_threads(1); torch.manual_seed(seed)
        torch.ones(1, 1, requires_grad=True).mm(torch.ones(1, 1)).sum().backward() # loads what an import does not
    goal,seconds,to_goal,peer = GOALS[name.split('_')[0]],0.,None,PEERS[name](x, y, valid_x)
    next(peer) # imports are not timed
    while True:
        start = time.perf_counter()
        answer = next(peer, None)
        if answer is None: break
        seconds += time.perf_counter()-start
        accuracy = float(((np.asarray(answer()).reshape(-1)>0)==(valid_y[:,0]==1)).mean())
        if to_goal is None and accuracy>=goal: to_goal = seconds
    return dict(seconds=seconds, accuracy=accuracy, to_goal=to_goal, mb=peak_mb())

def peak_mb()->float:
    "Largest resident memory of this process; Linux counts it anew for a new program, getrusage does not"
    status = Path('/proc/self/status')
    if status.exists(): return int(status.read_text().split('VmHWM:')[1].split()[0])/1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/2**20 # bytes on macOS

def run_apart(name, file, seed):
    one_thread = dict.fromkeys(('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'), '1')
    env = os.environ|one_thread|dict(XLA_FLAGS='--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1')
    command = [sys.executable, __file__, '--one', name, file, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode==0: return json.loads(done.stdout.splitlines()[-1])
    return done.stderr.strip().splitlines()[-1]

def write_arrays(file): # so that a peer need not import PyTorch to have its data
    import numpy as np
    from mnist_sgd.pixels import sample_tensors
    np.savez(file, **{part: t.numpy() for part,t in zip(('x', 'y', 'valid_x', 'valid_y'), sample_tensors())})

def source(function): # with the function that it shares with another peer
    text = inspect.getsource(function)
    shared = [f for f in (_loader, _indexed, _pairs, _batches) if f', {f.__name__},' in text]
    shared += [f for f in (_ours, _fastai, _torch, _tinygrad) if f'return {f.__name__}(' in text]
    return ''.join(inspect.getsource(f) for f in [*shared, function])

def lines(name): # without its name, its description and the yield that ends its imports; a broken line counts as one
    tokens = tokenize.generate_tokens(io.StringIO(source(PEERS[name])).readline)
    return sum(token.type==tokenize.NEWLINE for token in tokens)-3

def table(names)->dict:
    runs,missing = {name: [] for name in names},{}
    with tempfile.TemporaryDirectory() as folder:
        write_arrays(file := f'{folder}/arrays.npz')
        for seed,name in [(seed,n) for seed in range(TURNS) for n in names]:
            if name in missing: continue
            found = run_apart(name, file, seed)
            if isinstance(found, str): missing[name] = found
            else: runs[name].append(found)
    rows = {}
    for name in (n for n in names if n not in missing):
        def middle_of(key): return statistics.median(math.inf if r[key] is None else r[key] for r in runs[name])
        middle = {key: middle_of(key) for key in ('seconds', 'accuracy', 'to_goal', 'mb')}
        if middle['to_goal']==math.inf: middle['to_goal'] = None # not reached in half of the turns
        goals = [r['to_goal'] and round(r['to_goal'], 4) for r in runs[name]] # None where it was not reached
        rounded = {key: value and round(value, 4) for key,value in middle.items()}
        rows[name] = rounded|dict(goals=goals, lines=lines(name), what=PEERS[name].__doc__)
    return dict(rows=rows, missing=missing)

def main(wanted):
    names = [n for n in PEERS if not wanted or n in wanted or n.split('_')[0] in wanted]
    unknown = [w for w in wanted if w not in PEERS and w not in GOALS]
    if unknown: sys.exit(f"'{unknown[0]}' is no peer: choose from {', '.join([*GOALS, *PEERS])}")
    found = table(names)
    for name,r in found['rows'].items():
        goal = f"{r['to_goal']:.2f} s" if r['to_goal'] else 'never'
        print(f"{name:18} {r['seconds']:7.2f} s  {r['accuracy']:.4f}  to {GOALS[name.split('_')[0]]:.2%}: {goal:8}",
              f"{r['lines']:3} lines {r['mb']:6.0f} MB  {r['what']}")
    for name,why in found['missing'].items(): print(f'{name}: left out, {why}')
    from mnist_sgd.base.clock import machine_name
    print(f'{machine_name()}, one thread, medians of {TURNS}')
    if wanted: return # a record is of all peers in one run
    about = dict(date=str(date.today()), machine=machine_name(), threads=1, turns=TURNS, goals=GOALS)
    record = json.dumps(about|found, indent=1)+'\n'
    root = Path(__file__).resolve().parent.parent
    drawn = root/'nbs'/'peers.json' # by the lesson on speed
    for path in (root/'bench'/'results'/f'peers-{date.today()}.json', drawn):
        path.write_text(record)
        print(f'kept in {path}')

if __name__=='__main__':
    if sys.argv[1:2]==['--one']: print(json.dumps(one_run(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
    else: main(sys.argv[1:])
