// Train a model on real 3s and 7s, in the page.
import { choice, colour, createLab, el, hidden, inside, logSlider, onTheme, slider, textField, toggle } from './lab.js';
import { around, plot } from './plot.js';
import { createModel, unitWeights, wilson } from './nn.js';
import { image, largest, loadDigits, paintDigit, paintVotes, tile } from './digits.js';

const RECIPE = { model: 'hidden', loss: 'cross-entropy', lr: 0.2, bs: '16' };
const PRESETS = {
  'not shuffled': [{ shuffle: false },
    'First all 3s, then all 7s. The loss falls twice in each epoch, and yet for about ten epochs every image is called a 3: half of the answers are wrong. Now tick Shuffled and train again.'],
  'no ReLU': [{ ...RECIPE, relu: 'none' },
    'Two layers without a bend between them are one: 23,581 numbers end about where the 785 of the linear model do. The good recipe differs in the ReLU alone. Compare the mistakes, over several seeds, and mind that the intervals overlap: 500 digits are too few to settle it.'],
  'saturated start': [{ start: 'large', seed: '2' },
    'Large weights put most scores where the sigmoid is flat, so the steps are tiny and the loss lies on a plateau: after ten epochs half of the answers are still wrong. Seeds 0 and 1 get away sooner. Cross-entropy, whose slope does not vanish there, is the cure.'],
  'rate too high': [{ ...RECIPE, lr: 10 },
    'The first steps overshoot, and from then on every image gets the same score. Every ReLU hands on 0, and a unit that hands on 0 gets no gradient to bring it back. Set Activation to none and train again: the loss stops being a number.'],
  'good recipe': [RECIPE,
    'Thirty units with a ReLU, cross-entropy, a small rate, shuffled batches of 16, a small start. Look how the units share the work, and at the mistakes that are left.'],
};

const FIELDS = {
  model: choice('Model', { linear: 'linear', hidden: 'one hidden layer' }, 'linear'),
  width: slider('Hidden units', { min: 1, max: 100, value: 30 }),
  relu: choice('Activation', { relu: 'ReLU', none: 'none' }, 'relu'),
  loss: choice('Loss', { mnist_loss: 'mnist_loss', 'cross-entropy': 'cross-entropy' }, 'mnist_loss'),
  lr: logSlider('Learning rate', { min: 0.001, max: 10, value: 1 }),
  bs: choice('Batch size', { 1: 'one image', 16: '16', 64: '64', 256: '256', 2000: 'all 2,000' }, '256'),
  start: choice('Starting weights', { small: 'small', large: 'large' }, 'small'),
  seed: { ...textField('Seed (0 to 999)', '0'), parse: text => (isSeed(text) ? text : undefined) },
  epochs: slider('Epochs', { min: 1, max: 50, value: 20 }),
  shuffle: toggle('Shuffled', true, 'otherwise all 3s come first'),
  run: hidden(0, text => (Number.isInteger(Number(text)) ? inside(Number(text), 0, 1000) : undefined)),
};
const SETTINGS = ['model', 'width', 'relu', 'loss', 'lr', 'bs', 'start', 'seed', 'shuffle']; // these make another training
const DEFAULTS = Object.fromEntries(Object.entries(FIELDS).map(([key, field]) => [key, field.value]));

function isSeed(text) { return /^\d{1,3}$/.test(text); }

/** Put the lab into root. */
export async function mount(root) {
  root.textContent = 'Loading the digits …';
  const digits = await loadDigits();
  const lab = createLab(root, { name: 'train', label: 'Training on real 3s and 7s', fields: FIELDS,
    reset: () => training.forget(),
    render: (state, changed) => changedTo(state, changed) });
  const page = buildPage(lab, digits, { onPreset: preset, onTrain: () => (training.running ? stop() : train()),
    onEpoch: oneEpoch });
  const training = createTraining(digits, { epoch: afterEpoch, part: () => page.draw(training, false), broken: afterBreak,
    done: afterLast, failed: afterFailure });
  let spoken = 0;

  function changedTo(state, changed) {
    page.showControls(state);
    if (changed.some(key => SETTINGS.includes(key))) startAfresh(changed.includes('run') ? state.run : 0);
    else page.draw(training);
  }
  // The address may ask for epochs that are not trained yet: then they are.
  function startAfresh(run) {
    if (training.latest && !run && isSeed(lab.state.seed)) lab.say('Another training: press Train.');
    training.forget();
    if (lab.state.run !== run) lab.set({ run });
    page.draw(training);
    if (run && isSeed(lab.state.seed)) go(run);
  }
  function preset(name) {
    training.forget();
    lab.set({ ...DEFAULTS, ...PRESETS[name][0], run: 0 });
    train();
  }
  function train() {
    if (training.broken || training.epoch >= lab.state.epochs) startAfresh(0);
    go(lab.state.epochs);
  }
  function oneEpoch() {
    if (training.running) return;
    if (training.broken) startAfresh(0);
    go(training.epoch + 1);
  }
  function go(to) {
    spoken = performance.now();
    training.go(settingsOf(lab.state), to);
    lab.say('Training …');
    page.draw(training);
  }
  function stop() {
    training.stop();
    lab.set({ run: training.epoch });
    lab.say(`Stopped after ${epochs(training.epoch)}.`);
  }
  function afterEpoch() {
    if (training.epoch > lab.state.run) lab.set({ run: training.epoch });
    else page.draw(training);
    if (performance.now() - spoken < 5000) return;
    spoken = performance.now();
    lab.say(`Epoch ${training.epoch} of ${training.to}: ${outcome(training)}`);
  }
  function afterLast() {
    page.draw(training);
    lab.say(`Trained ${epochs(training.epoch)} in ${training.seconds.toFixed(1)} s: ${outcome(training)}`);
  }
  function afterBreak() {
    lab.set({ run: Math.max(lab.state.run, training.epoch + 1) }); // so that a link breaks in the same place
    page.draw(training);
    const many = training.losses.length + 1;
    lab.say(`Stopped at step ${many}, in epoch ${training.epoch + 1}: the loss is no longer a number. Try a lower learning rate${lab.state.start === 'large' ? ' or small starting weights' : ''}.`);
  }
  function afterFailure(message) {
    page.draw(training);
    lab.say(`The training could not be started (${message}). Reload the page to try again.`);
  }
  onTheme(() => page.draw(training));
  lab.start();
  if (!lab.state.run) lab.say('Nothing is trained yet.');
}

function settingsOf({ model, width, relu, loss, lr, bs, start, seed, shuffle }) {
  return { kind: model, width, relu: relu === 'relu', loss, lr, bs: Number(bs), start, seed: Number(seed), shuffle };
}

function epochs(n) { return n === 1 ? '1 epoch' : `${n} epochs`; }

function outcome({ latest, valid }) {
  const [low, high] = wilson(latest.right, valid);
  return `accuracy ${(latest.right / valid).toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}), ${valid - latest.right} mistakes of ${valid}.`;
}

// What has been trained so far, and the worker while there is one.
function createTraining(digits, on) {
  let worker;
  const training = { valid: digits.valid.count };
  const data = { train: { x: digits.train.x, t: digits.train.t }, valid: { x: digits.valid.x, t: digits.valid.t } };
  const blank = () => Object.assign(training, { epoch: 0, to: 0, seconds: 0, losses: [], part: [], history: [], latest: null, broken: false, running: false });
  const end = () => { worker?.terminate(); worker = undefined; training.running = false; };
  const take = {
    part: ({ losses }) => { training.part = losses; on.part(); },
    epoch: done => {
      Object.assign(training, { epoch: done.epoch, latest: done, part: [], seconds: training.seconds + done.seconds });
      for (const loss of done.losses) training.losses.push(loss);
      training.history.push(done.right);
      on.epoch();
    },
    broken: ({ losses }) => { end(); for (const loss of losses) training.losses.push(loss); Object.assign(training, { part: [], broken: true }); on.broken(); },
    done: () => { end(); on.done(); },
  };
  training.forget = () => { end(); blank(); };
  training.stop = () => { end(); training.part = []; };
  training.go = (settings, to) => {
    end();
    Object.assign(training, { to, running: true });
    worker = new Worker(new URL('./trainer.js', import.meta.url), { type: 'module' });
    worker.addEventListener('message', event => take[event.data.kind](event.data));
    worker.addEventListener('error', event => { end(); on.failed(event.message ?? 'no worker'); });
    const from = training.latest && { model: training.latest.model, epoch: training.epoch };
    worker.postMessage({ settings, to, from, digits: data });
  };
  blank();
  return training;
}

// Everything that can be seen; draw() asks for one picture in the next frame, however often it is called.
function buildPage(lab, digits, { onPreset, onTrain, onEpoch }) {
  const presets = presetRow(onPreset);
  lab.root.prepend(presets.node);
  const trainButton = lab.button('Train', onTrain, { class: 'primary' });
  const epochButton = lab.button('One epoch', onEpoch);
  lab.view.before(lab.root.querySelector('.lab-status'));
  const curves = el('div', { class: 'lab-columns' }), details = el('div', { class: 'lab-columns lab-details' });
  lab.view.append(curves, details);
  const showLosses = lossPlot(curves), showAccuracy = accuracyPlot(curves);
  const showNumbers = numbersTable(details), showWeights = weightsFigure(details), showMistakes = mistakesFigure(details, digits);
  const input = key => lab.root.querySelector(`#${lab.root.id}-${key}`);
  input('seed').setAttribute('inputmode', 'numeric');
  let waiting = false, all = false, training;
  function frame() {
    const { state } = lab;
    trainButton.textContent = training.running ? 'Stop' : 'Train';
    epochButton.setAttribute('aria-disabled', String(training.running)); // disabled for good, it would lose the focus
    trainButton.disabled = epochButton.disabled = !isSeed(state.seed);
    for (const show of all ? [showLosses, showAccuracy, showNumbers, showWeights, showMistakes] : [showLosses]) show(training, state);
    waiting = all = false;
  }
  return {
    showControls(state) {
      for (const key of ['width', 'relu']) input(key).disabled = state.model === 'linear';
      input('seed').setAttribute('aria-invalid', String(!isSeed(state.seed)));
      if (!isSeed(state.seed)) lab.say('The seed has to be a whole number from 0 to 999.');
      presets.show(state);
    },
    draw(next, whole = true) {
      training = next;
      all ||= whole;
      if (!waiting) requestAnimationFrame(frame);
      waiting = true;
    },
  };
}

function presetRow(onPreset) {
  const buttons = Object.keys(PRESETS).map(name => el('button', { type: 'button', 'aria-pressed': 'false', click: () => onPreset(name) }, name));
  const note = el('p', { class: 'lab-note' });
  const row = el('div', { class: 'lab-traps-row', role: 'group', 'aria-label': 'Presets: four traps and a way around them' },
    el('span', { 'aria-hidden': 'true' }, 'Traps to spring'), ...buttons);
  const matches = (state, name) => Object.entries({ ...DEFAULTS, ...PRESETS[name][0] }).every(([key, value]) => !SETTINGS.includes(key) || state[key] === value);
  return { node: el('div', { class: 'lab-traps' }, row, note),
    show(state) {
      const current = Object.keys(PRESETS).find(name => matches(state, name));
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.textContent === current));
      note.textContent = current ? PRESETS[current][1] : 'Press Train. The model sees 2,000 real 3s and 7s and is judged on 500 others. Or choose a trap and watch it spring.';
    } };
}

// At most most points of a curve, taken at even distances.
function thinned(xs, ys, most = 1000) {
  const every = Math.ceil(xs.length / most), keep = (_, i) => i % every === 0 || i === xs.length - 1;
  return { xs: xs.filter(keep), ys: ys.filter(keep) };
}

// A running mean that remembers about window values.
function smoothed(values, window) {
  const keep = 1 - 1 / window;
  let sum = 0, weight = 0;
  return values.map(v => { sum = keep * sum + v; weight = keep * weight + 1; return sum / weight; });
}

function lossPlot(parent) {
  const picture = plot(parent, { label: 'Loss of each batch: nothing trained yet', x: { label: 'epoch' }, y: { label: 'loss of a batch' }, height: 240 });
  return ({ losses, part, epoch, to, running }, { bs, epochs: wanted }) => {
    const values = [...losses, ...part], batches = Math.ceil(2000 / Number(bs)), xs = values.map((_, i) => (i + 1) / batches);
    const smooth = smoothed(values, Math.max(1, batches / 4));
    picture.draw([{ ...thinned(xs, values), colour: 'muted', line: 0.6, label: 'each batch, before its step' },
      { ...thinned(xs, smooth), colour: 'accent', line: 2, label: 'smoothed' }],
    { x: [0, Math.max(wanted, epoch, running ? to : 0)], y: [0, Math.min(largest(smooth) * 1.15, 50 * smooth[0]) || 1] }); // a loss that explodes leaves through the top
    if (values.length) picture.describe(`Loss of each batch over ${values.length} steps: smoothed, from ${smooth[0].toFixed(3)} to ${smooth.at(-1).toFixed(3)}`);
  };
}

function accuracyPlot(parent) {
  const picture = plot(parent, { label: 'Validation accuracy after each epoch: nothing trained yet', x: { label: 'epoch' }, y: { label: 'accuracy on 500 others' }, height: 240 });
  return ({ history, epoch, to, running, valid }, { epochs: wanted }) => {
    const xs = history.map((_, i) => i), ys = history.map(right => right / valid), bands = history.map(right => wilson(right, valid));
    const lows = bands.map(([low]) => low), lowest = around([...lows.slice(lows.length > 1 ? 1 : 0), 0.9])[0]; // the untrained model only while alone
    picture.draw([{ paint: bandPainter(xs, bands), colour: 'third', label: '95 % interval', mark: '▬' },
      { xs, ys, colour: 'accent', line: 2, dots: 2.5, label: 'share of right answers' }],
    { x: [0, Math.max(wanted, epoch, running ? to : 0)], y: [Math.max(0, lowest), 1.003] });
    if (history.length) picture.describe(`Validation accuracy after each epoch, with its 95 % interval: from ${ys[0].toFixed(3)} untrained to ${ys.at(-1).toFixed(3)} after epoch ${epoch}`);
  };
}

function bandPainter(xs, bands) {
  return (context, toX, toY) => {
    context.fillStyle = colour('third');
    context.globalAlpha = 0.25;
    context.beginPath();
    bands.forEach(([low], i) => context.lineTo(toX(xs[i]), toY(low)));
    for (let i = bands.length - 1; i >= 0; i--) context.lineTo(toX(xs[i]), toY(bands[i][1]));
    context.fill();
    context.globalAlpha = 1;
  };
}

function numbersTable(parent) {
  const cells = {}, rows = ['Epoch', 'Training loss', 'Validation accuracy', '95 % interval', 'Mistakes', 'Seconds'].map(name => {
    cells[name] = el('td', {}, '–');
    return el('tr', {}, el('th', { scope: 'row' }, name), cells[name]);
  });
  const table = el('table', {}, el('caption', {}, 'Where it stands'), el('tbody', {}, ...rows));
  parent.append(el('div', { class: 'lab-figure' }, table, el('p', { class: 'lab-hint' }, 'Training loss: on all 2,000 images, after the epoch. Seconds: spent on steps, on this device.')));
  return ({ latest, epoch, to, running, seconds, valid }) => {
    const [low, high] = latest ? wilson(latest.right, valid) : [];
    const texts = latest ? [running ? `${epoch} of ${to}` : String(epoch), latest.trainLoss.toFixed(4), (latest.right / valid).toFixed(3),
      `${low.toFixed(3)} to ${high.toFixed(3)}`, `${valid - latest.right} of ${valid}`, seconds.toFixed(2)] : ['0', '–', '–', '–', '–', '–'];
    Object.values(cells).forEach((cell, i) => { cell.textContent = texts[i]; });
  };
}

function figure(parent, title, ...more) {
  const caption = el('figcaption', {}, title), grid = el('div', { class: 'lab-tiles' });
  parent.append(el('figure', { class: 'lab-figure' }, caption, ...more, grid));
  return { caption, grid };
}

// Canvases are kept from picture to picture: only their number, pixels and words change.
function tiles(grid, items) {
  while (grid.children.length > items.length) grid.lastChild.remove();
  while (grid.children.length < items.length) grid.append(el('div', { class: 'lab-tile-box' }, tile(''), el('span', {})));
  items.forEach(({ label, words, paint }, i) => {
    const [canvas, text] = grid.children[i].children;
    canvas.setAttribute('aria-label', label);
    text.textContent = words;
    paint(canvas);
  });
}

function weightsFigure(parent) {
  const legend = el('p', { class: 'lab-hint' }, el('span', { class: 'lab-three' }, 'Ink here speaks for a 3'), ', ', el('span', { class: 'lab-seven' }, 'ink here for a 7'), '. Each picture has its own scale.');
  const { caption, grid } = figure(parent, '', legend);
  return ({ latest }, state) => {
    if (!isSeed(state.seed)) return;
    const model = latest?.model ?? createModel(settingsOf(state), Number(state.seed));
    caption.textContent = `${latest?.epoch ? 'The' : 'The untrained'} weights${model.kind === 'hidden' && model.width > 12 ? `, 12 of ${model.width} units` : ''}`;
    grid.classList.toggle('lab-tiles-one', model.kind === 'linear');
    tiles(grid, model.kind === 'linear' ? [wholePicture(model)] : strongestUnits(model).map(j => unitPicture(model, j)));
  };
}

function wholePicture(model) {
  return { label: 'The weights of the 784 pixels as an image', words: `bias ${signed(model.b[0])}`, paint: canvas => paintVotes(canvas, model.w) };
}

// The units with the largest votes, in the order of their numbers, so that they stay in place while they learn.
function strongestUnits({ w2 }) {
  return [...w2.keys()].sort((i, j) => Math.abs(w2[j]) - Math.abs(w2[i])).slice(0, 12).sort((i, j) => i - j);
}

function unitPicture(model, j) {
  const vote = model.w2[j], side = Math.sign(vote);
  return { label: `Weights of unit ${j + 1}, which votes for a ${vote > 0 ? 3 : 7} with ${Math.abs(vote).toFixed(2)}`, words: signed(vote),
    paint: canvas => paintVotes(canvas, unitWeights(model, j).map(w => w * side)) };
}

function signed(v) { return `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(2)}`; }

function mistakesFigure(parent, { valid }) {
  const { caption, grid } = figure(parent, '', el('p', { class: 'lab-hint' }, 'Under each: what it is, and the probability of a 3 that the model gives it.'));
  return ({ latest }) => {
    const worst = latest ? worstMistakes(latest.probabilities, valid.t) : [];
    caption.textContent = !latest ? 'The worst mistakes: none yet' : worst.length ? 'The worst mistakes' : 'No mistakes on these 500';
    tiles(grid, worst.map(i => mistakePicture(valid, i, latest.probabilities[i])));
  };
}

function worstMistakes(probabilities, t) {
  const gap = i => Math.abs(probabilities[i] - t[i]), wrong = i => (probabilities[i] > 0.5) !== (t[i] === 1);
  return [...t.keys()].filter(wrong).sort((i, j) => gap(j) - gap(i)).slice(0, 12);
}

function mistakePicture(valid, i, p) {
  const digit = valid.t[i] ? 3 : 7;
  return { label: `${valid.names[i]}, a ${digit}, probability of a 3: ${p.toFixed(2)}`, words: `${digit}: ${p.toFixed(2)}`, paint: canvas => paintDigit(canvas, image(valid, i)) };
}
