// From strokes of a pen to an image like those of MNIST. Pure numbers, no page.
//
// A drawing is a list of strokes, a stroke a list of points [x, y], whole numbers from 0 to 511 over the pad.
import { PIXELS } from './nn.js';

export const GRID = 512; // places a side that a point can have
export const PEN = 24 / 280; // width of the pen, as a share of the pad: prepared, its ink looks like MNIST's, in mean and to the eye
export const MOST = 1500; // characters of a drawing in the address
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SIDE = 28, BOX = 20, CENTRE = 14.5; // MNIST: 20 pixels the longer side; the mean of ink in the middle of pixel 14
const CELLS = 168; // a side of the raster that the pen draws on

/** A drawing as text: three letters a point, a dot between strokes. */
export function encode(strokes) { return strokes.map(points => points.map(letters).join('')).join('.'); }

function letters([x, y]) { return [x >> 3, (x & 7) << 3 | y >> 6, y & 63].map(v => LETTERS[v]).join(''); }

function point(text) {
  const [a, b, c] = [...text].map(letter => LETTERS.indexOf(letter));
  return [a << 3 | b >> 3, (b & 7) << 6 | c];
}

/** The drawing in text; undefined if text is none. */
export function decode(text) {
  if (text.length > MOST || !/^(([\w-]{3})+(\.([\w-]{3})+)*)?$/.test(text)) return undefined;
  return text ? text.split('.').map(stroke => stroke.match(/.../g).map(point)) : [];
}

/** The text of a drawing, no longer than MOST: the more ink, the more points are left out. undefined: it cannot be. */
export function compact(strokes) {
  return [12, 16, 24, 36, 54, 80, 120].map(gap => encode(strokes.map(stroke => thinned(stroke, gap)))).find(text => text.length <= MOST);
}

/** The first and last point of a stroke, and between them points at least gap apart. */
export function thinned(points, gap) {
  const kept = [points[0]];
  for (const place of points.slice(1, -1)) if (distance(place, kept.at(-1)) >= gap) kept.push(place);
  const last = points.at(-1);
  if (distance(last, kept.at(-1)) > 0) kept.push(last);
  return kept;
}

function distance([x, y], [u, v]) { return Math.hypot(x - u, y - v); }

/** A stroke as points close together on a smooth line, in shares of the pad: through the middles, bent at the points. */
export function smooth(points) {
  const places = points.map(([x, y]) => [(x + 0.5) / GRID, (y + 0.5) / GRID]);
  const line = [places[0]];
  for (let i = 1; i < places.length - 1; i++) {
    const from = line.at(-1), bend = places[i], to = middle(bend, places[i + 1]);
    for (const s of [0.25, 0.5, 0.75, 1]) line.push(middle3(from, bend, to, s));
  }
  line.push(places.at(-1));
  return line;
}

function middle([x, y], [u, v]) { return [(x + u) / 2, (y + v) / 2]; }

function middle3(a, b, c, s) { return a.map((_, i) => (1 - s) ** 2 * a[i] + 2 * s * (1 - s) * b[i] + s * s * c[i]); }

/** The ink of a drawing in cells x cells, 0 to 1: grey where the edge of the pen goes through a cell. */
export function rasterise(strokes, cells = CELLS, pen = PEN) {
  const ink = new Float32Array(cells * cells);
  for (const stroke of strokes) {
    const line = smooth(stroke).map(([x, y]) => [x * cells, y * cells]);
    for (let i = 0; i < line.length - 1 || i === 0; i++) segment(ink, cells, line[i], line[i + 1] ?? line[i], pen * cells / 2);
  }
  return ink;
}

function segment(ink, cells, a, b, radius) {
  const reach = radius + 1, clip = v => Math.max(0, Math.min(cells - 1, Math.floor(v)));
  for (let y = clip(Math.min(a[1], b[1]) - reach); y <= clip(Math.max(a[1], b[1]) + reach); y++) {
    for (let x = clip(Math.min(a[0], b[0]) - reach); x <= clip(Math.max(a[0], b[0]) + reach); x++) {
      const covered = Math.min(1, Math.max(0, radius + 0.5 - toSegment(x + 0.5, y + 0.5, a, b)));
      ink[y * cells + x] = Math.max(ink[y * cells + x], covered);
    }
  }
}

function toSegment(x, y, [ax, ay], [bx, by]) {
  const dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
  const s = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  const u = x - ax - s * dx, v = y - ay - s * dy;
  return Math.sqrt(u * u + v * v); // many times as fast as Math.hypot
}

/**
 * Ink made like an image of MNIST: cut to the ink, scaled to 20 pixels the longer side by averaging over areas, laid so
 * that the mean of the ink is in the centre. 784 numbers in [0,1]; undefined if there is no ink. cells: a row of ink;
 * least: what is not above it lies outside of the cut.
 */
export function prepare(ink, cells = Math.sqrt(ink.length), least = 0) {
  const box = bounds(ink, cells, least);
  if (!box) return undefined;
  const pixel = Math.max(box.right - box.left, box.bottom - box.top) / BOX; // cells a pixel
  const left = box.x - CENTRE * pixel, top = box.y - CENTRE * pixel, image = new Float32Array(PIXELS);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) image[row * SIDE + column] = areaMean(ink, cells, left + column * pixel, top + row * pixel, pixel);
  }
  return image;
}

// The edges of the ink, and its mean place.
function bounds(ink, cells, least) {
  let left = cells, right = 0, top = ink.length, bottom = 0, sum = 0, x = 0, y = 0;
  ink.forEach((v, i) => {
    if (!(v > least)) return;
    const column = i % cells, row = Math.floor(i / cells);
    left = Math.min(left, column); right = Math.max(right, column + 1);
    top = Math.min(top, row); bottom = Math.max(bottom, row + 1);
    sum += v; x += v * (column + 0.5); y += v * (row + 0.5);
  });
  return sum ? { left, right, top, bottom, x: x / sum, y: y / sum } : undefined;
}

/** Prepared ink of a photo: the weakest becomes paper, the strongest white, as lesson 09 does. */
export function stretch(image, low = 0.1, high = 0.8) {
  const most = image.reduce((a, b) => Math.max(a, b), 0);
  return image.map(v => Math.max(0, Math.min(1, (v / most - low) / (high - low))));
}

// The mean of the ink over a square with corner (left, top); a cell counts with the share that lies in the square.
function areaMean(ink, cells, left, top, side) {
  const rows = ink.length / cells;
  let sum = 0;
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(rows, top + side); y++) {
    const high = Math.min(y + 1, top + side) - Math.max(y, top);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(cells, left + side); x++) {
      sum += ink[y * cells + x] * high * (Math.min(x + 1, left + side) - Math.max(x, left));
    }
  }
  return sum / (side * side);
}
