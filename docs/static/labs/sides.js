// The three older models of the lab draw, which know 3s and 7s only: what they say, and which pixels made them say it.
import { el } from './lab.js';
import { meanScores, meanVotes, modelFrom, pixelVotes, scores, sigmoid, sum } from './nn.js';
import { fetchData, figure, paintVotes, tile } from './digits.js';
import { expectShapes, readSafetensors } from './safetensors.js';

export const SIDES = { baseline: 'nearest mean', learner: 'linear model', hidden: 'hidden layer' };
const SHAPES = { baseline: { means: [2, 28, 28] }, learner: { weight: [1, 784], bias: [1] },
  hidden: { '0.weight': [null, 784], '0.bias': [null], '2.weight': [1, null], '2.bias': [1] } };

/** {name: {accuracy, n, scores(x), votes(x)}} of the three models; facts: what models.json says. */
export async function loadSides(facts) {
  const read = async name => expectShapes(readSafetensors(await (await fetchData(`${name}.safetensors`)).arrayBuffer(), `${name}.safetensors`), SHAPES[name], `${name}.safetensors`);
  const [baseline, learner, hiddenLayer] = await Promise.all(Object.keys(SIDES).map(read));
  const nearest = { means: baseline.means.data, k: facts.baseline.k }, nets = { learner: modelFrom(learner), hidden: modelFrom(hiddenLayer) };
  const net = name => ({ ...facts[name], scores: x => scores(nets[name], x), votes: x => pixelVotes(nets[name], x) });
  return { baseline: { ...facts.baseline, scores: x => meanScores(nearest, x), votes: x => meanVotes(nearest, x) }, learner: net('learner'), hidden: net('hidden') };
}

/** What to say of the scores of the models, {name: score}. */
export function verdict(found) {
  const probabilities = Object.values(found).map(sigmoid), says = v => (v > 0 ? 3 : 7);
  if (probabilities.every(p => p > 0.1 && p < 0.9)) return 'None: no model is sure that this is a 3 or a 7.';
  const sides = Object.entries(found).map(([name, s]) => [SIDES[name], says(s)]);
  if (sides.every(([, side]) => side === sides[0][1])) return `All three say ${sides[0][1]}.`;
  return `They disagree: ${[3, 7].map(side => `${listed(sides.filter(s => s[1] === side).map(s => s[0]))} ${side}`).join(', ')}.`;
}

function listed(names) { return `${names.join(' and ')} ${names.length > 1 ? 'say' : 'says'}`; }

/** The votes of the pixels, in parent: {node, show(x, name)}. */
export function votesFigure(parent, models) {
  const canvas = tile('Nothing yet'), words = el('p', { class: 'lab-hint' });
  const { node } = figure(parent, 'Which pixels spoke', canvas, words);
  return { node, show(x, key) {
    const votes = x && models[key].votes(x), name = SIDES[key];
    paintVotes(canvas, votes ?? new Float32Array(784));
    canvas.closest('.lab-figure').classList.toggle('is-empty', !votes);
    const text = votes ? balance(votes, models[key].scores(x)[0]) : ['No pixel has spoken yet.'];
    words.replaceChildren(...text);
    canvas.setAttribute('aria-label', `Votes of the pixels in the ${name}: ${words.textContent}`);
  } };
}

// What the pixels and the rest add up to: the score.
function balance(votes, score) {
  const three = sum(votes.filter(v => v > 0)), seven = sum(votes.filter(v => v < 0)), rest = score - three - seven;
  const span = (side, text) => el('span', { class: `lab-${side}` }, text);
  return [span('three', `For a 3: ${signed(three)}`), ', ', span('seven', `for a 7: ${signed(seven)}`),
    Math.abs(rest) < 0.005 ? '' : `, without pixels: ${signed(rest)}`, `. Score: ${signed(score)}, above 0 says 3.`];
}

function signed(v) { return `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(2)}`; }

/** What each of the three models says, in parent: {node, show(found)}; found: {name: score}. */
export function answersFigure(parent, models) {
  const list = el('ul', { class: 'lab-answers' });
  const rows = Object.entries(models).map(([name, { accuracy, n }]) => {
    const says = el('span', { class: 'lab-says' }), fill = el('div', { class: 'lab-fill' });
    list.append(el('li', {}, el('div', { class: 'lab-label' }, el('b', {}, SIDES[name]), says),
      el('div', { class: 'lab-scale', 'aria-hidden': 'true' }, el('span', {}, '7'), el('div', { class: 'lab-bar' }, fill), el('span', {}, '3')),
      el('p', { class: 'lab-hint' }, `right on ${(100 * accuracy).toFixed(1)} % of ${n.toLocaleString('en')} validation images`)));
    return { name, says, fill };
  });
  const node = el('div', { class: 'lab-figure' }, list);
  parent.append(node);
  return { node, show(found) {
    for (const { name, says, fill } of rows) {
      const p = found ? sigmoid(found[name]) : 0.5;
      says.textContent = found ? `says ${found[name] > 0 ? 3 : 7}, P(3) ${about(p)}` : 'waits';
      fill.style.left = `${100 * Math.min(p, 0.5)}%`;
      fill.style.width = `${100 * Math.abs(p - 0.5)}%`;
      fill.classList.toggle('is-three', p > 0.5);
    }
  } };
}

// Two digits, but never a certainty that rounding made.
function about(p) { return p > 0.995 ? '> 0.99' : p < 0.005 ? '< 0.01' : `= ${p.toFixed(2)}`; }

/** What the reader should know of these models. */
export function sidesNote({ baseline, hidden: best }) {
  const right = v => (100 * v).toFixed(1);
  return el('p', { class: 'lab-note' }, `The three models were trained on scanned handwriting, 12,396 images of it. There they are right on ${right(baseline.accuracy)} to ${right(best.accuracy)} % of images they have not seen; a drawing with a mouse or a finger is something else, so expect more mistakes. They know two digits only: show them an 8, and they will call it a 3 or a 7. P(3), the probability of a 3, is the sigmoid of the score. Only that of the nearest mean was fitted to be one, on the training images; the others are rather too sure.`);
}
