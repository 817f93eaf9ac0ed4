// A linear model and a network with one hidden layer, their losses, gradients and steps. Pure numbers, no page.
//
// An image is 784 numbers in [0,1], a batch is images one after the other in a Float32Array (plain arrays work too).
// A model is {kind: 'linear', w, b} or {kind: 'hidden', width, relu, w1, b1, w2, b2}. w1 lies pixel by pixel: the weights
// of pixel p are w1[p*width] to w1[p*width + width-1]. So the many pixels without ink can be skipped.
import { random } from './lab.js';

export const PIXELS = 784;
const NAMES = { linear: ['w', 'b'], hidden: ['w1', 'b1', 'w2', 'b2'] };

/** The names of the parameters of a model, such as ['w', 'b']. */
export function parameterNames(model) { return NAMES[model.kind]; }

/** A model whose parameters are zeros: also the shape of its gradients. */
export function zeros({ kind, width = 0, relu = false }) {
  if (kind === 'linear') return { kind, w: new Float32Array(PIXELS), b: new Float32Array(1) };
  return { kind, width, relu, w1: new Float32Array(PIXELS * width), b1: new Float32Array(width),
    w2: new Float32Array(width), b2: new Float32Array(1) };
}

/** A fresh model. start 'small': even in ±1/sqrt(inputs), as nn.Linear draws; 'large': from the normal distribution. */
export function createModel({ kind, width = 0, relu = false, start = 'small' }, seed) {
  const model = zeros({ kind, width, relu }), next = random(seed);
  for (const name of NAMES[kind]) {
    const inputs = name.endsWith('2') ? width : PIXELS;
    const draw = start === 'large' ? () => normal(next) : () => (2 * next() - 1) / Math.sqrt(inputs);
    for (let i = 0; i < model[name].length; i++) model[name][i] = draw();
  }
  return model;
}

function normal(next) { return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()); }

/** The model in the tensors of learner.safetensors or hidden.safetensors ({name: {shape, data}}). */
export function modelFrom(tensors) {
  if (tensors.weight) return { kind: 'linear', w: Float32Array.from(tensors.weight.data), b: Float32Array.from(tensors.bias.data) };
  const [first, firstBias, second, bias] = ['0.weight', '0.bias', '2.weight', '2.bias'].map(name => tensors[name]);
  const width = first.shape[0], model = zeros({ kind: 'hidden', width, relu: true });
  for (let j = 0; j < width; j++) for (let p = 0; p < PIXELS; p++) model.w1[p * width + j] = first.data[j * PIXELS + p];
  model.b1.set(firstBias.data);
  model.w2.set(second.data);
  model.b2.set(bias.data);
  return model;
}

/** A score for each of the first n images of x: above 0 says 3. */
export function scores(model, x, n = x.length / PIXELS) {
  const out = new Float32Array(n), z = new Float64Array(model.width ?? 0);
  for (let i = 0; i < n; i++) out[i] = score(model, x, i * PIXELS, z);
  return out;
}

function score(model, x, at, z) { return model.kind === 'linear' ? linearScore(model, x, at) : hiddenScore(model, x, at, z); }

function linearScore({ w, b }, x, at) {
  let s = b[0];
  for (let p = 0; p < PIXELS; p++) s += x[at + p] * w[p];
  return s;
}

// Leaves in z what each hidden unit hands on, after the ReLU if there is one.
function hiddenScore({ width, relu, w1, b1, w2, b2 }, x, at, z) {
  for (let j = 0; j < width; j++) z[j] = b1[j];
  for (let p = 0; p < PIXELS; p++) {
    const ink = x[at + p];
    if (ink !== 0) for (let j = 0, k = p * width; j < width; j++, k++) z[j] += ink * w1[k];
  }
  let s = b2[0];
  for (let j = 0; j < width; j++) {
    if (relu && z[j] < 0) z[j] = 0; // written so that NaN stays NaN
    s += z[j] * w2[j];
  }
  return s;
}

/** The probability that belongs to score s. */
export function sigmoid(s) {
  const e = Math.exp(-Math.abs(s));
  return s < 0 ? e / (1 + e) : 1 / (1 + e);
}

/** The losses of one image with score s and label t (1 for a 3, 0 for a 7), and their slopes along the score. */
export const losses = {
  mnist_loss: {
    value: (s, t) => Math.abs(t - sigmoid(s)),
    slope: (s, t) => { const e = Math.exp(-Math.abs(s)); return (1 - 2 * t) * e / (1 + e) ** 2; },
  },
  'cross-entropy': {
    value: (s, t) => Math.max(s, 0) - s * t + Math.log1p(Math.exp(-Math.abs(s))),
    slope: (s, t) => sigmoid(s) - t,
  },
};

/** The mean loss of scores s with labels t; loss is 'mnist_loss' or 'cross-entropy'. */
export function meanLoss(s, t, loss) {
  const { value } = losses[loss];
  let total = 0;
  for (let i = 0; i < s.length; i++) total += value(s[i], t[i]);
  return total / s.length;
}

/** {loss, grads}: the mean loss over the images of x in rows (all if not given), and its gradient by parameter. */
export function gradients(model, x, t, loss, rows = Array.from(t, (_, i) => i), grads = zeros(model)) {
  const { value, slope } = losses[loss], z = new Float64Array(model.width ?? 0), n = rows.length;
  const add = model.kind === 'linear' ? addLinear : addHidden;
  for (const name of NAMES[model.kind]) grads[name].fill(0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i], at = row * PIXELS, s = score(model, x, at, z);
    total += value(s, t[row]);
    add(model, grads, x, at, z, slope(s, t[row]) / n);
  }
  return { loss: total / n, grads };
}

function addLinear(model, { w, b }, x, at, z, push) {
  for (let p = 0; p < PIXELS; p++) w[p] += push * x[at + p];
  b[0] += push;
}

// z comes in as what the units handed on, and is turned into the slope along each unit.
function addHidden({ width, relu, w2 }, grads, x, at, z, push) {
  for (let j = 0; j < width; j++) {
    grads.w2[j] += push * z[j];
    z[j] = relu && !(z[j] > 0) ? 0 : push * w2[j];
    grads.b1[j] += z[j];
  }
  grads.b2[0] += push;
  const { w1 } = grads;
  for (let p = 0; p < PIXELS; p++) {
    const ink = x[at + p];
    if (ink !== 0) for (let j = 0, k = p * width; j < width; j++, k++) w1[k] += ink * z[j];
  }
}

/** One step of gradient descent: the parameters of model change in place. */
export function step(model, grads, lr) {
  for (const name of NAMES[model.kind]) {
    const p = model[name], g = grads[name];
    for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
  }
}

/** The order of n images in an epoch, or as they lie; it depends on nothing but the seed and the epoch. */
export function epochOrder(n, shuffled, seed, epoch) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  if (!shuffled) return order;
  const next = random(1_000_003 * (seed + 1) + epoch);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** How many of scores s are on the side of their labels t: a score of exactly 0 says 7. */
export function countRight(s, t) { return s.reduce((right, v, i) => right + ((v > 0) === (t[i] === 1)), 0); }

/** The 95 % interval of an accuracy, [low, high] (Wilson, 1927). */
export function wilson(right, n) {
  const z = 1.959964, p = right / n, bottom = 1 + z * z / n;
  const centre = (p + z * z / (2 * n)) / bottom;
  const half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / bottom;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** How loudly each pixel of image x speaks: x times the slope of the score along it. 784 numbers, for a 3 above 0. */
export function pixelVotes(model, x) {
  if (model.kind === 'linear') return Float32Array.from(x, (ink, p) => ink * model.w[p]);
  const { width, relu, w1, w2 } = model, z = new Float64Array(width);
  hiddenScore(model, x, 0, z);
  return Float32Array.from(x, (ink, p) => {
    let slope = 0;
    for (let j = 0; j < width; j++) if (!relu || z[j] > 0) slope += w1[p * width + j] * w2[j];
    return ink * slope;
  });
}

/** The weights of unit j of the hidden layer as an image of 784 numbers. */
export function unitWeights({ width, w1 }, j) { return Float32Array.from({ length: PIXELS }, (_, p) => w1[p * width + j]); }

/**
 * The votes of the pixels of image x in the nearest mean: how much nearer each is to the mean 3 than to the mean 7.
 * means: the mean 3 and then the mean 7, 1568 numbers. The votes add up to the score k*(distance to 7 - distance to 3).
 */
export function meanVotes({ means, k }, x) {
  return Float32Array.from(x, (ink, p) => k / PIXELS * (Math.abs(ink - means[PIXELS + p]) - Math.abs(ink - means[p])));
}

/** The score of each of the first n images of x by the nearest mean: above 0 says 3. */
export function meanScores(model, x, n = x.length / PIXELS) {
  return Float32Array.from({ length: n }, (_, i) => sum(meanVotes(model, x.slice(i * PIXELS, (i + 1) * PIXELS))));
}

/** The sum of numbers. */
export function sum(values) { return values.reduce((total, v) => total + v, 0); }
