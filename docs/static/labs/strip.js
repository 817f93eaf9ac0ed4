// The strip of the lab draw: digits that no model was trained on, to choose from.
import { el } from './lab.js';
import { image, paintDigit, tile } from './digits.js';

const STRIP = 12; // digits side by side

/** All digits there are to choose from, of the parts of the sheet: {names, short, digits, image(i), places: {part: rows}}. */
export function shelfOf(sheet) {
  const parts = [sheet.valid, sheet.others, sheet.misread], names = [], images = [];
  const places = parts.map(part => part.names.map((name, i) => {
    if (!names.includes(name)) { names.push(name); images.push(image(part, i)); }
    return names.indexOf(name);
  }));
  return { names, short: names.map(name => name.replace(/^valid\/(\d)\/(\d+)\.png$/, '$1-$2')), digits: names.map(name => Number(name.split('/')[1])),
    image: i => images[i], places: { valid: places[0], others: places[1], misread: places[2] } };
}

/** Which of them each kind of model offers: {any: {all, misread}, sides: {all, misread}}, lists of places on the shelf. */
export function choicesOf(shelf, sides) {
  const { valid, others, misread } = shelf.places;
  const half = valid.length / 2, by = digit => [...valid, ...others].filter(i => shelf.digits[i] === digit);
  const wrong = i => Object.values(sides).some(({ scores }) => (scores(shelf.image(i))[0] > 0) !== (shelf.digits[i] === 3));
  const fifth = rows => rows.filter((_, i) => i % (rows.length / 50) === 0); // 3s and 7s: as many as of the others
  const threesAndSevens = inTurn([valid.slice(0, half), valid.slice(half)]);
  return { any: { all: inTurn(Array.from({ length: 10 }, (_, digit) => fifth(by(digit)))), misread },
    sides: { all: threesAndSevens, misread: threesAndSevens.filter(wrong) } };
}

// One of each list, then the next of each.
function inTurn(lists) { return lists[0].flatMap((_, i) => lists.map(list => list[i])); }

/** The strip: {node, show(state, list)}. */
export function stripFigure(lab, shelf, field, listOf) {
  const strip = el('div', { class: 'lab-strip', role: 'group', 'aria-label': 'Digits of the validation images' });
  const where = el('span', { class: 'lab-hint', 'aria-live': 'polite' });
  const turn = by => { const pages = Math.max(1, Math.ceil(listOf(lab.state).length / STRIP)); lab.set({ page: (lab.state.page % pages + by + pages) % pages }); };
  const buttons = Array.from({ length: STRIP }, () => {
    const button = el('button', { type: 'button', click: () => lab.set({ digit: button.dataset.digit, strokes: '', piece: 0 }) }, tile(''), el('span', {}));
    return button;
  });
  strip.append(...buttons);
  const turning = el('div', { class: 'lab-turn' }, el('button', { type: 'button', click: () => turn(-1) }, 'Previous digits'), el('button', { type: 'button', click: () => turn(1) }, 'Other digits'), where);
  const node = el('figure', { class: 'lab-figure' }, el('figcaption', {}, 'Or take a digit that no model was trained on'), el('div', { class: 'lab-choose' }, field, turning), strip);
  return { node, show(state) {
    const list = listOf(state), pages = Math.max(1, Math.ceil(list.length / STRIP)), start = state.page % pages * STRIP;
    where.textContent = list.length ? `${start + 1} to ${Math.min(start + STRIP, list.length)} of ${list.length}` : 'none';
    buttons.forEach((button, i) => thumbnail(button, shelf, list[start + i], state.digit));
  } };
}

function thumbnail(button, shelf, at, digit) {
  button.hidden = at === undefined;
  if (button.hidden) return;
  const [canvas, words] = button.children, name = shelf.names[at];
  button.dataset.digit = shelf.short[at];
  button.setAttribute('aria-pressed', String(shelf.short[at] === digit));
  button.setAttribute('aria-label', wordsOf(shelf, at));
  canvas.setAttribute('aria-label', name);
  words.textContent = name.replace('valid/', '').replace('.png', '');
  paintDigit(canvas, shelf.image(at));
}

/** 'valid/8/61.png, an 8'. */
export function wordsOf(shelf, at) { return `${shelf.names[at]}, ${aDigit(shelf.digits[at])}`; }

/** A digit with its article. */
export function aDigit(digit) { return `${String(digit) === '8' ? 'an' : 'a'} ${digit}`; }
