// From ink to its pieces: connected patches, fragments of one digit together, in reading order. Pure numbers, no page.
//
// Ink lies row by row, width cells a row, 0 paper to 1. A box is {left, right, top, bottom} in cells, right and bottom behind the last.
import { GRID, PEN, prepare, rasterise } from './prepare.js';

const LEAST = 0.3; // ink above it is part of a stroke, as in lesson 09
const THICKEST = 0.15; // width of a pen, as a share of the longer side of what it writes: MNIST's is thinner
const RIM = 2; // cells around a stroke whose weaker ink belongs to it

/** The digits, as far as ink tells: [{left, right, top, bottom, ink, width}] in reading order, ink and width cut out for prepare. */
export function findPieces(ink, width) {
  const { labels, patches } = findPatches(ink, width);
  return inReadingOrder(groups(withoutLines(withoutSpecks(patches), width, ink.length / width))).map(piece => ({ ...piece, ...cutOut(ink, labels, width, piece) }));
}

/** The connected patches of ink, [{id, area, left, right, top, bottom}], and for each cell the id of its patch, 0 for paper. */
export function findPatches(ink, width) {
  const labels = new Int32Array(ink.length), patches = [], waiting = [];
  for (let start = 0; start < ink.length; start++) {
    if (labels[start] || !(ink[start] > LEAST)) continue;
    const patch = { id: patches.length + 1, area: 0, left: width, right: 0, top: ink.length, bottom: 0 };
    labels[start] = patch.id;
    waiting.push(start);
    while (waiting.length) spread(waiting.pop(), ink, width, labels, patch, waiting);
    patches.push(patch);
  }
  return { labels, patches };
}

function spread(at, ink, width, labels, patch, waiting) {
  const x = at % width, y = (at - x) / width, rows = ink.length / width;
  Object.assign(patch, { area: patch.area + 1, left: Math.min(patch.left, x), right: Math.max(patch.right, x + 1),
    top: Math.min(patch.top, y), bottom: Math.max(patch.bottom, y + 1) });
  for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      const next = v * width + u;
      if (labels[next] || !(ink[next] > LEAST)) continue;
      labels[next] = patch.id;
      waiting.push(next);
    }
  }
}

function withoutSpecks(patches) {
  const largest = Math.max(...patches.map(p => p.area));
  return patches.filter(p => p.area >= largest / 15);
}

// What runs straight through most of the picture is no digit, if something else is there.
function withoutLines(patches, width, rows) {
  const long = ({ left, right, top, bottom }) => (right - left > 0.6 * width && bottom - top < 0.2 * (right - left))
    || (bottom - top > 0.6 * rows && right - left < 0.1 * (bottom - top));
  const rest = patches.filter(p => !long(p));
  return rest.length ? rest : patches;
}

/** Patches that are fragments of one digit, together: [{ids, left, right, top, bottom}]. */
export function groups(patches) {
  let found = [];
  for (const patch of patches) {
    const near = found.filter(members => members.some(one => together(one, patch)));
    found = [...found.filter(members => !near.includes(members)), [...near.flat(), patch]];
  }
  const edge = (members, name, pick) => pick(...members.map(one => one[name]));
  return found.map(members => ({ ids: members.map(one => one.id), left: edge(members, 'left', Math.min), right: edge(members, 'right', Math.max),
    top: edge(members, 'top', Math.min), bottom: edge(members, 'bottom', Math.max) }));
}

// A low patch near a tall one belongs to it; two tall ones belong together where one stands in the place of the other.
function together(a, b) {
  const [low, size] = [a.bottom - a.top, b.bottom - b.top].sort((u, v) => u - v);
  const across = overlap(a.left, a.right, b.left, b.right), down = overlap(a.top, a.bottom, b.top, b.bottom);
  if (low < 0.6 * size) return across > -0.12 * size && down > -0.25 * size && (across > 0 || down > 0);
  return across > 0.7 * Math.min(a.right - a.left, b.right - b.left) && down > 0.5 * low;
}

// How long two stretches share their way; below 0: the gap between them.
function overlap(a, b, c, d) { return Math.min(b, d) - Math.max(a, c); }

/** Boxes line by line, each from left to right. */
export function inReadingOrder(boxes) {
  const lines = [];
  for (const box of [...boxes].sort((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const line = lines.find(([first]) => overlap(first.top, first.bottom, box.top, box.bottom) > 0.5 * Math.min(first.bottom - first.top, box.bottom - box.top));
    if (line) line.push(box); else lines.push([box]);
  }
  return lines.flatMap(line => line.sort((a, b) => a.left - b.left));
}

// The ink of a piece alone, with its soft rims and without what its neighbours wrote.
function cutOut(ink, labels, width, { ids, left, right, top, bottom }) {
  const own = new Set(ids), wide = right - left + 2 * RIM, cut = new Float32Array(wide * (bottom - top + 2 * RIM)), rows = ink.length / width;
  for (let y = Math.max(0, top); y < bottom; y++) {
    for (let x = left; x < right; x++) if (own.has(labels[y * width + x])) copyAround(x, y);
  }
  function copyAround(x, y) {
    for (let v = Math.max(0, y - RIM); v <= Math.min(rows - 1, y + RIM); v++) {
      for (let u = Math.max(0, x - RIM); u <= Math.min(width - 1, x + RIM); u++) {
        const from = v * width + u;
        if (!labels[from] || own.has(labels[from])) cut[(v - top + RIM) * wide + u - left + RIM] = ink[from];
      }
    }
  }
  return { ink: cut, width: wide };
}

/** The pieces of a drawing, prepared: [{x, box}], the box in shares of the pad. A small digit gets a thinner pen, as MNIST's are. */
export function piecesOfStrokes(strokes) {
  const all = rasterise(strokes), cells = Math.sqrt(all.length);
  return findPieces(all, cells).map(piece => {
    const { left, right, top, bottom, ink, width } = piece, pen = THICKEST * Math.max(right - left, bottom - top) / cells;
    const own = strokes.filter(([start]) => holds(piece, ...start.map(v => Math.floor((v + 0.5) / GRID * cells))));
    return { x: pen < PEN ? prepare(rasterise(own, cells, pen)) : prepare(ink, width),
      box: { left: left / cells, right: right / cells, top: top / cells, bottom: bottom / cells } };
  });
}

function holds({ left, right, top, bottom, ink, width }, x, y) {
  return x >= left && x < right && y >= top && y < bottom && ink[(y - top + RIM) * width + x - left + RIM] > LEAST;
}
