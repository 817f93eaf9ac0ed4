// Lab of lesson 03: a curve, a point, a rate.
import { choice, colour, createLab, hidden, logSlider, presets, slider, whole } from './lab.js';
import { around, plot } from './plot.js';
import { curves, digits, judge, runEnd, walkFrom } from './descent.js';
import { createRun } from './run.js';

const mostSteps = 1000, reach = 3;

const situations = {
  creep: { curve: 'bowl', start: 3, lr: 0.02, steps: 10 },
  settle: { curve: 'bowl', start: 3, lr: 0.3, steps: 8 },
  overshoot: { curve: 'bowl', start: 3, lr: 0.9, steps: 6 },
  diverge: { curve: 'bowl', start: 3, lr: 1.05, steps: 4 },
  'other valley': { curve: 'valleys', start: 3, lr: 0.4, steps: 19 },
  circle: { curve: 'vee', start: 2, lr: 0.3, steps: 12 },
  plateau: { curve: 'plateau', start: 3, lr: 0.3, steps: 20 },
};

export function mount(root) {
  const lab = createLab(root, {
    name: 'slope',
    label: 'Lab: a point walks down a curve',
    fields: {
      curve: choice('Curve', Object.fromEntries(Object.entries(curves).map(([key, c]) => [key, `${c.name}: ${c.formula}`])), 'bowl'),
      start: slider('Start', { min: -reach, max: reach, step: 0.05, value: 3, digits: 2, hint: 'Or drag in the picture.' }),
      lr: logSlider('Learning rate', { min: 0.001, max: 3, value: 0.1 }),
      steps: hidden(0, text => whole(text, mostSteps)),
    },
    reset: () => run.stop(),
    render: (state, changed) => {
      if (changed.some(key => key !== 'steps')) run.stop();
      draw(state);
    },
  });

  const go = steps => lab.set({ steps: Math.min(Math.max(steps, 0), mostSteps) });
  const byHand = change => () => { run.stop(); go(change(lab.state.steps)); };
  lab.button('Step', byHand(n => Math.min(n + 1, pathTo(n + 1).xs.length - 1)), { class: 'primary' });
  const run = createRun(lab.button('Run', () => run.toggle()), {
    plan: () => ({ from: shownSteps(), to: Math.min(mostSteps, runEnd(curves[lab.state.curve], lab.state.start, lab.state.lr, shownSteps(), 300)) }),
    show: go, started: n => lab.say(`Running from step ${n}.`),
  });
  lab.button('Back one step', byHand(() => shownSteps() - 1));
  lab.button('Back to start', byHand(() => 0));
  lab.actions.append(presets(lab, situations, state => { run.stop(); lab.set(state); }));

  const pick = x => lab.set({ start: Number(Math.min(Math.max(Math.round(x * 20) / 20, -reach), reach).toFixed(2)) });
  const main = plot(lab.view, { label: '', x: { label: 'x' }, y: { label: 'height (the loss)' }, height: 300, pick });
  const history = plot(lab.view, { label: '', x: { label: 'step' }, y: { label: 'loss' }, height: 170 });
  root.querySelector('.u-over').style.touchAction = 'pan-y'; // a finger may still scroll the page

  function pathTo(steps) { return walkFrom(curves[lab.state.curve], lab.state.start, lab.state.lr, steps); }
  function shownSteps() { return pathTo(lab.state.steps).xs.length - 1; } // a walk that diverged has fewer than asked for

  function draw({ curve: key, lr, steps }) {
    const curve = curves[key], path = pathTo(steps), n = path.xs.length - 1;
    main.draw(curveLayers(curve, path), curve.view);
    history.draw(...lossPicture(curve, path));
    main.describe(`The curve ${curve.formula} with ${n} steps from x = ${digits(path.xs[0])} to x = ${digits(path.xs[n])}.`);
    history.describe(`The loss after each of ${n} steps, from ${digits(path.losses[0])} to ${digits(path.losses[n])}.`);
    if (!run.going()) lab.say(inWords(curve, path, lr));
  }
  return lab.start();
}

function curveLayers(curve, { xs, losses }) {
  const [left, right] = curve.view.x, at = xs.at(-1), slope = curve.slope(at), half = (right - left) / 7;
  const line = Array.from({ length: 301 }, (_, i) => left + (right - left) * i / 300);
  return [
    { xs: line, ys: line.map(curve.f), colour: 'muted', line: 2.5, label: 'curve' },
    { xs, ys: losses, colour: 'second', line: 1.25, dots: xs.length < 60 ? 3.5 : 2, label: 'path' },
    { xs: [at - half, at + half], ys: [losses.at(-1) - half * slope, losses.at(-1) + half * slope], colour: 'third', line: 2, dash: [6, 4], label: 'tangent: the slope here' },
    { paint: (context, toX, toY) => ring(context, toX(xs[0]), toY(losses[0]), 6, 'field', 'second') },
    { paint: (context, toX, toY) => ring(context, toX(at), toY(losses.at(-1)), 7, 'second', 'field'), label: 'where it stands', colour: 'second' },
  ];
}

function ring(context, x, y, radius, fill, edge) {
  context.beginPath();
  context.arc(x, y, radius * devicePixelRatio, 0, 7);
  context.fillStyle = colour(fill);
  context.strokeStyle = colour(edge);
  context.lineWidth = 2 * devicePixelRatio;
  context.setLineDash([]);
  context.fill();
  context.stroke();
}

// The layers and ranges of the loss plot. A walk that runs away leaves through the top.
function lossPicture(curve, { losses }) {
  const ceiling = 4 * curve.view.y[1], lowest = Math.min(...curve.valleys.map(v => curve.f(v.x)));
  const steps = losses.map((_, i) => i), end = Math.max(10, losses.length - 1);
  const layers = [
    { xs: [-end, 2 * end], ys: [lowest, lowest], colour: 'good', line: 1.5, dash: [5, 4], label: 'lowest point of the curve' },
    { xs: steps, ys: losses, colour: 'second', line: 1.5, dots: losses.length < 60 ? 3.5 : 0, label: 'loss' },
  ];
  return [layers, { x: [-0.02 * end, 1.02 * end], y: around([lowest, ...losses.map(l => Math.min(l, ceiling))], 0.08) }];
}

const words = {
  start: () => 'at the start.',
  settled: ({ valley }) => `settled ${valley.name}.`,
  settling: () => 'closing in, from one side.',
  creeping: () => 'creeping: at this rate a step covers little of the way.',
  flat: () => 'creeping: the ground is almost flat here, and next to no slope makes next to no step.',
  overshooting: () => 'overshooting: it swaps sides, but lands lower each time.',
  bounced: () => 'overshooting: it has swapped sides and stands higher than before.',
  growing: () => 'diverging: it swaps sides and lands higher each time.',
  diverged: () => 'diverged: x is beyond a million.',
  jumped: ({ valley }) => `it has jumped over the hump and is now ${valley.name}.`,
  wandering: () => 'jumping to and fro: it neither settles nor runs away.',
  circles: ({ period }) => `going round in circles: the last ${period} points come again and again.`,
};

function inWords(curve, path, lr) {
  const n = path.xs.length - 1, verdict = judge(curve, path, lr, n), x = path.xs[n], slope = curve.slope(x);
  if (verdict.kind === 'diverged') return `Step ${n}: ${words.diverged()}`;
  const side = slope > 0 ? ', to the left' : slope < 0 ? ', to the right' : '';
  const step = `next step = rate × slope = ${digits(lr)} × ${digits(slope)} = ${digits(lr * slope)}${side}.`;
  return `Step ${n}: ${words[verdict.kind](verdict)} x = ${digits(x)}, slope = ${digits(slope)}, ${step}`;
}
