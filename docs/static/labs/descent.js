// Gradient descent in numbers: on a curve (slope.js) and on the rollercoaster (rollercoaster.js). Pure functions, no DOM.

// ---- Curves ----

const twoValleys = x => (x * x - 4) ** 2 / 8 + x / 4;

/** name, formula, height f, exact slope, view {x, y}, the lowest points with the words for them, and the hump between two. */
export const curves = {
  bowl: { name: 'bowl', formula: 'x²', f: x => x * x, slope: x => 2 * x,
    view: { x: [-5, 5], y: [-2, 25] }, valleys: [{ x: 0, name: 'at the bottom' }] },
  lopsided: { name: 'lopsided', formula: 'eˣ − x − 1', f: x => Math.exp(x) - x - 1, slope: x => Math.exp(x) - 1,
    view: { x: [-5, 3.3], y: [-1.5, 17] }, valleys: [{ x: 0, name: 'at the bottom' }] },
  valleys: { name: 'two valleys', formula: '(x² − 4)² / 8 + x / 4', f: twoValleys, slope: x => x * (x * x - 4) / 2 + 1 / 4,
    view: { x: [-3.4, 3.4], y: [-1, 5] }, hump: root(0),
    valleys: [{ x: root(-2), name: 'in the deeper valley, on the left' }, { x: root(2), name: 'in the shallower valley, on the right' }] },
  vee: { name: 'V', formula: '|x|', f: Math.abs, slope: Math.sign,
    view: { x: [-4, 4], y: [-0.4, 4] }, valleys: [{ x: 0, name: 'at the tip' }] },
  plateau: { name: 'plateau', formula: '4 − 4e^(−x²)', f: x => 4 - 4 * Math.exp(-x * x), slope: x => 8 * x * Math.exp(-x * x),
    view: { x: [-4, 4], y: [-0.4, 4.6] }, valleys: [{ x: 0, name: 'at the bottom' }] },
};

// Where the slope of the two valleys is zero, by Newton's method from near x.
function root(x) {
  for (let i = 0; i < 20; i++) x -= (x * (x * x - 4) / 2 + 1 / 4) / ((3 * x * x - 4) / 2);
  return x;
}

const outOfReach = 1e6;

/** The walk from start: {xs, losses}, start included. It ends early once x is out of reach. */
export function walkFrom(curve, start, lr, steps) {
  const xs = [start];
  while (xs.length <= steps && Math.abs(xs.at(-1)) < outOfReach) xs.push(xs.at(-1) - lr * curve.slope(xs.at(-1)));
  return { xs, losses: xs.map(curve.f) };
}

/**
 * What the walk is doing after its step n: {kind, valley, period}. The kinds are start, diverged, settled, circles,
 * jumped (into the other valley), overshooting, growing, bounced, wandering, flat, creeping and settling.
 */
export function judge(curve, { xs, losses }, lr, n) {
  const x = xs[n], valley = valleyOf(curve, x), slope = curve.slope(x), gap = Math.abs(x - valley.x);
  if (!(Math.abs(x) < outOfReach)) return { kind: 'diverged' };
  if (n === 0) return { kind: 'start', valley };
  if (gap < 0.005 && Math.abs(lr * slope) < 0.005) return { kind: 'settled', valley };
  const period = circle(xs, n);
  if (period) return { kind: 'circles', period };
  const crossed = curve.valleys.filter(v => (xs[n - 1] - v.x) * (x - v.x) < 0);
  if (crossed.length && restless(losses, n)) return { kind: 'wandering', valley };
  if (valleyOf(curve, xs[n - 1]) !== valley) return { kind: 'jumped', valley };
  if (crossed.length) return { kind: swap(losses, n), valley };
  if (Math.abs(lr * slope) < gap / 20) return { kind: Math.abs(slope) < 0.05 ? 'flat' : 'creeping', valley };
  return { kind: 'settling', valley };
}

// Does the loss rise and fall by turns?
function restless(losses, n) {
  const span = 12;
  if (n < span) return false;
  const rises = [...Array(span).keys()].filter(i => losses[n - i] > losses[n - i - 1]).length;
  return rises >= 2 && rises <= span - 2;
}

function swap(losses, n) {
  if (losses[n] < losses[n - 1]) return 'overshooting';
  return n > 1 && losses[n - 1] > losses[n - 2] ? 'growing' : 'bounced';
}

function valleyOf({ valleys, hump }, x) { return valleys[x > hump ? 1 : 0]; }

// The length of the circle the walk goes round in, or 0: the last points repeat those before, and are not one point.
function circle(xs, n) {
  const close = (p, q) => Math.abs(p - q) < 1e-9 * (1 + Math.abs(p));
  for (let period = 2; period <= 8 && n + 1 >= 2 * period; period++) {
    const last = xs.slice(n + 1 - period, n + 1);
    if (last.every((x, i) => close(x, xs[n + 1 - 2 * period + i])) && !close(last[0], last[1])) return period;
  }
  return 0;
}

/** The step at which a run from step `from` should stop: when the story is told, or after `most` further steps. */
export function runEnd(curve, start, lr, from, most) {
  const path = walkFrom(curve, start, lr, from + most), limit = 3 * Math.max(...curve.view.x.map(Math.abs));
  for (let n = from + 1; n < path.xs.length; n++) {
    const { kind } = judge(curve, path, lr, n);
    if (['settled', 'circles', 'diverged'].includes(kind) || (kind === 'growing' && Math.abs(path.xs[n]) > limit)) return n;
  }
  return path.xs.length - 1;
}

// ---- The rollercoaster ----

/**
 * The parabola a t² + b t + c over data {time, speed, start, best}, in raw or standardised time.
 * start and best are given for raw time; for standardised time the same two parabolas get other coefficients.
 */
export function parabola({ time, speed, start, best }, standardised) {
  const mean = average(time), scale = Math.sqrt(average(time.map(t => (t - mean) ** 2)));
  const [m, s] = standardised ? [mean, scale] : [0, 1];
  const inUnits = ([a, b, c]) => [a * s * s, s * (2 * a * m + b), a * m * m + b * m + c];
  const place = t => (t - m) / s;
  const z = time.map(place), rows = z.map(v => [v * v, v, 1]);
  const curvatures = eigenvalues(hessian(rows));
  const problem = { z, rows, speed, place, start: inUnits(start), best: inUnits(best), curvatures,
    condition: curvatures[0] / curvatures[2], largestRate: 2 / curvatures[0] };
  return { ...problem, bestRmse: Math.sqrt(meanSquare(problem, problem.best)) };
}

export function average(values) { return values.reduce((sum, v) => sum + v, 0) / values.length; }

/** The value of the parabola at v. */
export function valueAt([a, b, c], v) { return (a * v + b) * v + c; }

export function meanSquare({ z, speed }, params) { return average(z.map((v, i) => (valueAt(params, v) - speed[i]) ** 2)); }

/** The mean squared error with the best possible c: the variance of what a and b leave over. */
export function valleyHeight({ z, speed }, a, b) {
  let sum = 0, squares = 0;
  for (let i = 0; i < z.length; i++) { const left = speed[i] - (a * z[i] + b) * z[i]; sum += left; squares += left * left; }
  return squares / z.length - (sum / z.length) ** 2;
}

/** The gradient of the mean squared error, or of its root: the same direction, divided by 2 RMSE. */
export function gradient({ z, speed }, params, loss) {
  const n = z.length, sums = [0, 0, 0];
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const v = z[i], gap = valueAt(params, v) - speed[i];
    squares += gap * gap; sums[0] += gap * v * v; sums[1] += gap * v; sums[2] += gap;
  }
  const factor = loss === 'rmse' ? 1 / (n * Math.sqrt(squares / n)) : 2 / n;
  return sums.map(sum => (sum === 0 ? 0 : sum * factor));
}

function hessian(rows) {
  return [0, 1, 2].map(i => [0, 1, 2].map(j => 2 * average(rows.map(row => row[i] * row[j]))));
}

/** Eigenvalues of a symmetric 3 by 3 matrix, largest first, by Jacobi's rotations. */
export function eigenvalues(matrix) {
  const A = matrix.map(row => [...row]);
  for (let sweep = 0; sweep < 30; sweep++) for (const [p, q] of [[0, 1], [0, 2], [1, 2]]) rotate(A, p, q);
  return [A[0][0], A[1][1], A[2][2]].sort((x, y) => y - x);
}

// Turn the axes p and q so that A[p][q] becomes 0.
function rotate(A, p, q) {
  if (A[p][q] === 0) return;
  const angle = Math.atan2(2 * A[p][q], A[q][q] - A[p][p]) / 2, c = Math.cos(angle), s = Math.sin(angle);
  for (let k = 0; k < 3; k++) [A[k][p], A[k][q]] = [c * A[k][p] - s * A[k][q], s * A[k][p] + c * A[k][q]];
  for (let k = 0; k < 3; k++) [A[p][k], A[q][k]] = [c * A[p][k] - s * A[q][k], s * A[p][k] + c * A[q][k]];
}

const largestFloat = 3.4028234663852886e38; // of 32 bits: when the sum of squares is beyond it, PyTorch says inf

/** A walk that can go on: {path, losses, diverged}. It ends at its first loss that 32 bits cannot hold. */
export function newWalk(problem, loss, lr) {
  const walk = { problem, loss, lr, path: [problem.start], losses: [], diverged: false };
  walk.losses.push(lossAt(problem, problem.start, loss));
  return walk;
}

export function lossAt(problem, params, loss) {
  const mse = meanSquare(problem, params);
  return loss === 'rmse' ? Math.sqrt(mse) : mse;
}

/** Take the walk to its step n, unless it diverges before. */
export function goOn(walk, n) {
  while (walk.path.length <= n && !walk.diverged) {
    const params = walk.path.at(-1), slopes = gradient(walk.problem, params, walk.loss);
    const next = params.map((p, i) => p - walk.lr * slopes[i]);
    walk.diverged = !(meanSquare(walk.problem, next) * walk.problem.z.length <= largestFloat);
    walk.path.push(next);
    walk.losses.push(walk.diverged ? Infinity : lossAt(walk.problem, next, walk.loss));
  }
  return walk;
}

/** The RMSE at step n, whatever the loss is. */
export function rmseAt(walk, n) { return walk.loss === 'rmse' ? walk.losses[n] : Math.sqrt(walk.losses[n]); }

/** The rate of the MSE step that the walk's next step is: RMSE's gradient is MSE's divided by 2 RMSE. */
export function effectiveRate(walk, n) { return walk.loss === 'rmse' ? walk.lr / (2 * rmseAt(walk, n)) : walk.lr; }

/** How many steps of this rate halve the gap along a direction of this curvature; Infinity if they do not. */
export function stepsToHalve(rate, curvature) {
  const factor = Math.abs(1 - rate * curvature);
  return factor < 1 ? Math.log(0.5) / Math.log(factor) : Infinity;
}

/** What the walk is doing at step n: start, diverged, arrived (within 1 % of least squares), growing, bouncing, stuck or falling. */
export function judgeWalk(walk, n) {
  const { losses, problem } = walk, at = back => rmseAt(walk, Math.max(0, n - back));
  if (losses[n] === Infinity) return 'diverged';
  if (n === 0) return 'start';
  if (rmseAt(walk, n) <= 1.01 * problem.bestRmse) return 'arrived';
  if (losses[n] > losses[0]) return 'growing';
  if (at(0) > at(1) || at(1) > at(2)) return 'bouncing';
  return n >= 50 && at(Math.ceil(n / 5)) < 1.01 * at(0) ? 'stuck' : 'falling';
}

/** The step at which the walk has arrived or diverged, at most `most`. */
export function walkEnd(walk, from, most) {
  for (let n = from + 1; n <= most; n++) {
    goOn(walk, n);
    if (['arrived', 'diverged'].includes(judgeWalk(walk, n))) return n;
  }
  return most;
}

// ---- Numbers in words ----

/** A number in n digits at most: 3.54e-5, 0.0123, 26, 218,000. */
export function digits(value, n = 3) {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'not a number';
  const size = Math.abs(value), sign = value < 0 ? '−' : '';
  if (size < 1e-3 || size >= 1e7) return sign + size.toExponential(n - 1).replace('e+', 'e');
  return sign + size.toLocaleString('en', { maximumSignificantDigits: n });
}
