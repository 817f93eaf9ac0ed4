// The network of the lab draw that reads any digit: its answers, its eleven probabilities, and which parts spoke.
import { el, onTheme } from './lab.js';
import { fetchData, figure, paintDigit, paintSpoken, tile } from './digits.js';
import { CLASSES, COVER, NONE, answerOf, probabilities, readCnn, spoken } from './cnn.js';
import { aDigit } from './strip.js';

const SLICE = 10; // milliseconds of covering before the page may do something else
const STILL = 150; // milliseconds without a change before it begins

/** The network, and how good it is: {read(x), accuracy, none, n}. */
export async function loadReader(facts) {
  const name = 'any_digit.safetensors', net = readCnn(await (await fetchData(name)).arrayBuffer(), name);
  return { ...facts.any, net, read: x => { const p = probabilities(net, x); return { ...answerOf(p, net), all: p }; } };
}

/** A probability with two digits, but never a certainty that rounding made. */
export function about(p) { return p > 0.995 ? '>\u00a00.99' : p < 0.005 ? '<\u00a00.01' : p.toFixed(2); }

/** What to say of the answers to all pieces, a sentence or two. */
export function told(answers) {
  const digits = answers.filter(({ answer }) => answer !== 'none'), others = answers.length - digits.length;
  if (!digits.length && answers.length === 1) return `None: this looks like no digit. The likeliest would be ${aDigit(answers[0].digit)}, with ${about(answers[0].p)}.`;
  if (!digits.length) return `None: no digit among ${answers.length} pieces.`;
  const sure = digits.length === 1 ? ` (probability ${about(digits[0].p)})` : `: ${digits.map(d => `${d.answer} (${about(d.p)})`).join(', ')}`;
  return `It reads ${digits.map(d => d.answer).join('')}${sure}.${others ? ` ${others === 1 ? 'One piece is' : `${others} pieces are`} none of the ten digits.` : ''}`;
}

/** The pieces to choose from, and the probabilities of the one that is chosen, in parent: {node, show(pieces, answers, chosen)}. */
export function answersFigure(parent, choose) {
  const cards = el('div', { class: 'lab-pieces', role: 'group', 'aria-label': 'What was found, in reading order' }), bars = barsChart();
  const { node } = figure(parent, 'What was found', cards, bars.node);
  return { node, show(pieces, answers, chosen) {
    node.classList.toggle('is-empty', !pieces.length);
    while (cards.children.length > pieces.length) cards.lastChild.remove();
    while (cards.children.length < pieces.length) cards.append(card(cards.children.length, choose));
    pieces.forEach(({ x }, i) => fillCard(cards.children[i], x, answers[i], i, pieces.length, i === chosen));
    bars.show(answers[chosen]);
  } };
}

function card(i, choose) {
  return el('button', { type: 'button', click: () => choose(i) }, tile(''), el('b', {}), el('span', {}));
}

function fillCard(button, x, { answer, digit, p }, i, n, chosen) {
  const [canvas, name, sure] = button.children, none = answer === 'none';
  name.textContent = answer;
  sure.textContent = none ? `${digit}: ${about(p)}` : about(p);
  canvas.setAttribute('aria-label', `Piece ${i + 1}`);
  button.setAttribute('aria-pressed', String(chosen));
  button.setAttribute('aria-label', `Piece ${i + 1} of ${n}: ${none ? `none, the likeliest digit is ${digit} with probability ${about(p)}` : `${answer}, probability ${about(p)}`}`);
  button.classList.toggle('is-none', none);
  paintDigit(canvas, x);
}

function barsChart() {
  const columns = CLASSES.map(name => el('div', {}, el('small', {}), el('div', { class: 'lab-column' }, el('i', {})), el('span', {}, name)));
  const node = el('div', { class: 'lab-classes', role: 'img', 'aria-label': 'Nothing yet' }, ...columns);
  return { node, show(answer) {
    columns.forEach((column, k) => {
      const p = answer?.all[k] ?? 0;
      column.children[0].textContent = p >= 0.02 ? about(p) : '';
      column.querySelector('i').style.height = `${p < 0.005 ? 0 : 100 * p}%`;
      column.classList.toggle('is-answer', answer?.place === k);
    });
    const listed = answer && CLASSES.map((name, k) => [name, answer.all[k]]).filter(([, p]) => p >= 0.005).sort((a, b) => b[1] - a[1]);
    node.setAttribute('aria-label', listed ? `Probabilities: ${listed.map(([name, p]) => `${name} ${about(p)}`).join(', ')}` : 'Nothing yet');
  } };
}

/** Which parts of the chosen piece spoke, in parent: {node, show(x, answer)}. The answer stands first; this follows when all is still. */
export function partsFigure(parent, { net }) {
  const canvas = tile('Nothing yet'), words = el('p', { class: 'lab-hint' });
  const { node } = figure(parent, 'Which parts spoke', canvas, words);
  let shown = {}, timer;
  function paint() {
    const { x, answer, found } = shown;
    node.classList.toggle('is-empty', !x);
    paintSpoken(canvas, found?.votes ?? new Float32Array(784), x ?? new Float32Array(784));
    words.replaceChildren(...(found ? describe(found, answer, net) : [x ? 'Covering one part after another …' : 'No part has spoken yet.']));
    canvas.setAttribute('aria-label', words.textContent);
  }
  function begin() {
    const walk = spoken(net, shown.x, shown.answer.place);
    (function goOn() {
      const end = performance.now() + SLICE;
      let step = walk.next();
      while (!step.done && performance.now() < end) step = walk.next();
      if (!step.done) { timer = setTimeout(goOn); return; }
      shown = { ...shown, found: step.value };
      paint();
    })();
  }
  paint();
  onTheme(paint);
  return { node, show(x, answer) {
    if (x === shown.x) return;
    clearTimeout(timer);
    shown = { x, answer };
    paint();
    if (x) timer = setTimeout(begin, STILL);
  } };
}

// The map in words: what its colours mean, and what the part does that matters most.
function describe({ strongest }, { place, all }, net) {
  const name = place === NONE ? 'none' : aDigit(CLASSES[place]), after = answerOf(strongest.p, net);
  const still = after.place === place ? 'It is still read as' : 'It would be read as', now = after.answer === 'none' ? 'none' : aDigit(after.answer);
  return [el('span', { class: 'lab-three' }, `Blue speaks for ${name}`), ', ', el('span', { class: 'lab-seven' }, 'orange against it'),
    `. The part ${where(strongest)} counts most: covered, the probability goes from ${about(all[place])} to ${about(strongest.p[place])}. ${still} ${now}.`];
}

function where({ row, column }) {
  const third = v => Math.min(2, Math.floor((v + COVER / 2 - 4) / 20 * 3)); // of the 20 pixels in the middle
  const down = ['top', '', 'bottom'][Math.max(0, third(row))], across = ['left', '', 'right'][Math.max(0, third(column))];
  return down || across ? `at the ${`${down} ${across}`.trim()}` : 'in the middle';
}

/** What the reader should know of this network, and of photos. */
export function readerNote({ accuracy, none, n, parameters }) {
  const percent = v => `${(100 * v).toFixed(1)} %`;
  return el('p', { class: 'lab-note' }, `The small CNN has ${parameters.toLocaleString('en')} parameters and eleven answers: the ten digits, and none. Of ${n.toLocaleString('en')} scanned digits that it has not seen it calls ${percent(accuracy)} by their name, and ${percent(none / n)} none. A drawing with a mouse or a finger, or a photo, is something else, so expect more mistakes. Squared paper, frames, hard shadows and a slanting view are not taken out of a photo, and letters count as pieces too; the command mnist_sgd predict does more of that, so the two may differ.`);
}
