// The pad of the lab draw: strokes by pointer or keyboard, a digit of MNIST, or a photo; and boxes around what was found.
import { colour, el } from './lab.js';
import { figure, paintDigit, tile } from './digits.js';
import { GRID, PEN, compact, decode, encode, smooth } from './prepare.js';

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 16; // of 512, a press of an arrow key

/** The pad in parent: {undo(), clear(), show(strokes, picked, photo, boxes)}. onStroke is called when somebody begins to write. */
export function padFigure(parent, lab, onStroke) {
  const canvas = el('canvas', { class: 'lab-pad-canvas', role: 'img', 'aria-label': 'An empty pad' });
  const pad = el('div', { class: 'lab-pad', tabindex: '0', role: 'application', 'aria-label': 'Pad: draw with the pointer, or move the pen with the arrow keys and press space to put it down or lift it' }, canvas);
  const told = el('p', { class: 'lab-hint', 'aria-live': 'polite' }, 'Finger, mouse, or keyboard: arrow keys move the pen, space puts it down and lifts it.');
  const { caption } = figure(parent, 'Your drawing', pad, told);
  const pen = { x: 176, y: 128, down: false };
  let before = [], current = [], drawing, shown = { strokes: [], boxes: [] };

  function begin(point) {
    onStroke();
    before = lab.state.digit ? [] : decode(lab.state.strokes);
    current = [];
    extend(point);
  }
  function extend(point) {
    if (current.length && String(point) === String(current.at(-1))) return;
    const text = compact([...before, [...current, point]]);
    if (text === undefined) { told.textContent = 'The pad is full: undo a stroke or clear it.'; return; }
    current.push(point);
    lab.set({ strokes: text, digit: '' });
  }
  function lift() { pen.down = false; drawing = undefined; }
  followPointer(pad, canvas, { begin: (id, point) => { lift(); drawing = id; Object.assign(pen, { x: point[0], y: point[1] }); begin(point); },
    move: (id, point) => { if (id === drawing) { Object.assign(pen, { x: point[0], y: point[1] }); extend(point); } },
    end: id => { if (id === drawing) lift(); } });
  pad.addEventListener('keydown', event => {
    const move = KEYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(move || event.key === ' ')) return;
    event.preventDefault();
    if (move) movePen(move); else togglePen();
    told.textContent = `Pen ${pen.down ? 'down' : 'up'}, ${percent(pen.x)} from the left, ${percent(pen.y)} from the top.`;
    redraw();
  });
  function movePen([dx, dy]) {
    const clip = v => Math.max(0, Math.min(GRID - 1, v));
    Object.assign(pen, { x: clip(pen.x + dx * STEP), y: clip(pen.y + dy * STEP) });
    if (pen.down) extend([pen.x, pen.y]);
  }
  function togglePen() {
    pen.down = !pen.down;
    if (pen.down) begin([pen.x, pen.y]);
  }
  function redraw() { paintPad(canvas, shown, pad.matches(':focus-visible') ? pen : undefined); }
  for (const event of ['focus', 'blur']) pad.addEventListener(event, () => { pen.down = false; redraw(); });
  new ResizeObserver(redraw).observe(canvas);
  return {
    undo() { lift(); onStroke(); lab.set({ digit: '', strokes: encode(decode(lab.state.strokes).slice(0, -1)) }); },
    clear() { lift(); onStroke(); lab.set({ digit: '', strokes: '', piece: 0 }); },
    show(now) {
      shown = now;
      caption.textContent = now.picked?.words ?? (now.photo ? 'Your photo' : 'Your drawing');
      canvas.setAttribute('aria-label', described(now));
      pad.classList.toggle('is-empty', !now.strokes.length && !now.picked && !now.photo);
      redraw();
    },
  };
}

function described({ strokes, picked, photo, boxes }) {
  if (picked) return `The digit ${picked.words}`;
  const found = boxes.length > 1 || photo ? `, pieces found: ${boxes.length}` : '';
  if (photo) return `Your photo${found}`;
  return strokes.length ? `Your drawing: ${strokes.length} ${strokes.length === 1 ? 'stroke' : 'strokes'}${found}` : 'An empty pad';
}

function percent(place) { return `${Math.round(100 * place / GRID)} %`; }

function followPointer(pad, canvas, { begin, move, end }) {
  const place = event => {
    const box = canvas.getBoundingClientRect(), clip = v => Math.max(0, Math.min(GRID - 1, Math.floor(v * GRID)));
    return [clip((event.clientX - box.left) / box.width), clip((event.clientY - box.top) / box.height)];
  };
  pad.addEventListener('pointerdown', event => {
    if (!event.isPrimary || event.button !== 0) return;
    pad.setPointerCapture(event.pointerId);
    begin(event.pointerId, place(event));
  });
  pad.addEventListener('pointermove', event => {
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) move(event.pointerId, place(one));
  });
  for (const name of ['pointerup', 'pointercancel']) pad.addEventListener(name, event => end(event.pointerId));
}

function paintPad(canvas, { strokes, picked, photo, boxes }, pen) {
  const size = Math.round(canvas.clientWidth * devicePixelRatio);
  if (!size) return;
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  context.fillStyle = colour('field');
  context.fillRect(0, 0, size, size);
  if (picked) paintPicked(context, picked, size);
  else if (photo) paintPhoto(context, photo, size);
  else for (const stroke of strokes) paintStroke(context, smooth(stroke), size);
  if (boxes.length > 1 || photo) for (const box of boxes) paintBox(context, box, size);
  if (pen) paintPen(context, pen, size);
}

function paintPhoto(context, { left, top, width, height, canvas }, size) {
  context.drawImage(canvas, left * size, top * size, width * size, height * size);
}

// Around a piece, with what it was read as; the one that is chosen is drawn thicker.
function paintBox(context, { left, top, right, bottom, label, chosen }, size) {
  const dot = size / 320, pad = 3 * dot, letter = Math.round(15 * dot);
  context.strokeStyle = context.fillStyle = colour('accent');
  context.lineWidth = (chosen ? 3 : 1.5) * dot;
  context.strokeRect(left * size - pad, top * size - pad, (right - left) * size + 2 * pad, (bottom - top) * size + 2 * pad);
  context.font = `600 ${letter}px system-ui, sans-serif`;
  const wide = context.measureText(label).width + 2 * pad, x = Math.min(left * size - pad, size - wide), y = Math.max(0, top * size - pad - 1.3 * letter);
  context.fillRect(x, y, wide, 1.3 * letter);
  context.fillStyle = colour('on-accent');
  context.fillText(label, x + pad, y + 1.02 * letter);
}

function paintPicked(context, { pixels }, size) {
  const small = tile('');
  paintDigit(small, pixels);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, size, size);
}

function paintStroke(context, line, size) {
  context.strokeStyle = colour('text');
  context.lineWidth = PEN * size;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(line[0][0] * size, line[0][1] * size);
  for (const [x, y] of line) context.lineTo(x * size, y * size);
  context.stroke();
}

function paintPen(context, { x, y, down }, size) {
  context.strokeStyle = colour('accent');
  context.fillStyle = colour('accent');
  context.lineWidth = size / 120;
  context.beginPath();
  context.arc((x + 0.5) / GRID * size, (y + 0.5) / GRID * size, PEN / 2 * size, 0, 7);
  if (down) context.fill(); else context.stroke();
}
