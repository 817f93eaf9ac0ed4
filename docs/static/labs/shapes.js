// Lab of lesson 02: two shapes that meet.
import { choice, createLab, el, presets, textField } from './lab.js';
import { bytesEach, count, elementwise, matmul, memory, parseShape, show } from './broadcast.js';

const operations = { minus: { sign: '−', run: elementwise }, matmul: { sign: '@', run: matmul } };
const drawnCells = 6, drawnSheets = 4;

const pair = (a, b, op = 'minus') => ({ a, b, op, dtype: 'float32' });
const situations = {
  'stack − mean': pair('1010, 28, 28', '28, 28'),
  'column − row': pair('3, 1', '1, 4'),
  'label trap': pair('2038', '2038, 1'),
  'images − two means': pair('2038, 1, 28, 28', '2, 28, 28'),
  'forgotten axis': pair('2038, 28, 28', '2, 28, 28'),
  'images @ weights': pair('12396, 784', '784, 1', 'matmul'),
};

export function mount(root) {
  const lab = createLab(root, {
    name: 'shapes',
    label: 'Lab: two shapes that meet',
    fields: {
      a: textField('Shape of a', '6131, 28, 28', 'Sizes, with commas or spaces between; empty for a single number.'),
      b: textField('Shape of b', '28, 28', 'Up to 8 axes; a size of 0 is legal.'),
      op: choice('Operation', { minus: 'a − b, elementwise', matmul: 'a @ b, matrix product' }, 'minus'),
      dtype: choice('dtype', Object.fromEntries(Object.keys(bytesEach).map(name => [name, name])), 'float32', 'Of both tensors.'),
    },
    render: draw,
  });
  lab.actions.append(presets(lab, situations, state => lab.set(state)));
  const narrow = matchMedia('(max-width: 640px)');
  narrow.addEventListener('change', () => draw(lab.state));

  function draw({ a: textA, b: textB, op, dtype }) {
    const a = parseShape(textA), b = parseShape(textB);
    if (a.error || b.error) return refuse(a.error ? `Shape of a: ${a.error}` : `Shape of b: ${b.error}`);
    const outcome = operations[op].run(a.shape, b.shape), shapes = { a: a.shape, b: b.shape, result: outcome.shape };
    lab.view.replaceChildren(
      ...(outcome.error ? [failure(outcome)] : []),
      el('div', { class: 'lab-card' }, alignment(outcome, op, narrow.matches)),
      ...picture(shapes, op),
      el('div', { class: 'lab-card' }, sizes(shapes, bytesEach[dtype])));
    lab.say(inWords(shapes, outcome, op, dtype));
  }

  function refuse(why) {
    lab.view.replaceChildren(el('p', { class: 'lab-failure' }, why));
    lab.say(why);
  }
  return lab.start();
}

function failure({ error, tooLarge }) {
  return el('p', { class: 'lab-failure' }, ...(tooLarge ? [error] : ['PyTorch says: ', el('code', {}, `RuntimeError: ${error}`)]));
}

// ---- The table of the axes ----

const marks = {
  same: () => ['same'], kept: () => ['kept'], summed: () => ['summed over'], none: () => [''],
  stretched: ({ size, to }) => ['stretched', arrow(size, to)],
  added: ({ to }) => ['added', arrow(1, to)],
  borrowed: () => ['added, then dropped'],
  clash: () => ['clash'],
};

function arrow(from, to) { return from === to ? `${to}` : `${from} → ${to.toLocaleString('en')}`; }

function alignment({ columns, shape, error }, op, narrow) {
  const upright = columns.length > (narrow ? 3 : 5);
  const caption = el('caption', {}, op === 'minus' ? 'The axes, lined up from the right' : 'The axes: the last two make the product, the rest line up');
  if (!columns.length) return el('table', { class: 'lab-axes' }, caption, el('tbody', {}, el('tr', {}, el('td', {}, 'Two single numbers: there is no axis to line up.'))));
  const head = columns.map(({ axis }) => `axis ${axis}`);
  const body = ['a', 'b'].map(name => columns.map(column => axisCell(column[name])));
  const last = columns.map(({ result }) => resultCell(result, error && !shape));
  const names = ['a', 'b', 'result'], grid = [...body, last];
  return el('table', { class: upright ? 'lab-axes upright' : 'lab-axes' }, caption, ...(upright ? rowsOf(head, names, transposed(grid)) : rowsOf(names, head, grid)));
}

function transposed(grid) { return grid[0].map((_, i) => grid.map(row => row[i])); }

function rowsOf(names, head, grid) {
  return [
    el('thead', {}, el('tr', {}, el('td', {}), ...head.map(text => el('th', { scope: 'col' }, text)))),
    el('tbody', {}, ...grid.map((cells, i) => el('tr', {}, el('th', { scope: 'row' }, names[i]), ...cells))),
  ];
}

function axisCell(cell) {
  const [word, detail] = marks[cell.mark](cell), shown = cell.size === null ? '·' : cell.size.toLocaleString('en');
  return el('td', { class: `lab-axis is-${cell.mark}` }, el('b', {}, detail ?? shown), el('small', {}, word));
}

function resultCell(result, failed) {
  if (result === 'gone') return el('td', { class: 'lab-axis is-none' }, el('b', {}, '·'), el('small', {}, 'dropped'));
  if (failed || result === null) return el('td', { class: 'lab-axis is-none' }, el('b', {}, '–'), el('small', {}, ''));
  return el('td', { class: 'lab-axis is-result' }, el('b', {}, result.toLocaleString('en')), el('small', {}, ''));
}

function sizes(shapes, bytes) {
  const row = ([name, shape]) => el('tr', {}, el('th', { scope: 'row' }, name),
    ...(shape ? [show(shape), count(shape).toLocaleString('en'), memory(count(shape) * bytes)] : ['none', '–', '–']).map(text => el('td', {}, text)));
  return el('table', { class: 'lab-sizes' }, el('caption', {}, 'What each costs'),
    el('thead', {}, el('tr', {}, el('td', {}), ...['shape', 'elements', 'memory'].map(text => el('th', { scope: 'col' }, text)))),
    el('tbody', {}, ...Object.entries(shapes).map(row)));
}

// ---- The picture ----

// Up to three axes as stacks of grids; what stretching repeats is drawn hollow, and one element of the result is
// followed back to where it comes from. The table says the same in words.
function picture({ a, b, result }, op) {
  if (!result || !result.length || [a, b, result].some(shape => shape.includes(0))) return [];
  if (Math.max(a.length, b.length, result.length) > 3) return [];
  const [left, right, out] = op === 'minus' ? elementBlocks(a, b, result) : productBlocks(a, b);
  const sign = text => el('span', { class: 'lab-sign' }, text), cut = [...a, ...b, ...result].some(size => size > drawnSheets);
  const drawing = el('div', { class: 'lab-blocks', 'aria-hidden': 'true' },
    block(left, show(a)), sign(operations[op].sign), block(right, show(b)), sign('='), block(out, show(result)));
  const note = `Hollow: repeated, not stored. Strong: one element of the result and what it is made of.${cut ? ` At most ${drawnCells} rows and columns and ${drawnSheets} sheets are drawn.` : ''}`;
  return [el('div', { class: 'lab-card' }, drawing, el('p', { class: 'lab-hint', 'aria-hidden': 'true' }, note))];
}

const padded = shape => [...Array(3 - shape.length).fill(1), ...shape];
const drawn = ([sheets, rows, columns]) => [Math.min(sheets, drawnSheets), Math.min(rows, drawnCells), Math.min(columns, drawnCells)];

function elementBlocks(a, b, result) {
  const frame = drawn(padded(result)), corner = [0, frame[1] - 1, frame[2] - 1];
  return [a, b, result].map(shape => {
    const own = drawn(padded(shape)), source = corner.map((i, axis) => Math.min(i, own[axis] - 1));
    return { frame, real: place => place.every((i, axis) => i < own[axis]), lit: place => place.every((i, axis) => i === source[axis]) };
  });
}

function productBlocks(a, b) {
  const left = a.length === 1 ? [1, ...a] : a, right = b.length === 1 ? [...b, 1] : b;
  const rows = left.at(-2), columns = right.at(-1), batch = Math.max(...[left, right].map(shape => shape.at(-3) ?? 1));
  const own = [padded(left), padded(right), [batch, rows, columns]].map(drawn);
  const lit = [([s, r]) => s === 0 && r === own[0][1] - 1, ([s, , c]) => s === 0 && c === own[1][2] - 1, ([s, r, c]) => s === 0 && r === own[2][1] - 1 && c === own[2][2] - 1];
  return own.map((size, i) => ({ frame: [drawn([batch, 1, 1])[0], size[1], size[2]], real: ([s]) => s < size[0], lit: lit[i] }));
}

function block({ frame: [sheets, rows, columns], real, lit }, caption) {
  const cell = 14, shift = 7, width = columns * cell + (sheets - 1) * shift + 2, height = rows * cell + (sheets - 1) * shift + 2;
  const svg = svgElement('svg', { viewBox: `0 0 ${width} ${height}`, width, height });
  for (let s = sheets - 1; s >= 0; s--) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const kind = lit([s, r, c]) ? 'lit' : real([s, r, c]) ? 'real' : 'ghost';
        svg.append(svgElement('rect', { class: `lab-cell is-${kind}`, x: 1 + c * cell + s * shift, y: 1 + r * cell + (sheets - 1 - s) * shift, width: cell, height: cell }));
      }
    }
  }
  return el('div', { class: 'lab-block' }, svg, el('span', {}, caption));
}

function svgElement(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// ---- In words ----

function inWords({ a, b, result }, { error, why, tooLarge, columns }, op, dtype) {
  if (tooLarge) return error;
  if (error) return `This fails: ${why}.`;
  const sum = `Result ${show(result)}, ${memory(count(result) * bytesEach[dtype])}.`;
  return [sum, op === 'minus' ? stretching(columns, a, b) : '', dtype === 'uint8' && op === 'minus' ? 'Beware: uint8 cannot go below 0, 4 − 10 is 250.' : ''].filter(Boolean).join(' ');
}

// How many parts of one tensor meet all of the other: the product of the axes along which the other one stretches.
function repeats(columns, stretched, owner) {
  const owned = columns.filter(column => ['stretched', 'added'].includes(column[stretched].mark)).map(column => column[owner].size);
  return count(owned).toLocaleString('en');
}

function stretching(columns, a, b) {
  const grows = name => columns.some(column => ['stretched', 'added'].includes(column[name].mark) && column[name].to !== 1);
  if (grows('a') && grows('b')) return `Both stretch: all pairs, ${repeats(columns, 'b', 'a')} × ${repeats(columns, 'a', 'b')}.`;
  if (grows('a')) return 'a stretches to fit b.';
  if (grows('b')) return 'b stretches to fit a.';
  return a.length === b.length ? 'Nothing stretches.' : 'Nothing is repeated; axes of size 1 are added.';
}
