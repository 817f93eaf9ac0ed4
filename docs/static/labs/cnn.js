// The network that reads any digit: four convolutions, three of them pooled, and a linear layer. Pure numbers, no page.
//
// An image is 784 numbers in [0,1]. The file holds the tensors of small_cnn((16,36,72,36), outputs=11), in PyTorch's names.
import { expectShapes, readMetadata, readSafetensors } from './safetensors.js';

export const CLASSES = [...'0123456789', 'none'];
export const NONE = 10; // the place of none among the classes
export const COVER = 6; // pixels a side of the square that covers a part
const STRIDE = 2, SIDE = 28; // pixels from one covered place to the next
const CHANNELS = [1, 16, 36, 72, 36], SIDES = [28, 14, 7, 3]; // channels before and behind, and pixels a side, of each convolution
const CONVOLUTIONS = ['1', '5', '9', '13'], NORMS = ['3', '7', '11', '14'], LINEAR = '17', EPSILON = 1e-5;
const FEATURES = CHANNELS.at(-1) * SIDES.at(-1) ** 2;

function shapes() {
  const wanted = { [`${LINEAR}.weight`]: [CLASSES.length, FEATURES], [`${LINEAR}.bias`]: [CLASSES.length] };
  CONVOLUTIONS.forEach((name, i) => { wanted[`${name}.weight`] = [CHANNELS[i + 1], CHANNELS[i], 3, 3]; });
  NORMS.forEach((name, i) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) wanted[`${name}.${part}`] = [CHANNELS[i + 1]];
    wanted[`${name}.num_batches_tracked`] = [];
  });
  return wanted;
}

/** The network in the bytes of a file; an Error with one line that says what is wrong with it. */
export function readCnn(buffer, name = 'file') {
  const tensors = expectShapes(readSafetensors(buffer, name), shapes(), name), about = readMetadata(buffer, name);
  const number = (key, otherwise, most) => {
    const value = Number(about[key] ?? otherwise);
    if (!(value > 0 && value <= most)) throw new Error(`${name}: ${key} should be above 0 and at most ${most}, is ${about[key]}`);
    return value;
  };
  return { layers: CONVOLUTIONS.map((_, i) => layer(tensors, i)), weight: tensors[`${LINEAR}.weight`].data, bias: tensors[`${LINEAR}.bias`].data,
    features: new Float32Array(FEATURES), temperature: number('temperature', 1, 1e6), threshold: number('threshold', 0.22, 1) };
}

// A convolution, its normalisation as a factor and a shift for each channel, and room to work in: padded has a rim of zeros.
function layer(tensors, i) {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(part => tensors[`${NORMS[i]}.${part}`].data);
  const factor = weight.map((w, c) => w / Math.sqrt(variance[c] + EPSILON)), side = SIDES[i];
  return { weight: tensors[`${CONVOLUTIONS[i]}.weight`].data, from: CHANNELS[i], to: CHANNELS[i + 1], side, pooled: i < 3,
    factor, shift: bias.map((b, c) => b - mean[c] * factor[c]),
    padded: new Float32Array(CHANNELS[i] * (side + 2) ** 2), sums: new Float32Array(side * side) };
}

/** The 11 scores of image x. */
export function classScores({ layers, features, weight, bias }, x) {
  write(x, 0, layers[0].padded, 0, SIDE, 1);
  layers.forEach((one, i) => convolve(one, layers[i + 1]?.padded ?? features, layers[i + 1] ? 1 : 0));
  return Float32Array.from(bias, (b, k) => features.reduce((sum, v, j) => sum + v * weight[k * FEATURES + j], b));
}

// A plane of side x side into another that has a rim.
function write(plane, from, into, at, side, rim) {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) into[at + (y + rim) * (side + 2 * rim) + x + rim] = plane[from + y * side + x];
  }
}

function convolve(one, into, rim) {
  const { weight, from, to, side, pooled, padded, sums, factor, shift } = one, size = (side + 2) ** 2, after = pooled ? side >> 1 : side;
  for (let c = 0; c < to; c++) {
    sums.fill(0);
    for (let i = 0; i < from; i++) addFiltered(sums, padded, i * size, weight, 9 * (c * from + i), side);
    if (pooled) pool(sums, side);
    for (let i = 0; i < after * after; i++) sums[i] = Math.max(0, sums[i] * factor[c] + shift[c]);
    write(sums, 0, into, c * (after + 2 * rim) ** 2, after, rim);
  }
}

function addFiltered(sums, plane, at, weight, w, side) {
  const a = weight[w], b = weight[w + 1], c = weight[w + 2], d = weight[w + 3], e = weight[w + 4], f = weight[w + 5];
  const g = weight[w + 6], h = weight[w + 7], k = weight[w + 8], wide = side + 2;
  for (let y = 0, out = 0; y < side; y++) {
    for (let x = 0, p = at + y * wide, q = p + wide, r = q + wide; x < side; x++, p++, q++, r++, out++) {
      sums[out] += a * plane[p] + b * plane[p + 1] + c * plane[p + 2] + d * plane[q] + e * plane[q + 1] + f * plane[q + 2]
        + g * plane[r] + h * plane[r + 1] + k * plane[r + 2];
    }
  }
}

// The largest of each 2 x 2, in place: it is written where nothing will be read again.
function pool(plane, side) {
  const half = side >> 1;
  for (let y = 0; y < half; y++) {
    for (let x = 0, p = 2 * y * side; x < half; x++, p += 2) {
      plane[y * half + x] = Math.max(plane[p], plane[p + 1], plane[p + side], plane[p + side + 1]);
    }
  }
}

/** The probability of each of the 11 classes: the softmax of the scores. */
export function probabilities(net, x) {
  const scores = classScores(net, x).map(s => s / net.temperature), most = Math.max(...scores);
  const parts = scores.map(s => Math.exp(s - most)), total = parts.reduce((a, b) => a + b);
  return parts.map(v => v / total);
}

/** What to answer: {answer: '0' to '9' or 'none', place among the classes, digit: the likeliest of the ten, p: its probability}. */
export function answerOf(p, { threshold }) {
  let digit = 0;
  for (let k = 1; k < NONE; k++) if (p[k] > p[digit]) digit = k;
  const place = p[digit] >= threshold ? digit : NONE;
  return { answer: CLASSES[place], place, digit: CLASSES[digit], p: p[digit] };
}

/**
 * Which parts of x speak for the class at place: squares are covered with paper, one at a time. A generator that yields
 * after each, so that the page stays awake, and returns {votes, strongest}. votes: 784 numbers, how much the log odds of
 * the class fall when the pixel is covered, in the mean over the squares that cover it. strongest: the square that
 * changes them most, {row, column, p: the probabilities when it is covered}; undefined if there is no ink.
 */
export function* spoken(net, x, place) {
  const votes = new Float32Array(SIDE * SIDE), counts = new Float32Array(SIDE * SIDE), whole = logOdds(probabilities(net, x), place);
  let strongest, most = -1;
  for (const [row, column] of places()) {
    const hidden = covered(x, row, column);
    let fall = 0;
    if (hidden) {
      const p = probabilities(net, hidden);
      fall = whole - logOdds(p, place);
      if (Math.abs(fall) > most) { most = Math.abs(fall); strongest = { row, column, p }; }
      yield;
    }
    each(row, column, i => { votes[i] += fall; counts[i] += 1; });
  }
  return { votes: votes.map((v, i) => v / counts[i]), strongest };
}

function places() {
  const starts = Array.from({ length: (SIDE - COVER) / STRIDE + 1 }, (_, i) => i * STRIDE);
  return starts.flatMap(row => starts.map(column => [row, column]));
}

function each(row, column, run) {
  for (let y = row; y < row + COVER; y++) for (let x = column; x < column + COVER; x++) run(y * SIDE + x);
}

// undefined where there is nothing to cover.
function covered(x, row, column) {
  const copy = Float32Array.from(x);
  let ink = 0;
  each(row, column, i => { ink += copy[i]; copy[i] = 0; });
  return ink ? copy : undefined;
}

function logOdds(p, place) {
  const rest = p.reduce((sum, v, k) => (k === place ? sum : sum + v), 0);
  return Math.log(Math.max(p[place], 1e-12)) - Math.log(Math.max(rest, 1e-12));
}
