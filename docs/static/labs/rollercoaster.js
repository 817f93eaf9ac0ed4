// Lab of lesson 03: three parameters, twenty speeds, and a walk that gets stuck.
import { choice, colour, createLab, el, hidden, logSlider, onTheme, presets, whole } from './lab.js';
import { around, plot } from './plot.js';
import { digits, effectiveRate, goOn, judgeWalk, newWalk, parabola, rmseAt, stepsToHalve, valleyHeight, valueAt, walkEnd } from './descent.js';
import { createRun } from './run.js';

const mostSteps = 20000, runLength = 3000, dotsUpTo = 200, linePoints = 1500;

const situations = {
  'as usually told': { loss: 'rmse', time: 'raw', lr: 1e-4, steps: 10 },
  'MSE explodes': { loss: 'mse', time: 'raw', lr: 1e-4, steps: 3 },
  'just stable': { loss: 'mse', time: 'raw', lr: 3.5e-5, steps: 2000 },
  standardised: { loss: 'mse', time: 'standard', lr: 0.35, steps: 20 },
};

// The part of the (a, b) plane that the map shows, wide enough for the swings of a walk near the largest stable rate.
const maps = { raw: { x: [-1.4, 1.4], y: [-18, 4] }, standard: { x: [-60, 115], y: [-105, 30] } };

export async function mount(root) {
  const data = await (await fetch(new URL('./data/rollercoaster.json', import.meta.url))).json();
  const problems = { raw: parabola(data, false), standard: parabola(data, true) };
  const pictures = { raw: mapPicture(problems.raw, maps.raw), standard: mapPicture(problems.standard, maps.standard) };
  const walkOf = remembered(problems);

  const lab = createLab(root, {
    name: 'rollercoaster',
    label: 'Lab: gradient descent on the rollercoaster',
    fields: {
      loss: choice('Loss', { mse: 'MSE', rmse: 'RMSE' }, 'rmse'),
      time: choice('Time', { raw: 'raw, in seconds', standard: 'standardised' }, 'raw', 'Both walks start at the same parabola.'),
      lr: logSlider('Learning rate', { min: 1e-6, max: 2, value: 1e-4 }),
      steps: hidden(0, text => whole(text, mostSteps)),
    },
    reset: () => run.stop(),
    render: (state, changed) => {
      if (changed.some(key => key !== 'steps')) run.stop();
      draw(state);
    },
  });

  const shownSteps = () => walkTo(lab.state.steps).n;
  const go = steps => lab.set({ steps: Math.min(steps, mostSteps) });
  const more = count => () => { run.stop(); go(walkTo(shownSteps() + count).n); };
  lab.button('Step', more(1), { class: 'primary' });
  const run = createRun(lab.button('Run', () => run.toggle()), {
    plan: () => ({ from: shownSteps(), to: Math.min(mostSteps, walkEnd(walkOf(lab.state), shownSteps(), shownSteps() + runLength)), faster: true }),
    show: go, started: n => lab.say(`Running from step ${n}.`),
  });
  lab.button('+100', more(100), { 'aria-label': '+100 steps' });
  lab.button('+1000', more(1000), { 'aria-label': '+1000 steps' });
  lab.button('Back to start', () => { run.stop(); go(0); });
  lab.actions.append(presets(lab, situations, state => { run.stop(); lab.set(state); }));

  const columns = el('div', { class: 'lab-pairs' });
  lab.view.append(columns);
  const panel = (title, axes) => {
    const box = el('div', { class: 'lab-panel' }), caption = el('figcaption', {}, title);
    columns.append(box);
    const drawing = plot(box, { label: title, height: 260, ...axes });
    box.firstChild.prepend(caption);
    return Object.assign(drawing, { title: text => { caption.textContent = text; } });
  };
  const fit = panel('The fit', { x: { label: 'time (s)' }, y: { label: 'speed (km/h)' } });
  const fall = panel('The loss', { x: { label: 'step' }, y: { label: 'loss, log scale', log: true } });
  const map = panel('The path', { x: { label: 'a (standardised: A)' }, y: { label: 'b (standardised: B)' } });
  const facts = el('div', { class: 'lab-card lab-facts' });
  columns.append(facts);
  onTheme(() => { for (const picture of Object.values(pictures)) picture.repaint(); });

  function walkTo(steps) {
    const walk = goOn(walkOf(lab.state), steps);
    return { walk, n: Math.min(steps, walk.path.length - 1) };
  }

  function draw({ loss, time, steps }) {
    const { walk, n } = walkTo(steps), problem = problems[time], name = loss.toUpperCase();
    fit.draw(...fitPicture(data, problem, walk.path[n]));
    fit.describe(`The measured speeds, the least-squares parabola, and the parabola after ${n} steps: RMSE ${digits(rmseAt(walk, n), 4)} km/h.`);
    fall.title(`The ${name} after each step`);
    fall.draw(...lossPicture(walk, n));
    fall.describe(`The ${name}, from ${digits(walk.losses[0], 4)} to ${digits(walk.losses[n], 4)} after ${n} steps.`);
    map.title(`The path on the map of the MSE, ${time === 'raw' ? 'raw' : 'standardised'} time`);
    map.draw(pathLayers(pictures[time], problem, walk.path, n), maps[time]);
    map.describe(`The path over a and b: from (${pair(walk.path[0])}) to (${pair(walk.path[n])}); least squares is at (${pair(problem.best)}).`);
    facts.replaceChildren(parameterTable(problem, walk.path[n], time), bowlTable(problem), note());
    if (!run.going()) lab.say(inWords(walk, n));
  }
  return lab.start();
}

// One walk is kept, so that a step more costs one step and not all of them.
function remembered(problems) {
  let walk, known;
  return ({ loss, time, lr }) => {
    const key = `${loss} ${time} ${lr}`;
    if (key !== known) [walk, known] = [newWalk(problems[time], loss, lr), key];
    return walk;
  };
}

function pair([a, b]) { return `${digits(a)}, ${digits(b)}`; }

function fitPicture({ time, speed, start }, problem, params) {
  const ts = Array.from({ length: 121 }, (_, i) => -0.5 + i / 6);
  const curve = p => ts.map(t => valueAt(p, problem.place(t)));
  const lowest = Math.min(...time.map(t => valueAt(start, t))), highest = 3 * Math.max(...speed); // a walk that runs away leaves the picture
  const layers = [
    { xs: ts, ys: curve(problem.best), colour: 'good', line: 2, dash: [6, 4], label: 'least squares' },
    { xs: ts, ys: curve(params), colour: 'second', line: 2.5, label: 'the walk' },
    { xs: time, ys: speed, colour: 'text', dots: 3.5, label: 'measured' },
  ];
  return [layers, { x: [-0.5, 19.5], y: around([...speed, ...time.map(t => Math.min(Math.max(valueAt(params, problem.place(t)), lowest), highest))]) }];
}

function lossPicture({ losses, loss, problem }, n) {
  const lowest = loss === 'rmse' ? problem.bestRmse : problem.bestRmse ** 2, ceiling = losses[0] * 1e4, end = Math.max(10, n);
  const steps = thinned(n), high = Math.max(...steps.map(i => Math.min(losses[i], ceiling)));
  const layers = [
    { xs: [-end, 2 * end], ys: [lowest, lowest], colour: 'good', line: 2, dash: [6, 4], label: 'least squares' },
    { xs: steps, ys: steps.map(i => Math.min(losses[i], ceiling * 1e9)), colour: 'second', line: 2, dots: n < 40 ? 3 : 0, label: loss.toUpperCase() },
  ];
  return [layers, { x: [-0.02 * end, 1.02 * end], y: [10 ** Math.floor(Math.log10(lowest)), high * 2] }]; // from a power of ten, so that the axis has round labels
}

// At most linePoints steps from 0 to n, both ends included, for a line as good as that of all of them.
function thinned(n) {
  const stride = Math.max(1, Math.ceil(n / linePoints)), steps = [];
  for (let i = 0; i < n; i += stride) steps.push(i);
  return [...steps, n];
}

function pathLayers(picture, { best }, path, n) {
  const points = (n <= linePoints ? path.slice(0, n + 1) : [...path.slice(0, dotsUpTo), ...thinned(n).map(i => path[i])]);
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]), dots = n <= dotsUpTo;
  return [
    { paint: (context, toX, toY, box) => context.drawImage(picture.canvas, box.left, box.top, box.width, box.height) },
    { xs, ys, colour: 'field', line: 4.5, dots: dots ? 4.5 : 0 },
    { xs, ys, colour: 'second', line: 2, dots: dots ? 3 : 0, label: 'path' },
    { xs: [xs.at(-1)], ys: [ys.at(-1)], colour: 'field', dots: 8.5 },
    { xs: [xs.at(-1)], ys: [ys.at(-1)], colour: 'second', dots: 6.5, label: 'where it stands' },
    { paint: (context, toX, toY) => drawStar(context, toX(best[0]), toY(best[1]), 10 * devicePixelRatio), mark: '★', label: 'least squares', colour: 'text' },
  ];
}

function drawStar(context, x, y, radius) {
  context.beginPath();
  for (let i = 0; i < 10; i++) {
    const angle = Math.PI * (i / 5 - 0.5), r = i % 2 ? radius * 0.45 : radius;
    context.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  context.closePath();
  context.setLineDash([]);
  context.fillStyle = colour('text');
  context.strokeStyle = colour('field');
  context.lineWidth = 2 * devicePixelRatio;
  context.fill();
  context.stroke();
}

// The height over the (a, b) plane in bands of equal ratio, painted once per theme: the lower, the more colour.
function mapPicture(problem, range, width = 480, height = 360, bands = 16) {
  const logs = new Float64Array(width * height), canvas = el('canvas', { width, height });
  const at = ([from, to], share) => from + (to - from) * share;
  let low = Infinity, high = -Infinity;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const v = Math.log(valleyHeight(problem, at(range.x, (column + 0.5) / width), at(range.y, 1 - (row + 0.5) / height)));
      logs[row * width + column] = v;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  }
  const levels = Uint8Array.from(logs, v => Math.min(bands - 1, Math.floor((v - low) / (high - low) * bands)));
  const repaint = () => paintBands(canvas, levels, bands);
  repaint();
  return { canvas, repaint };
}

function paintBands(canvas, levels, bands) {
  const context = canvas.getContext('2d'), image = context.createImageData(canvas.width, canvas.height);
  const [high, low] = [rgb(colour('field')), rgb(colour('three'))];
  const tones = Array.from({ length: bands }, (_, i) => high.map((v, k) => v + (low[k] - v) * (0.72 * (1 - i / (bands - 1)) + 0.04)));
  levels.forEach((level, i) => image.data.set([...tones[level], 255], 4 * i));
  context.putImageData(image, 0, 0);
}

function rgb(hex) { return [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)); }

function table(caption, head, rows) {
  return el('table', {}, el('caption', {}, caption),
    ...(head ? [el('thead', {}, el('tr', {}, ...head.map(text => (text ? el('th', { scope: 'col' }, text) : el('td')))))] : []),
    el('tbody', {}, ...rows.map(([name, ...cells]) => el('tr', {}, el('th', { scope: 'row' }, name), ...cells.map(text => el('td', {}, text))))));
}

function parameterTable({ best }, params, time) {
  const row = p => p.map(v => digits(v, 4));
  return table('Parameters', ['', ...(time === 'raw' ? ['a', 'b', 'c'] : ['A', 'B', 'C'])], [['the walk', ...row(params)], ['least squares', ...row(best)]]);
}

function bowlTable({ curvatures, condition, largestRate }) {
  return table('The bowl of the MSE', null, [
    ['steepest curvature', digits(curvatures[0], 5)],
    ['flattest curvature', digits(curvatures[2], 4)],
    ['condition number', digits(condition, condition > 1000 ? 5 : 2)],
    ['largest stable rate', digits(largestRate)],
  ]);
}

function note() {
  return el('p', { class: 'lab-hint' }, 'On the map, stronger blue is lower, and c has its best value at every spot; the walk has a c of its own. Standardised time begins at the same parabola, with other coefficients.');
}

function inWords(walk, n) {
  const kind = judgeWalk(walk, n), { problem, lr } = walk, [steepest, , flattest] = problem.curvatures;
  const error = digits(rmseAt(walk, n), 4), best = digits(problem.bestRmse, 4), ratio = digits(rmseAt(walk, n) / problem.bestRmse, 2);
  const limit = `2 / ${digits(steepest, 5)} = ${digits(problem.largestRate)}`;
  const patience = digits(Math.round(stepsToHalve(effectiveRate(walk, n), flattest)), 5);
  const rate = walk.loss === 'mse' ? 'At this rate' : `A step of RMSE is here one of MSE at rate / (2 RMSE) = ${digits(effectiveRate(walk, n))}; at that`;
  const bounce = `RMSE’s steps hardly shorten, so they cannot rest below rate × steepest curvature / 4 = ${digits(lr * steepest / 4)} km/h`;
  const words = {
    start: () => `RMSE ${error} km/h; least squares reaches ${best}.`,
    diverged: () => `diverged: the loss no longer fits into 32 bits. The rate is above ${limit}, the most that the steepest direction bears.`,
    growing: () => (walk.loss === 'mse' ? `diverging, RMSE ${error} km/h. The rate is above ${limit}, the most that the steepest direction bears.` : `bouncing, RMSE ${error} km/h. ${bounce}.`),
    bouncing: () => (walk.loss === 'mse' ? `turning, RMSE ${error} km/h. Rates are stable below ${limit}.` : `bouncing, RMSE ${error} km/h. ${bounce}.`),
    arrived: () => `RMSE ${error} km/h, within 1 % of least squares since step ${arrival(walk, n)}.`,
    stuck: () => `stuck at RMSE ${error} km/h, ${ratio} times least squares. ${rate} the flattest direction needs ${patience} steps to halve its gap, while the steepest forbids MSE any rate above ${limit}.`,
    falling: () => `falling, RMSE ${error} km/h, still ${ratio} times least squares.`,
  };
  return `Step ${n.toLocaleString('en')}: ${words[kind]()}`;
}

function arrival(walk, n) {
  let first = n;
  while (first > 0 && rmseAt(walk, first - 1) <= 1.01 * walk.problem.bestRmse) first -= 1;
  return first.toLocaleString('en');
}
