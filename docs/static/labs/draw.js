// Draw digits, take a photo of some, or pick real ones, and ask a network that reads any digit, or three that know 3s and 7s.
import { choice, createLab, el, hidden, onTheme, whole } from './lab.js';
import { fetchData, figure, loadDigits, paintDigit, tile } from './digits.js';
import { decode } from './prepare.js';
import { piecesOfStrokes } from './pieces.js';
import { padFigure } from './pad.js';
import { photoButtons } from './picture.js';
import { answersFigure, loadReader, partsFigure, readerNote, told } from './reader.js';
import { SIDES, loadSides, answersFigure as sidesFigure, sidesNote, verdict, votesFigure } from './sides.js';
import { choicesOf, shelfOf, stripFigure, wordsOf } from './strip.js';
import { sum } from './nn.js';

const MODELS = { any: 'small CNN: any digit, or none', ...Object.fromEntries(Object.entries(SIDES).map(([key, name]) => [key, `${name}: 3 or 7`])) };
const MOST = 24; // pieces that are read

/** Put the lab into root. */
export async function mount(root) {
  root.textContent = 'Loading the digits and the models …';
  const [sheet, facts] = await Promise.all([loadDigits(), fetchData('models.json').then(r => r.json())]);
  const [reader, sides] = await Promise.all([loadReader(facts), loadSides(facts)]), shelf = shelfOf(sheet);
  const lab = createLab(root, { name: 'draw', label: 'Draw digits or take a photo of some, and ask a network to read them',
    render: (_, changed) => page.draw(changed), reset: () => page.forget(),
    fields: {
      model: choice('Model', MODELS, 'any'),
      show: choice('Digits to choose from', { all: 'all', misread: 'those that a model misreads' }, 'all'),
      page: hidden(0, text => whole(text, 999)),
      piece: hidden(0, text => whole(text, MOST - 1)),
      digit: hidden('', text => (shelf.short.includes(text) ? text : undefined)),
      strokes: hidden('', text => (decode(text) ? text : undefined)),
    } });
  const page = buildPage(lab, reader, sides, shelf);
  onTheme(page.draw);
  lab.start();
}

function buildPage(lab, reader, sides, shelf) {
  const source = sourceOf(shelf), parts = buildParts(lab, reader, sides, shelf, source);
  let waiting = false;
  function frame() {
    waiting = false;
    const { state } = lab, now = source.look(state), any = state.model === 'any', chosen = Math.min(state.piece, now.pieces.length - 1);
    const x = now.pieces[chosen]?.x, answers = now.pieces.map(piece => (piece.answer ??= reader.read(piece.x)));
    parts.pad.show({ ...now, boxes: now.pieces.map(({ box }, i) => ({ ...box, label: any ? answers[i].answer.replace('none', '–') : String(i + 1), chosen: i === chosen })) });
    parts.seen.show(x, now);
    parts.showModel(any);
    if (any) parts.parts.show(x, answers[chosen]); else parts.votes.show(x, state.model);
    const found = x && Object.fromEntries(Object.entries(sides).map(([name, model]) => [name, model.scores(x)[0]]));
    parts.answers.show(now.pieces, answers, chosen);
    if (!any) parts.sides.show(found);
    parts.strip.show(state);
    lab.say(sentence(now, any, answers, found, chosen));
  }
  return {
    forget: source.forget,
    draw(changed = []) {
      if (changed.some(key => ['strokes', 'digit'].includes(key)) && (lab.state.strokes || lab.state.digit)) source.forget();
      if (!waiting) requestAnimationFrame(frame);
      waiting = true;
    },
  };
}

/** What is on the pad: look(state) gives {strokes, picked, photo, pieces, trouble, left}; nothing is looked at twice. */
function sourceOf(shelf) {
  let photo, trouble, before = {};
  const take = pieces => ({ pieces: pieces.slice(0, MOST), left: Math.max(0, pieces.length - MOST) });
  function found({ digit, strokes }) {
    const at = shelf.short.indexOf(digit);
    if (photo) return { photo, strokes: [], ...take(photo.pieces) };
    if (at >= 0) return { strokes: [], picked: { pixels: shelf.image(at), words: wordsOf(shelf, at) }, ...take([{ x: shelf.image(at), box: {} }]) };
    return { strokes: decode(strokes), ...take(piecesOfStrokes(decode(strokes))) };
  }
  return {
    show(given) { photo = given; trouble = undefined; before = {}; },
    fail(text) { trouble = text; photo = undefined; before = {}; },
    forget() { photo = trouble = undefined; before = {}; },
    look({ digit, strokes }) {
      const key = `${digit} ${strokes}`;
      if (before.key !== key) before = { key, now: { ...found({ digit, strokes }), trouble } };
      return before.now;
    },
  };
}

function buildParts(lab, reader, sides, shelf, source) {
  const field = key => lab.root.querySelector(`#${lab.root.id}-${key}`).closest('.lab-field'), choices = choicesOf(shelf, sides);
  const row = el('div', { class: 'lab-columns lab-pipeline' }), kind = any => (any ? 'any' : 'sides'), show = field('show');
  lab.view.append(row);
  lab.view.before(lab.root.querySelector('.lab-status'));
  const pad = padFigure(row, lab, source.forget), seen = seenFigure(row), parts = partsFigure(row, reader), votes = votesFigure(row, sides);
  const answers = answersFigure(lab.view, piece => lab.set({ piece })), three = sidesFigure(lab.view, sides);
  const strip = stripFigure(lab, shelf, show, state => choices[kind(state.model === 'any')][state.show]);
  const notes = { any: readerNote(reader), sides: sidesNote(sides) };
  lab.view.append(strip.node, notes.any, notes.sides);
  lab.button('Undo stroke', () => pad.undo());
  lab.button('Clear', () => pad.clear());
  const blank = { strokes: '', digit: '', piece: 0 };
  photoButtons(lab, lab.root.querySelector('.lab-pad'), photo => { source.show(photo); lab.set(blank); }, text => { source.fail(text); lab.set(blank); });
  return { pad, seen, parts, votes, answers, sides: three, strip, showModel(any) {
    for (const node of [parts.node, notes.any]) node.hidden = !any;
    for (const node of [votes.node, three.node, notes.sides]) node.hidden = any;
    answers.node.classList.toggle('is-plain', !any);
  } };
}

function seenFigure(parent) {
  const canvas = tile('Nothing yet'), words = el('p', { class: 'lab-hint' });
  figure(parent, 'What it sees', canvas, words);
  return { show(x, { picked, photo }) {
    paintDigit(canvas, x ?? new Float32Array(784));
    canvas.closest('.lab-figure').classList.toggle('is-empty', !x);
    canvas.setAttribute('aria-label', x ? `The 28 by 28 pixels that the model gets; their mean is ${(sum(x) / 784).toFixed(2)}` : 'Nothing yet');
    words.textContent = picked ? 'A digit of MNIST, used as it is.' : `Cut to the ink${photo ? ' of one piece' : ''}, made 20 pixels long, its centre of mass in the middle: as MNIST was made.`;
  } };
}

// The line that says it all.
function sentence({ trouble, photo, picked, pieces, left }, any, answers, found, chosen) {
  if (trouble) return trouble;
  if (!pieces.length && photo) return 'Nothing is written on this photo, or too faintly: it is nearly of one shade.';
  if (!pieces.length) return any ? 'Draw a digit or several, or choose a photo.' : 'Draw a 3 or a 7.';
  const first = picked ? `${picked.words}. ` : !any && pieces.length > 1 ? `Piece ${chosen + 1} of ${pieces.length}. ` : '';
  return `${first}${any ? told(answers) : verdict(found)}${left ? ` ${left} more pieces were left out.` : ''}`;
}
