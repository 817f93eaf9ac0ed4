// The sheet of real digits: unpacking it, and drawing digits and maps of pixels.
import { colour, el } from './lab.js';

const SIDE = 28, kept = new Map();
let sheet;

/** {train, valid, others, misread}: each {count, x: Float32Array (count*784, in [0,1]), t: labels (1 for a 3), names}. Loaded once. */
export function loadDigits() {
  sheet ??= unpackSheet().catch(error => { sheet = undefined; throw error; });
  return sheet;
}

/** The bytes of a file in the folder data beside this module, as a Response. */
export async function fetchData(name) {
  const response = await fetch(new URL(`./data/${name}`, import.meta.url));
  if (!response.ok) throw new Error(`${name} could not be fetched: ${response.status}`);
  return response;
}

async function unpackSheet() {
  if (!('DecompressionStream' in globalThis)) throw new Error('this browser is too old to unpack the digits');
  const [about, packed] = await Promise.all([fetchData('digits.json').then(r => r.json()), fetchData('digits.bin')]);
  const bytes = new Uint8Array(await new Response(packed.body.pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());
  if (bytes.length !== about.bytes) throw new Error(`digits.bin holds ${bytes.length} pixels, expected are ${about.bytes}`);
  let start = 0;
  const split = part => ({ ...part, t: Uint8Array.from(part.labels),
    x: Float32Array.from(bytes.subarray(start * SIDE * SIDE, (start += part.count) * SIDE * SIDE), v => v / 255) });
  return { train: split(about.train), valid: split(about.valid), others: split(about.others), misread: split(about.misread) };
}

/** Image i of a split: a view of its 784 pixels. */
export function image({ x }, i) { return x.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE); }

/** A canvas of 28 x 28 pixels that says what it shows. */
export function tile(label) {
  return el('canvas', { class: 'lab-tile', width: SIDE, height: SIDE, role: 'img', 'aria-label': label });
}

/** Draw 784 pixels in [0,1] as ink on paper. */
export function paintDigit(canvas, pixels) {
  const ink = shades('text');
  paint(canvas, pixels, v => ink[Math.round(255 * v)]);
}

/** Draw 784 numbers: towards the colour of 3s above 0, towards that of 7s below; full colour at ±most. */
export function paintVotes(canvas, votes, most = largest(votes)) {
  const three = shades('three'), seven = shades('seven'), scale = most ? 255 / most : 0;
  paint(canvas, votes, v => (v > 0 ? three : seven)[Math.min(255, Math.round(Math.abs(v) * scale))]);
}

/** Draw 784 numbers as paintVotes does, with the digit over them. */
export function paintSpoken(canvas, votes, pixels, most = largest(votes)) {
  const three = shades('three'), seven = shades('seven'), text = rgb('text'), scale = most ? 200 / most : 0;
  paint(canvas, votes, (v, i) => (v > 0 ? three : seven)[Math.round(Math.abs(v) * scale)].map((c, part) => (part === 3 ? 255 : c + 0.6 * pixels[i] * (text[part] - c))));
}

/** A figure with a title in parent: {node, caption}. */
export function figure(parent, title, ...children) {
  const caption = el('figcaption', {}, title), node = el('figure', { class: 'lab-figure' }, caption, ...children);
  parent.append(node);
  return { node, caption };
}

/** The largest absolute value, 0 if there is none. */
export function largest(values) { return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0); }

function paint(canvas, values, toColour) {
  const context = canvas.getContext('2d'), picture = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < values.length; i++) picture.data.set(toColour(values[i], i), 4 * i);
  context.putImageData(picture, 0, 0);
}

// 256 steps from the colour of the paper to the named one, as bytes of a pixel. Kept, since pictures are drawn often.
function shades(name) {
  const from = rgb('field'), to = rgb(name), key = `${from} ${to}`;
  if (!kept.has(key)) kept.set(key, Array.from({ length: 256 }, (_, i) => Uint8ClampedArray.from([...from.map((v, c) => v + (to[c] - v) * i / 255), 255])));
  return kept.get(key);
}

function rgb(name) { return [1, 3, 5].map(at => parseInt(colour(name).slice(at, at + 2), 16)); }
