// PyTorch's rules for two shapes that meet: elementwise and matrix product. Pure functions, no DOM.

export const bytesEach = { float32: 4, uint8: 1, float64: 8, int64: 8 };
export const maxAxes = 8;

/** The shape written in text, such as "6131, 28, 28", "(3,1)" or "28x28": {shape} or {error}. Empty is a single number. */
export function parseShape(text) {
  const inner = text.trim().replace(/^torch\.Size/i, '').replace(/[()[\]]/g, ' ').trim();
  if (/,\s*,|^,/.test(inner)) return { error: `A number is missing beside a comma in “${text.trim()}”.` };
  const words = inner.split(/[\s,x×]+/i).filter(Boolean);
  for (const word of words) {
    const error = wrongSize(word);
    if (error) return { error };
  }
  if (words.length > maxAxes) return { error: `${words.length} axes are too many for this page: at most ${maxAxes}.` };
  const shape = words.map(word => Number(word.replaceAll('_', '')));
  if (count(shape) > Number.MAX_SAFE_INTEGER) return { error: tooMany(shape) };
  return { shape };
}

function wrongSize(word) {
  const value = Number(word.replaceAll('_', '').replace('−', '-'));
  if (Number.isNaN(value)) return `“${word}” is not a number.`;
  if (value < 0) return `${word} is negative: a size is 0 or more.`;
  if (!/^\d[\d_]*$/.test(word)) return `“${word}” is not a whole number written in digits.`;
  if (value > Number.MAX_SAFE_INTEGER) return `${word} is too large: this page counts up to 2^53.`;
  return '';
}

function tooMany(shape) { return `${show(shape)} has more than 2^53 elements: more than this page can count.`; }

/** How many numbers a tensor of this shape holds. */
export function count(shape) { return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1); }

/** A shape as Python writes it: (), (3,), (3, 4). */
export function show(shape) { return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`; }

/**
 * a and b lined up from the right, elementwise.
 * Returns {shape, columns} or {error, why, columns}. A column is {axis, a, b, result}; a and b are cells
 * {size, mark, to}, mark being same, stretched, added or clash; result is a size, or null at a clash.
 */
export function elementwise(a, b) {
  const columns = lineUp(a, b), wrong = columns.findLast(column => column.result === null);
  if (wrong) return { columns, ...clash(wrong, columns.length) };
  return counted({ columns, shape: columns.map(column => column.result) });
}

function counted(outcome) {
  return count(outcome.shape) > Number.MAX_SAFE_INTEGER ? { columns: outcome.columns, tooLarge: true, error: tooMany(outcome.shape) } : outcome;
}

function lineUp(a, b) {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, i) => {
    const axis = i - length, sizeA = a.at(axis), sizeB = b.at(axis);
    const result = meet(axis + a.length < 0 ? 1 : sizeA, axis + b.length < 0 ? 1 : sizeB);
    return { axis, a: cell(axis + a.length < 0 ? null : sizeA, result), b: cell(axis + b.length < 0 ? null : sizeB, result), result };
  });
}

function meet(m, n) {
  if (m === n || n === 1) return m;
  return m === 1 ? n : null;
}

function cell(size, to) {
  if (size === null) return { size, to, mark: 'added' };
  if (to === null) return { size, to, mark: 'clash' };
  return { size, to, mark: size === to ? 'same' : 'stretched' };
}

function clash({ axis, a, b }, length) {
  return {
    error: `The size of tensor a (${a.size}) must match the size of tensor b (${b.size}) at non-singleton dimension ${axis + length}`,
    why: `axis ${axis}: ${a.size} against ${b.size}: neither is 1`,
  };
}

/**
 * a @ b. As elementwise, with four marks more: kept (an axis of the result), summed (the axis that vanishes),
 * and for a vector, whose missing axis counts as 1 for the moment, borrowed.
 */
export function matmul(a, b) {
  if (!a.length || !b.length) return scalarOperand(a, b);
  const left = a.length === 1 ? [1, ...a] : a, right = b.length === 1 ? [...b, 1] : b;
  const batch = elementwise(left.slice(0, -2), right.slice(0, -2));
  const fits = left.at(-1) === right.at(-2);
  const columns = [...batch.columns.map(column => ({ ...column, axis: column.axis - 2 })), ...matrixAxes(a, b, left, right, fits)];
  if (batch.tooLarge) return { ...batch, columns };
  const error = fits ? batch.error : productError(a, b, batch);
  if (error && error === batch.error) return { columns, error, why: batch.why.replace(/axis -(\d+)/, (_, n) => `axis -${Number(n) + 2}`) };
  if (error) return { columns, error, why: `axis -1 of a against axis ${b.length === 1 ? -1 : -2} of b: ${left.at(-1)} against ${right.at(-2)}: they must be equal` };
  const ends = [...(a.length > 1 ? [left.at(-2)] : []), ...(b.length > 1 ? [right.at(-1)] : [])];
  return counted({ columns, shape: [...batch.shape, ...ends] });
}

function scalarOperand(a, b) {
  const which = a.length ? 'b' : b.length ? 'a' : 'a and b';
  return { columns: lineUp(a, b).map(column => ({ ...column, a: plain(column.a), b: plain(column.b), result: null })),
    error: `both arguments to matmul need to be at least 1D, but they are ${a.length}D and ${b.length}D`,
    why: `tensor ${which}: a single number has no axis to sum over` };
}

function plain({ size, to }) { return { size, to, mark: size === null ? 'none' : 'same' }; }

function matrixAxes(a, b, left, right, fits) {
  const summed = fits ? 'summed' : 'clash', mark = (size, kind) => ({ size, to: size, mark: kind });
  return [
    { axis: -2, result: a.length > 1 ? left.at(-2) : 'gone', a: mark(left.at(-2), a.length > 1 ? 'kept' : 'borrowed'), b: mark(right.at(-2), summed) },
    { axis: -1, result: b.length > 1 ? right.at(-1) : 'gone', a: mark(left.at(-1), summed), b: mark(right.at(-1), b.length > 1 ? 'kept' : 'borrowed') },
  ];
}

// PyTorch has four ways to multiply, each with words of its own; which one it takes depends on the numbers of axes.
function productError(a, b, batch) {
  const k = a.at(-1);
  if (a.length === 1 && b.length === 1) return `inconsistent tensor size, expected tensor [${k}] and src [${b[0]}] to have the same number of elements, but got ${k} and ${b[0]} elements respectively`;
  if (b.length === 1) return vectorError(count(a.slice(0, -1)), k, b[0]);
  if (b.length === 2) return `mat1 and mat2 shapes cannot be multiplied (${count(a.slice(0, -1))}x${k} and ${b[0]}x${b[1]})`;
  if (a.length === 1 && folds(b)) return vectorError(count(b.slice(0, -2)) * b.at(-1), b.at(-2), k);
  if (batch.error) return batch.error;
  const stack = count(batch.shape);
  return `Expected size for first two dimensions of batch2 tensor to be: [${stack}, ${k}] but got: [${stack}, ${b.at(-2)}].`;
}

function vectorError(rows, columns, length) { return `size mismatch, got input (${rows}), mat (${rows}x${columns}), vec (${length})`; }

// A vector times a stack of matrices: PyTorch makes one tall matrix of the stack if that needs no copy.
function folds(b) { return count(b) === 0 || b.at(-2) === 1 || b.at(-1) === 1 || count(b.slice(0, -2)) === 1; }

/** A number of bytes in words: 3.17 MB. A thousand, not 1,024, to the next unit. */
export function memory(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'], power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  if (!power) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return `${Number((bytes / 1000 ** power).toPrecision(4))} ${units[power]}`;
}
