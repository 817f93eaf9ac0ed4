"""The models of the labs, in JavaScript, against those of the package, in PyTorch; and the walks of the other labs
against the lessons."""
import json, random, pytest, torch
from conftest import SITE
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from mnist_sgd.app.pictures import usual_threshold
from mnist_sgd.broadcasting import NearestMean, accuracy_interval, mnist_distance
from mnist_sgd.data import mnist, mnist_sample
from mnist_sgd.loss import mnist_loss
from mnist_sgd.nonlinearity import simple_net
from mnist_sgd.pixels import image_tensor, sample_tensors
from mnist_sgd.small_cnn import small_cnn

DATA = SITE/'_static'/'labs'/'data'

@pytest.fixture(scope='module')
def js(browser, base):
    "js(code, value) runs the body of an async function in a page of the site; load('nn') is a module of the labs"
    page = browser.new_page()
    page.goto(base+'labs.html')
    yield lambda code, value=None: page.evaluate(
        f"async given => {{ const load = name => import('{base}_static/labs/' + name + '.js'); {code} }}", value)
    page.close()

@pytest.fixture(scope='module')
def digits(): # 200 validation digits, every one of which the sheet holds
    names = json.loads((DATA/'digits.json').read_text())['valid']['names']
    chosen = names[::len(names)//200][:200]
    folder = mnist_sample() # looks through the whole folder: once is enough
    images = torch.stack([image_tensor(folder/name) for name in chosen]).float()/255
    return [names.index(name) for name in chosen], images, torch.tensor([[float('/3/' in name)] for name in chosen])

def test_sheet_is_lossless_and_large_enough(js, digits):
    rows,images,labels = digits
    about = json.loads((DATA/'digits.json').read_text())
    assert about['train']['count']>=2000 and about['valid']['count']>=500 and (DATA/'digits.bin').stat().st_size<600_000
    for split in ('train', 'valid'): assert all(name.startswith(f'{split}/') for name in about[split]['names'])
    seen = js('''const {valid} = await (await load('digits')).loadDigits();
        return given.map(i => [[...valid.x.slice(i*784, i*784+784)], valid.t[i]])''', rows)
    torch.testing.assert_close(torch.tensor([x for x,_ in seen]), images.view(-1,784))
    assert [t for _,t in seen]==labels[:,0].int().tolist()

def test_scores_and_decisions(js, digits):
    rows,images,labels = digits
    seen = js("""
        const [nn, {readSafetensors}, {loadDigits, fetchData}] =
            await Promise.all(['nn', 'safetensors', 'digits'].map(load));
        const {valid} = await loadDigits(), x = given.flatMap(i => [...valid.x.slice(i*784, i*784+784)]);
        const read = async name => readSafetensors(await (await fetchData(name + '.safetensors')).arrayBuffer(), name);
        const {baseline} = await (await fetchData('models.json')).json();
        const means = {means: (await read('baseline')).means.data, k: baseline.k};
        return {baseline: [...nn.meanScores(means, Float32Array.from(x))],
            learner: [...nn.scores(nn.modelFrom(await read('learner')), x)],
            hidden: [...nn.scores(nn.modelFrom(await read('hidden')), x)]}""", rows)
    k = json.loads((DATA/'models.json').read_text())['baseline']['k']
    means = load_file(DATA/'baseline.safetensors')['means']
    d3,d7 = (mnist_distance(images, mean) for mean in means)
    nearest,linear,net = NearestMean(),load_file(DATA/'learner.safetensors'),simple_net()
    nearest.means = means
    net.load_state_dict(load_file(DATA/'hidden.safetensors'))
    x = images.view(-1,784)
    scores = (x@linear['weight'].T+linear['bias'])[:,0]
    with torch.no_grad(): expected = dict(baseline=k*(d7-d3), learner=scores, hidden=net(x)[:,0])
    decided = dict(baseline=nearest.predict(images)==0, learner=expected['learner']>0, hidden=expected['hidden']>0)
    for name,scores in expected.items():
        got = torch.tensor(seen[name])
        torch.testing.assert_close(got, scores.float(), rtol=0, atol=1e-4, msg=lambda m: f'{name}: {m}')
        assert ((got>0)==decided[name]).all(), name
        assert ((got>0)==(labels[:,0]==1)).float().mean()>.9, name

def test_weights_are_those_of_the_training(digits):
    "Each model file gets as many of the 2,038 images right as the record of its training says"
    _,_,x,y = sample_tensors()
    linear,net = load_file(DATA/'learner.safetensors'),simple_net()
    net.load_state_dict(load_file(DATA/'hidden.safetensors'))
    d3,d7 = (mnist_distance(x.view(-1,28,28), mean) for mean in load_file(DATA/'baseline.safetensors')['means'])
    by_learner = (x@linear['weight'].T+linear['bias'])[:,0]
    with torch.no_grad(): scores = dict(baseline=d7-d3, learner=by_learner, hidden=net(x)[:,0])
    right = {name: int(((s>0)==(y[:,0]==1)).sum()) for name,s in scores.items()}
    about = json.loads((DATA/'models.json').read_text())
    rungs = json.loads((DATA/'results.json').read_text())['rungs']
    assert right=={name: about[name]['right'] for name in right}=={r['name']: r['right'] for r in rungs}
    assert right['baseline']==1939 and right['learner']>=.975*2038 and right['hidden']>=.989*2038

# ---- the network that reads any digit

CNN = '''const cnn = await load('cnn'), {fetchData, loadDigits} = await load('digits'), {shelfOf} = await load('strip');
    const name = 'any_digit.safetensors', net = cnn.readCnn(await (await fetchData(name)).arrayBuffer(), name);
    const shelf = shelfOf(await loadDigits()), images = given.names?.map(n => shelf.image(shelf.names.indexOf(n)));'''

@pytest.fixture(scope='module')
def any_digit():
    "Images (n,784) to the probabilities of 11 classes, by PyTorch from the file that the page loads; and the threshold"
    path = DATA/'any_digit.safetensors'
    net = small_cnn((16,36,72,36), outputs=11)
    net.load_state_dict(load_file(path))
    with safe_open(path, 'pt') as f: about = f.metadata()
    @torch.no_grad()
    def read(x): return (net.eval()(x)/float(about['temperature'])).softmax(1)
    return read,usual_threshold(about['classes'].split(','))

def of_mnist(names): # images (n,784) in [0,1] and their digits
    rows = [int(name.split('/')[2].removesuffix('.png')) for name in names]
    images,labels = mnist('test')
    return images[rows].view(-1,784).float()/255, labels[rows]

def some_of_each(n=50):
    about = json.loads((DATA/'digits.json').read_text())
    names = [*about['valid']['names'], *about['others']['names']]
    return [name for digit in range(10) for name in [m for m in names if m.startswith(f'valid/{digit}/')][:n]]

def called(p, threshold): # the digit of each row, or 10
    best,digit = p[:,:10].max(1)
    return torch.where(best>=threshold, digit, 10)

def test_probabilities_of_the_cnn(js, any_digit):
    names,(read,threshold) = some_of_each(),any_digit
    seen = js(CNN+'''return images.map(x => { const p = cnn.probabilities(net, x);
        return [[...p], cnn.answerOf(p, net).place] })''', dict(names=names))
    x,digits = of_mnist(names)
    assert len(names)==500 and digits.bincount().tolist()==[50]*10
    torch.testing.assert_close(torch.tensor([p for p,_ in seen]), read(x), rtol=0, atol=1e-4)
    places = torch.tensor([place for _,place in seen])
    assert (places==called(read(x), threshold)).all() and (places==digits).float().mean()>.9
    assert (DATA/'any_digit.safetensors').stat().st_size<=250_000

def test_misread_digits_are_all_and_only_those(js, any_digit):
    about,(read,threshold) = json.loads((DATA/'models.json').read_text())['any'],any_digit
    names = json.loads((DATA/'digits.json').read_text())['misread']['names']
    seen = js(CNN+'return images.map(x => cnn.answerOf(cnn.probabilities(net, x), net).place)', dict(names=names))
    x,digits = of_mnist(names)
    images,labels = mnist('test')
    answers = torch.cat([called(read(xb.view(-1,784).float()/255), threshold) for xb in images.split(1000)])
    assert len(names)==(answers!=labels).sum()==about['n']-about['right'] and about['none']==(answers==10).sum()
    assert all(place!=digit for place,digit in zip(seen, digits.tolist()))

def test_parts_are_covered_one_at_a_time(js, any_digit):
    "The map against PyTorch, for a digit of each kind and the class that it is"
    names,(read,_) = some_of_each(1),any_digit
    seen = js(CNN+'''return images.map((x, digit) => {
        const walk = cnn.spoken(net, x, digit); let step; do step = walk.next(); while (!step.done);
        const { votes, strongest: { row, column, p } } = step.value; return [[...votes], row, column, p[digit]] })''',
              dict(names=names))
    x,digits = of_mnist(names)
    def log_odds(p, digit): return p[:,digit].clamp(min=1e-12).log()-(p.sum(1)-p[:,digit]).clamp(min=1e-12).log()
    places = [(r,c) for r in range(0, 23, 2) for c in range(0, 23, 2)]
    for image,digit,(votes,row,column,p) in zip(x, digits.tolist(), seen):
        covered,counts = image.view(1,28,28).repeat(len(places), 1, 1),torch.zeros(28,28)
        for square,(r,c) in zip(covered, places): square[r:r+6,c:c+6] = 0; counts[r:r+6,c:c+6] += 1
        double = torch.stack([image.view(28,28), *covered]).view(-1,784)
        odds = log_odds(read(double).double(), digit)
        falls,expected = odds[0]-odds[1:],torch.zeros(28,28, dtype=torch.double)
        for fall,(r,c) in zip(falls, places): expected[r:r+6,c:c+6] += fall
        torch.testing.assert_close(torch.tensor(votes).view(28,28), (expected/counts).float(), rtol=.01, atol=.02)
        assert falls.abs()[places.index((row,column))]>=falls.abs().max()-.05
        assert p==pytest.approx(read(double)[1+places.index((row,column)),digit].item(), abs=1e-4)

def test_temperature_and_threshold_are_those_of_the_file(js, tmp_path):
    tensors,(x,_) = load_file(DATA/'any_digit.safetensors'),of_mnist(some_of_each(3))
    save_file(tensors, tmp_path/'net', dict(temperature='2.5', threshold='0.6'))
    seen = js('''const {answerOf, probabilities, readCnn} = await load('cnn');
        const net = readCnn(Uint8Array.from(given.file).buffer, 'net');
        return given.x.map(x => { const p = probabilities(net, x); return [[...p], answerOf(p, net).place] })''',
              dict(file=list((tmp_path/'net').read_bytes()), x=x.tolist()))
    net = small_cnn((16,36,72,36), outputs=11)
    net.load_state_dict(tensors)
    with torch.no_grad(): p = (net.eval()(x)/2.5).softmax(1)
    torch.testing.assert_close(torch.tensor([p for p,_ in seen]), p, rtol=0, atol=1e-4)
    assert [place for _,place in seen]==called(p, .6).tolist()

@pytest.mark.alone
def test_an_answer_takes_less_than_30_ms(js):
    "From the strokes to the probabilities, for a drawing of a hundred points"
    took = js(CNN+'''const {piecesOfStrokes} = await load('pieces'), zero = Array.from({length: 100}, (_, i) =>
            [256 + Math.round(110*Math.cos(i/15)), 256 + Math.round(170*Math.sin(i/15))]);
        return Array.from({length: 40}, () => { const start = performance.now();
            cnn.probabilities(net, piecesOfStrokes([zero])[0].x); return performance.now() - start })''', {})
    print(f'{sorted(took)[20]:.1f} ms')
    assert sorted(took)[20]<30, took

@pytest.mark.parametrize('wrong,words', [(dict(drop='17.bias'), '17.bias'), (dict(temperature='0'), 'temperature'),
                                         (dict(threshold='high'), 'threshold')], ids=lambda v: str(v))
def test_broken_networks_are_refused(js, tmp_path, wrong, words):
    tensors = load_file(DATA/'any_digit.safetensors')
    tensors.pop(wrong.pop('drop', ''), None)
    save_file(tensors, tmp_path/'net', dict(temperature='1', threshold='0.3')|wrong)
    said = js('''const {readCnn} = await load('cnn');
        try { readCnn(Uint8Array.from(given).buffer, 'net'); return '' } catch (error) { return error.message }''',
              list((tmp_path/'net').read_bytes()))
    assert words in said and '\n' not in said

def box(left, top, right, bottom): return dict(left=left, top=top, right=right, bottom=bottom)

def test_reading_order(js):
    "Line by line although the writing rises, a small digit in the line of its neighbours"
    boxes = [box(60,8,80,40), box(0,10,20,42), box(30,22,40,40), box(0,60,20,90), box(50,56,70,88)]
    seen = js("return (await load('pieces')).inReadingOrder(given)", boxes[::-1])
    assert seen==[boxes[1], boxes[2], boxes[0], *boxes[3:]]

GROUPS = [([box(0,0,30,5), box(0,9,24,50)], [2]), # the bar of a 5 over its body
          ([box(0,0,20,30), box(14,4,30,50)], [1,1]), # two digits that overlap a little
          ([box(0,0,20,50), box(30,0,50,50)], [1,1]), # side by side
          ([box(0,0,20,50), box(0,60,20,110)], [1,1]), # one above the other
          ([box(0,0,24,30), box(18,0,22,50), box(60,0,80,50)], [2,1]), # a 4 of two strokes, and a digit
          ([box(0,0,40,40), box(80,18,100,22)], [1,1])] # a dash far off

@pytest.mark.parametrize('boxes,sizes', GROUPS)
def test_fragments_are_grouped(js, boxes, sizes):
    patches = [dict(id=i+1, area=9)|each for i,each in enumerate(boxes)]
    seen = js("return (await load('pieces')).groups(given)", patches)
    assert sorted(len(g['ids']) for g in seen)==sorted(sizes)
    assert sorted(i for g in seen for i in g['ids'])==[p['id'] for p in patches]

CASES = [(dict(kind='linear'), loss) for loss in ('mnist_loss', 'cross-entropy')] + [
    (dict(kind='hidden', width=7, relu=relu), loss)
    for relu in (True,False) for loss in ('mnist_loss', 'cross-entropy')]

@pytest.mark.parametrize('start', ['small', 'large'])
@pytest.mark.parametrize('model,loss', CASES)
def test_gradients_agree_with_autograd(js, digits, model, loss, start):
    rows,images,labels = digits[0][::3][:64],digits[1][::3][:64].view(-1,784),digits[2][::3][:64]
    seen = js("""
        const [nn, {loadDigits}] = await Promise.all(['nn', 'digits'].map(load)), {valid} = await loadDigits();
        const x = given.rows.flatMap(i => [...valid.x.slice(i*784, i*784+784)]), t = given.rows.map(i => valid.t[i]);
        const model = nn.createModel({...given.model, start: given.start}, 3);
        const {loss, grads} = nn.gradients(model, x, t, given.loss);
        const numbers = m => Object.fromEntries(nn.parameterNames(m).map(key => [key, [...m[key]]]));
        const before = numbers(model);
        nn.step(model, grads, 0.5);
        return {loss, before, grads: numbers(grads), after: numbers(model)}""",
              dict(rows=rows, model=model, start=start, loss=loss))
    params = {key: torch.tensor(values).requires_grad_() for key,values in seen['before'].items()}
    if model['kind']=='linear': scores = images@params['w'][:,None] + params['b']
    else:
        units = images@params['w1'].view(784,-1) + params['b1']
        scores = (units.relu() if model['relu'] else units)@params['w2'][:,None] + params['b2']
    expected = mnist_loss(scores, labels) if loss=='mnist_loss' else F.binary_cross_entropy_with_logits(scores, labels)
    expected.backward()
    assert seen['loss']==pytest.approx(expected.item(), abs=1e-5)
    for key,p in params.items():
        torch.testing.assert_close(torch.tensor(seen['grads'][key]), p.grad, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(torch.tensor(seen['after'][key]), (p-.5*p.grad).detach(), rtol=1e-5, atol=1e-5)

def test_intervals_agree(js):
    cases = [(0,1), (1,1), (250,500), (489,500), (500,500)]
    seen = js("const {wilson} = await load('nn'); return given.map(([right, n]) => wilson(right, n))", cases)
    for got,(right,n) in zip(seen, cases): assert got==pytest.approx(accuracy_interval(right, n), abs=1e-6)

def test_votes_add_up(js, digits):
    "What the pixels of an image say is all that the score says, but for the parameters that see no pixel"
    seen = js("""
        const [nn, {loadDigits}] = await Promise.all(['nn', 'digits'].map(load));
        const {valid} = await loadDigits(), x = valid.x.slice(0, 784);
        const model = nn.createModel({kind: 'linear', start: 'large'}, 1);
        const net = nn.createModel({kind: 'hidden', width: 9, relu: true}, 1);
        const without = {...net, b1: new Float32Array(9), b2: new Float32Array(1)};
        return [nn.sum(nn.pixelVotes(model, x)) + model.b[0] - nn.scores(model, x)[0],
                nn.sum(nn.pixelVotes(without, x)) - nn.scores(without, x)[0]]""")
    assert seen==pytest.approx([0, 0], abs=1e-4)

def test_broken_model_files_are_refused(js):
    "A cut file, a foreign file, a number that is not finite: one line that says so"
    good = list((DATA/'learner.safetensors').read_bytes())
    spoilt = good[:-4] + [0, 0, 0xc0, 0x7f] # NaN
    for data,words in ((good[:-8], 'end of the file'), ([1]*40, ''), (spoilt, 'finite')):
        said = js('''const {readSafetensors} = await load('safetensors');
            try { readSafetensors(Uint8Array.from(given).buffer, 'learner'); return '' }
            catch (error) { return error.message }''', data)
        assert said and '\n' not in said and words in said, (words, said)

# ---- the other labs

def test_rollercoaster_is_that_of_the_lesson(js):
    data = json.loads((DATA/'rollercoaster.json').read_text())
    assert data['speed'][:3]==pytest.approx([74.4682, 59.6494, 45.8897], abs=1e-3)
    assert data['start']==pytest.approx([-.7658, -.7506, 1.3525], abs=1e-4)
    assert data['best']==pytest.approx([.7681, -14.7421, 71.7704], abs=1e-2)
    seen = js("""
        const d = await load('descent'), raw = d.parabola(given, false), round = d.parabola(given, true);
        const usual = d.goOn(d.newWalk(raw, 'rmse', 1e-4), 10), exploding = d.goOn(d.newWalk(raw, 'mse', 1e-4), 100);
        return {usual: usual.losses, gradient: d.gradient(raw, raw.start, 'rmse'), best: raw.bestRmse,
            conditions: [raw.condition, round.condition], rate: raw.largestRate, exploded: exploding.losses.length - 1,
            arrived: d.rmseAt(d.goOn(d.newWalk(round, 'mse', 0.35), 40), 40)}""", data)
    assert [seen['usual'][i] for i in (0,1,10)]==pytest.approx([160.6979, 157.94763, 133.33282], abs=1e-3)
    assert seen['gradient']==pytest.approx([-165.5151, -10.6402, -.79], abs=1e-3)
    assert seen['best']==pytest.approx(2.7028, abs=1e-3) and seen['arrived']==pytest.approx(seen['best'], rel=1e-3)
    assert seen['conditions']==pytest.approx([218_450, 7.70], rel=1e-3)
    assert seen['rate']==pytest.approx(3.54e-5, rel=1e-3) and seen['exploded']==25

def test_slopes_are_those_of_the_curves(js):
    worst = js("""
        const {curves} = await load('descent'), points = Array.from({length: 61}, (_, i) => -3 + i/10 + 0.05);
        return Object.values(curves).map(c =>
            Math.max(...points.map(x => Math.abs((c.f(x+1e-5) - c.f(x-1e-5))/2e-5 - c.slope(x)))))""")
    assert len(worst)>=4 and max(worst)<1e-6

def shapes(n): # pairs that often fit, as a person would type them
    draw = random.Random(0)
    for _ in range(n):
        shape = [draw.choice([0, 1, 1, 2, 3, 5]) for _ in range(draw.randint(0, 4))]
        other = [s if draw.random()<.7 else draw.choice([1, 2, 4]) for s in shape[draw.randint(0, len(shape)):]]
        yield (shape, other) if draw.random()<.5 else (other, shape)

@pytest.mark.parametrize('name,run', [('elementwise', lambda a,b: a-b), ('matmul', lambda a,b: a@b)])
def test_broadcasting_is_that_of_torch(js, name, run):
    pairs = list(shapes(500))
    seen = js(f'''const {{{name}}} = await load('broadcast');
        return given.map(([a, b]) => {{ const o = {name}(a, b); return o.error ?? o.shape }})''', pairs)
    for (a,b),got in zip(pairs, seen):
        try: expected = list(run(torch.zeros(a), torch.zeros(b)).shape)
        except RuntimeError as e: expected = str(e)
        assert got==expected, (a, b)
    assert .1 < sum(isinstance(got, str) for got in seen)/len(seen) < .9
