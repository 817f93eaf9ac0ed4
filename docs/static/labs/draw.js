// Draw a digit, or take a real one, and ask three models.
import { choice, colour, createLab, el, hidden, inside, onTheme } from './lab.js';
import { meanScores, meanVotes, modelFrom, pixelVotes, scores, sigmoid, sum } from './nn.js';
import { fetchData, image, loadDigits, paintDigit, paintVotes, tile } from './digits.js';
import { GRID, PEN, compact, decode, encode, prepare, rasterise, smooth } from './prepare.js';
import { expectShapes, readSafetensors } from './safetensors.js';

const NAMES = { baseline: 'nearest mean', learner: 'linear model', hidden: 'hidden layer' };
const SHAPES = { baseline: { means: [2, 28, 28] }, learner: { weight: [1, 784], bias: [1] },
  hidden: { '0.weight': [null, 784], '0.bias': [null], '2.weight': [1, null], '2.bias': [1] } };
const STRIP = 12; // digits side by side
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 16; // of 512, a press of an arrow key

/** Put the lab into root. */
export async function mount(root) {
  root.textContent = 'Loading the digits and the models …';
  const [{ valid }, models] = await Promise.all([loadDigits(), loadModels()]);
  const short = valid.names.map(name => name.replace(/^valid\/(\d)\/(\d+)\.png$/, '$1-$2'));
  const lab = createLab(root, { name: 'draw', label: 'Draw a 3 or a 7 and ask three models', render: () => page.draw(),
    fields: {
      model: choice('Model whose pixels are shown', NAMES, 'learner'),
      show: choice('Digits to choose from', { all: 'all 500', misread: 'those that a model misreads' }, 'all'),
      page: hidden(0, text => (Number.isInteger(Number(text)) ? inside(Number(text), 0, 49) : undefined)),
      digit: hidden('', text => (short.includes(text) ? text : undefined)),
      strokes: hidden('', text => (decode(text) ? text : undefined)),
    } });
  const page = buildPage(lab, models, { ...valid, short });
  onTheme(page.draw);
  lab.start();
}

async function loadModels() {
  const facts = await (await fetchData('models.json')).json();
  const read = async name => expectShapes(readSafetensors(await (await fetchData(`${name}.safetensors`)).arrayBuffer(), `${name}.safetensors`), SHAPES[name], `${name}.safetensors`);
  const [baseline, learner, hiddenLayer] = await Promise.all(Object.keys(NAMES).map(read));
  const nearest = { means: baseline.means.data, k: facts.baseline.k }, nets = { learner: modelFrom(learner), hidden: modelFrom(hiddenLayer) };
  const net = name => ({ ...facts[name], scores: x => scores(nets[name], x), votes: x => pixelVotes(nets[name], x) });
  return { baseline: { ...facts.baseline, scores: x => meanScores(nearest, x), votes: x => meanVotes(nearest, x) }, learner: net('learner'), hidden: net('hidden') };
}

/** What to say of the scores of the models, {name: score}. */
export function verdict(found) {
  const probabilities = Object.values(found).map(sigmoid), says = v => (v > 0 ? 3 : 7);
  if (probabilities.every(p => p > 0.1 && p < 0.9)) return 'Neither: no model is sure that this is a 3 or a 7.';
  const sides = Object.entries(found).map(([name, s]) => [NAMES[name], says(s)]);
  if (sides.every(([, side]) => side === sides[0][1])) return `All three say ${sides[0][1]}.`;
  return `They disagree: ${[3, 7].map(side => `${listed(sides.filter(s => s[1] === side).map(s => s[0]))} ${side}`).join(', ')}.`;
}

function listed(names) { return `${names.join(' and ')} ${names.length > 1 ? 'say' : 'says'}`; }

function buildPage(lab, models, digits) {
  const field = key => lab.root.querySelector(`#${lab.root.id}-${key}`).closest('.lab-field');
  const form = lab.root.querySelector('.lab-controls');
  const row = el('div', { class: 'lab-columns lab-pipeline' });
  lab.view.append(row);
  lab.view.before(lab.root.querySelector('.lab-status'));
  const pad = padFigure(row, lab), seen = seenFigure(row), votes = votesFigure(row, field('model'));
  const answers = answersFigure(lab.view, models);
  const strip = stripFigure(lab, digits, field('show'), models);
  form.remove();
  lab.view.append(strip.node, honesty(models));
  lab.button('Undo stroke', () => pad.undo());
  lab.button('Clear', () => pad.clear());
  let waiting = false;
  function frame() {
    waiting = false;
    const { state } = lab, at = digits.short.indexOf(state.digit), strokes = decode(state.strokes);
    const picked = at < 0 ? undefined : { pixels: image(digits, at), name: digits.names[at], digit: digits.t[at] ? 3 : 7 };
    const x = picked ? picked.pixels : prepare(rasterise(strokes));
    const found = x && Object.fromEntries(Object.entries(models).map(([name, model]) => [name, model.scores(x)[0]]));
    pad.show(strokes, picked);
    seen.show(x, picked);
    votes.show(x && models[state.model].votes(x), found?.[state.model], NAMES[state.model]);
    answers.show(found);
    strip.show(state);
    lab.say(found ? `${picked ? `${picked.name}, a ${picked.digit}. ` : ''}${verdict(found)}` : 'Draw a 3 or a 7.');
  }
  return { draw() { if (!waiting) requestAnimationFrame(frame); waiting = true; } };
}

function figure(parent, title, ...children) {
  const caption = el('figcaption', {}, title);
  parent.append(el('figure', { class: 'lab-figure' }, caption, ...children));
  return caption;
}

// The pad: strokes come from the pointer or from the arrow keys, and go into the state as text.
function padFigure(parent, lab) {
  const canvas = el('canvas', { class: 'lab-pad-canvas', role: 'img', 'aria-label': 'An empty pad' });
  const pad = el('div', { class: 'lab-pad', tabindex: '0', role: 'application', 'aria-label': 'Pad: draw with the pointer, or move the pen with the arrow keys and press space to put it down or lift it' }, canvas);
  const told = el('p', { class: 'lab-hint', 'aria-live': 'polite' }, 'Finger, mouse, or keyboard: arrow keys move the pen, space puts it down and lifts it.');
  const caption = figure(parent, 'Your drawing', pad, told);
  const pen = { x: 176, y: 128, down: false };
  let before = [], current = [], drawing, shown = [[], undefined];

  function begin(point) {
    before = lab.state.digit ? [] : decode(lab.state.strokes);
    current = [];
    extend(point);
  }
  function extend(point) {
    if (current.length && String(point) === String(current.at(-1))) return;
    const text = compact([...before, [...current, point]]);
    if (text === undefined) { told.textContent = 'The pad is full: undo a stroke or clear it.'; return; }
    current.push(point);
    lab.set({ strokes: text, digit: '' });
  }
  function lift() { pen.down = false; drawing = undefined; }
  followPointer(pad, canvas, { begin: (id, point) => { lift(); drawing = id; Object.assign(pen, { x: point[0], y: point[1] }); begin(point); },
    move: (id, point) => { if (id === drawing) { Object.assign(pen, { x: point[0], y: point[1] }); extend(point); } },
    end: id => { if (id === drawing) lift(); } });
  pad.addEventListener('keydown', event => {
    const move = KEYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(move || event.key === ' ')) return;
    event.preventDefault();
    if (move) movePen(move); else togglePen();
    told.textContent = `Pen ${pen.down ? 'down' : 'up'}, ${percent(pen.x)} from the left, ${percent(pen.y)} from the top.`;
    redraw();
  });
  function movePen([dx, dy]) {
    const clip = v => Math.max(0, Math.min(GRID - 1, v));
    Object.assign(pen, { x: clip(pen.x + dx * STEP), y: clip(pen.y + dy * STEP) });
    if (pen.down) extend([pen.x, pen.y]);
  }
  function togglePen() {
    pen.down = !pen.down;
    if (pen.down) begin([pen.x, pen.y]);
  }
  function redraw() { paintPad(canvas, ...shown, pad.matches(':focus-visible') ? pen : undefined); }
  for (const event of ['focus', 'blur']) pad.addEventListener(event, () => { pen.down = false; redraw(); });
  new ResizeObserver(redraw).observe(canvas);
  return {
    undo() { lift(); lab.set({ digit: '', strokes: encode(decode(lab.state.strokes).slice(0, -1)) }); },
    clear() { lift(); lab.set({ digit: '', strokes: '' }); },
    show(strokes, picked) {
      shown = [strokes, picked];
      caption.textContent = picked ? `${picked.name}, a ${picked.digit}` : 'Your drawing';
      canvas.setAttribute('aria-label', picked ? `The digit ${picked.name}, a ${picked.digit}` : strokes.length ? `Your drawing: ${strokes.length} ${strokes.length === 1 ? 'stroke' : 'strokes'}` : 'An empty pad');
      pad.classList.toggle('is-empty', !strokes.length && !picked);
      redraw();
    },
  };
}

function percent(place) { return `${Math.round(100 * place / GRID)} %`; }

function followPointer(pad, canvas, { begin, move, end }) {
  const place = event => {
    const box = canvas.getBoundingClientRect(), clip = v => Math.max(0, Math.min(GRID - 1, Math.floor(v * GRID)));
    return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
  };
  pad.addEventListener('pointerdown', event => {
    if (!event.isPrimary || event.button !== 0) return;
    pad.setPointerCapture(event.pointerId);
    begin(event.pointerId, place(event));
  });
  pad.addEventListener('pointermove', event => {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) move(event.pointerId, place(one));
  });
  for (const name of ['pointerup', 'pointercancel']) pad.addEventListener(name, event => end(event.pointerId));
}

function paintPad(canvas, strokes, picked, pen) {
  const size = Math.round(canvas.clientWidth * devicePixelRatio);
  if (!size) return;
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  context.fillStyle = colour('field');
  context.fillRect(0, 0, size, size);
  if (picked) paintPicked(context, picked, size);
  else for (const stroke of strokes) paintStroke(context, smooth(stroke), size);
  if (pen) paintPen(context, pen, size);
}

function paintPicked(context, { pixels }, size) {
  const small = tile('');
  paintDigit(small, pixels);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, size, size);
}

function paintStroke(context, line, size) {
  context.strokeStyle = colour('text');
  context.lineWidth = PEN * size;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(line[0][0] * size, line[0][1] * size);
  for (const [x, y] of line) context.lineTo(x * size, y * size);
  context.stroke();
}

function paintPen(context, { x, y, down }, size) {
  context.strokeStyle = colour('accent');
  context.fillStyle = colour('accent');
  context.lineWidth = size / 120;
  context.beginPath();
  context.arc((x + 0.5) / GRID * size, (y + 0.5) / GRID * size, PEN / 2 * size, 0, 7);
  if (down) context.fill(); else context.stroke();
}

function seenFigure(parent) {
  const canvas = tile('Nothing yet'), words = el('p', { class: 'lab-hint' });
  figure(parent, 'What the models see', canvas, words);
  return { show(x, picked) {
    paintDigit(canvas, x ?? new Float32Array(784));
    canvas.closest('.lab-figure').classList.toggle('is-empty', !x);
    canvas.setAttribute('aria-label', x ? `The 28 by 28 pixels that the models get; their mean is ${(sum(x) / 784).toFixed(2)}` : 'Nothing yet');
    words.textContent = picked ? 'A digit of MNIST, used as it is.' : 'Cut to the ink, made 20 pixels long, its centre of mass in the middle: as MNIST was made.';
  } };
}

function votesFigure(parent, field) {
  const canvas = tile('Nothing yet'), words = el('p', { class: 'lab-hint' });
  figure(parent, 'Which pixels spoke', canvas, words, field);
  return { show(votes, score, name) {
    paintVotes(canvas, votes ?? new Float32Array(784));
    canvas.closest('.lab-figure').classList.toggle('is-empty', !votes);
    const text = votes ? balance(votes, score) : ['No pixel has spoken yet.'];
    words.replaceChildren(...text);
    canvas.setAttribute('aria-label', `Votes of the pixels in the ${name}: ${words.textContent}`);
  } };
}

// What the pixels and the rest add up to: the score.
function balance(votes, score) {
  const three = sum(votes.filter(v => v > 0)), seven = sum(votes.filter(v => v < 0)), rest = score - three - seven;
  const span = (side, text) => el('span', { class: `lab-${side}` }, text);
  return [span('three', `For a 3: ${signed(three)}`), ', ', span('seven', `for a 7: ${signed(seven)}`),
    Math.abs(rest) < 0.005 ? '' : `, without pixels: ${signed(rest)}`, `. Score: ${signed(score)}, above 0 says 3.`];
}

function signed(v) { return `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(2)}`; }

function answersFigure(parent, models) {
  const list = el('ul', { class: 'lab-answers' });
  const rows = Object.entries(models).map(([name, { accuracy, n }]) => {
    const says = el('span', { class: 'lab-says' }), fill = el('div', { class: 'lab-fill' });
    list.append(el('li', {}, el('div', { class: 'lab-label' }, el('b', {}, NAMES[name]), says),
      el('div', { class: 'lab-scale', 'aria-hidden': 'true' }, el('span', {}, '7'), el('div', { class: 'lab-bar' }, fill), el('span', {}, '3')),
      el('p', { class: 'lab-hint' }, `right on ${(100 * accuracy).toFixed(1)} % of ${n.toLocaleString('en')} validation images`)));
    return { name, says, fill };
  });
  parent.append(el('div', { class: 'lab-figure' }, list));
  return { show(found) {
    for (const { name, says, fill } of rows) {
      const p = found ? sigmoid(found[name]) : 0.5;
      says.textContent = found ? `says ${found[name] > 0 ? 3 : 7}, P(3) ${about(p)}` : 'waits';
      fill.style.left = `${100 * Math.min(p, 0.5)}%`;
      fill.style.width = `${100 * Math.abs(p - 0.5)}%`;
      fill.classList.toggle('is-three', p > 0.5);
    }
  } };
}

// Two digits, but never a certainty that rounding made.
function about(p) { return p > 0.995 ? '> 0.99' : p < 0.005 ? '< 0.01' : `= ${p.toFixed(2)}`; }

function stripFigure(lab, digits, field, models) {
  const choices = { all: mixed(digits.count), misread: misread(digits, models) };
  const strip = el('div', { class: 'lab-strip', role: 'group', 'aria-label': 'Digits of the validation images' });
  const where = el('span', { class: 'lab-hint', 'aria-live': 'polite' });
  const turn = by => { const pages = Math.ceil(choices[lab.state.show].length / STRIP); lab.set({ page: (lab.state.page % pages + by + pages) % pages }); };
  const buttons = Array.from({ length: STRIP }, () => {
    const button = el('button', { type: 'button', click: () => lab.set({ digit: button.dataset.digit, strokes: '' }) }, tile(''), el('span', {}));
    return button;
  });
  strip.append(...buttons);
  const turning = el('div', { class: 'lab-turn' }, el('button', { type: 'button', click: () => turn(-1) }, 'Previous digits'), el('button', { type: 'button', click: () => turn(1) }, 'Other digits'), where);
  const node = el('figure', { class: 'lab-figure' }, el('figcaption', {}, 'Or take a digit that no model was trained on'), el('div', { class: 'lab-choose' }, field, turning), strip);
  return { node, show({ show, page, digit }) {
    const list = choices[show], pages = Math.ceil(list.length / STRIP), start = page % pages * STRIP;
    where.textContent = `${start + 1} to ${Math.min(start + STRIP, list.length)} of ${list.length}`;
    buttons.forEach((button, i) => thumbnail(button, digits, list[start + i], digit));
  } };
}

function thumbnail(button, digits, at, digit) {
  button.hidden = at === undefined;
  if (button.hidden) return;
  const [canvas, words] = button.children;
  button.dataset.digit = digits.short[at];
  button.setAttribute('aria-pressed', String(digits.short[at] === digit));
  button.setAttribute('aria-label', `${digits.names[at]}, a ${digits.t[at] ? 3 : 7}`);
  canvas.setAttribute('aria-label', digits.names[at]);
  words.textContent = digits.names[at].replace('valid/', '').replace('.png', '');
  paintDigit(canvas, image(digits, at));
}

// 3s and 7s in turn.
function mixed(n) { return Array.from({ length: n }, (_, i) => (i % 2 ? n / 2 + (i - 1) / 2 : i / 2)); }

function misread(digits, models) {
  const answers = Object.values(models).map(model => model.scores(digits.x));
  return mixed(digits.count).filter(i => answers.some(s => (s[i] > 0) !== (digits.t[i] === 1)));
}

function honesty({ baseline, hidden: best }) {
  const right = v => (100 * v).toFixed(1);
  return el('p', { class: 'lab-note' }, `The three models were trained on scanned handwriting, 12,396 images of it. There they are right on ${right(baseline.accuracy)} to ${right(best.accuracy)} % of images they have not seen; a drawing with a mouse or a finger is something else, so expect more mistakes. They know two digits only: show them an 8, and they will call it a 3 or a 7. P(3), the probability of a 3, is the sigmoid of the score. Only that of the nearest mean was fitted to be one, on the training images; the others are rather too sure.`);
}
