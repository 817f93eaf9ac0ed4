// Photos for the lab draw: chosen, taken with the camera, or dropped. They are read in this page and sent nowhere.
import { el } from './lab.js';
import { inkOf, thickened } from './photo.js';
import { findPieces } from './pieces.js';
import { prepare, stretch } from './prepare.js';

const LARGEST = 1000; // pixels of the longer side that are looked at
const INK = 0.3; // ink above it counts when a piece is cut out, as in lesson 09

/** Buttons and a place to drop: take({canvas, left, top, width, height, pieces}) gets a photo, fail(text) one line. */
export function photoButtons(lab, place, take, fail) {
  const open = async file => {
    try { take(await readPhoto(file)); } catch (error) { fail(error.message); }
  };
  const input = (words, more = {}) => {
    const chooser = el('input', { type: 'file', accept: 'image/*', hidden: true, 'aria-label': words, ...more, change: () => { if (chooser.files[0]) open(chooser.files[0]); chooser.value = ''; } });
    lab.root.append(chooser);
    return chooser;
  };
  const choose = input('Photo to read'), shoot = input('Photo to take', { capture: 'environment' });
  lab.button('Choose a photo', () => choose.click());
  lab.button('Take a photo', () => shoot.click(), { class: 'lab-camera' });
  lab.actions.append(el('span', { class: 'lab-hint lab-private' }, 'Or drop one on the pad. A photo stays in your browser: nothing is sent anywhere.'));
  acceptDrops(place, open, fail);
}

function acceptDrops(place, open, fail) {
  const over = (event, is) => { event.preventDefault(); place.classList.toggle('is-over', is); };
  place.addEventListener('dragover', event => over(event, true));
  place.addEventListener('dragleave', event => over(event, false));
  place.addEventListener('drop', event => {
    over(event, false);
    const [file] = event.dataTransfer.files;
    if (file) open(file); else fail('That was no file: drop a picture that is saved on this device.');
  });
}

async function readPhoto(file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file); }
  catch { throw new Error(`${file.name} cannot be opened as a picture: this browser reads JPEG, PNG, WebP and GIF. Save it as one of them and try again.`); }
  const canvas = shrunk(bitmap), { width, height } = canvas;
  bitmap.close();
  const ink = inkOf(canvas.getContext('2d').getImageData(0, 0, width, height));
  return { canvas, ...fitted(width, height), pieces: ink ? findPieces(ink.data, width).map(piece => onPad(piece, width, height)) : [] };
}

function shrunk(bitmap) {
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height)), size = v => Math.max(1, Math.round(v * scale));
  const canvas = el('canvas', { width: size(bitmap.width), height: size(bitmap.height) }), context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// Where a picture lies on the square pad, in shares of the pad.
function fitted(width, height) {
  const side = Math.max(width, height);
  return { left: (1 - width / side) / 2, top: (1 - height / side) / 2, width: width / side, height: height / side };
}

function onPad(piece, width, height) {
  const side = Math.max(width, height), { left, top } = fitted(width, height), pen = thickened(piece);
  const box = { left: left + piece.left / side, right: left + piece.right / side, top: top + piece.top / side, bottom: top + piece.bottom / side };
  return { x: stretch(prepare(pen.ink, pen.width, INK)), box };
}
