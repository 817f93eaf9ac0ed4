// A plot for the labs: uPlot draws axes, grid and scales; the layers are drawn into it.
import uPlot from '../vendor/uplot/uPlot.esm.js';
import { colour, el, onTheme } from './lab.js';

/**
 * A plot inside parent.
 * label: what the plot shows, for readers who cannot see it; x, y: {label, log}; height in pixels;
 * pick(x, y): called while the reader drags over the plot (optional).
 * Returns {draw(layers, {x: [from, to], y: [from, to]}), describe(text)}.
 * A layer is {xs, ys, colour, ...} with any of: line (width), dash, dots (radius), label (enters the legend), mark (its sign there);
 * or {paint(context, toX, toY)} for anything else. Colours are names for colour() in lab.js.
 */
export function plot(parent, { label, x, y, height = 280, pick }) {
  let layers = [], ranges = { x: [0, 1], y: [0, 1] };
  const box = el('div', { class: 'lab-plot', role: 'img', 'aria-label': label });
  const legend = el('ul', { class: 'lab-legend', 'aria-hidden': 'true' });
  parent.append(el('figure', { class: 'lab-figure' }, box, legend));
  const axis = (side, about) => ({ label: about.label, labelSize: 22, size: side === 3 ? 58 : 38, space: side === 3 ? 28 : 50, side, values: (u, splits) => splits.map(tick), font: '12px system-ui', labelFont: '12px system-ui',
    stroke: () => colour('text'), grid: { stroke: () => colour('grid'), width: 1 }, ticks: { stroke: () => colour('grid'), width: 1 } });
  const scale = (key, about) => ({ time: false, distr: about.log ? 3 : 1, range: () => ranges[key] });
  const u = new uPlot({
    width: 300, height, legend: { show: false }, cursor: { show: false }, select: { show: false },
    scales: { x: scale('x', x), y: scale('y', y) }, axes: [axis(2, x), axis(3, y)],
    series: [{}, { show: true, stroke: 'transparent' }],
    hooks: { drawSeries: [drawn => paint(drawn, layers)] },
  }, [[0, 1], [null, null]], box);
  const fit = () => { if (box.clientWidth) u.setSize({ width: box.clientWidth, height }); };
  new ResizeObserver(fit).observe(box);
  onTheme(() => { showLegend(legend, layers); u.redraw(); });
  if (pick) drag(u.over, event => { const r = u.over.getBoundingClientRect();
    pick(u.posToVal(event.clientX - r.left, 'x'), u.posToVal(event.clientY - r.top, 'y')); });
  return {
    draw(next, range) {
      layers = next; ranges = range;
      showLegend(legend, layers);
      u.setData([range.x, [null, null]], false); // new ranges reach the scales
      u.batch(() => { u.setScale('x', { min: range.x[0], max: range.x[1] }); u.setScale('y', { min: range.y[0], max: range.y[1] }); });
      u.redraw(true, true);
    },
    describe(text) { box.setAttribute('aria-label', text); },
  };
}

// The words at a tick; millions are short, or they would run into the label of the axis. uPlot passes null for ticks without words.
function tick(v) {
  if (v === null || v === undefined) return '';
  return (v + 0).toLocaleString('en', { maximumSignificantDigits: 6, notation: Math.abs(v) < 1e6 ? 'standard' : 'compact' });
}

function paint(u, layers) {
  const context = u.ctx, ratio = devicePixelRatio;
  const toX = v => u.valToPos(v, 'x', true), toY = v => u.valToPos(v, 'y', true);
  context.save();
  context.beginPath();
  context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  context.clip();
  for (const layer of layers) {
    if (layer.paint) { layer.paint(context, toX, toY, u.bbox); continue; }
    context.strokeStyle = context.fillStyle = colour(layer.colour);
    if (layer.line) {
      context.lineWidth = layer.line * ratio;
      context.setLineDash((layer.dash ?? []).map(d => d * ratio));
      context.beginPath();
      layer.xs.forEach((v, i) => context.lineTo(toX(v), toY(layer.ys[i])));
      context.stroke();
    }
    if (layer.dots) layer.xs.forEach((v, i) => { context.beginPath(); context.arc(toX(v), toY(layer.ys[i]), layer.dots * ratio, 0, 7); context.fill(); });
  }
  context.restore();
}

function showLegend(legend, layers) {
  legend.replaceChildren(...layers.filter(layer => layer.label).map(layer => {
    const mark = layer.mark ? el('span', {}, layer.mark) : el('span', { class: layer.line ? `lab-mark-line${layer.dash ? ' is-dashed' : ''}` : 'lab-mark-dot' });
    mark.style.color = colour(layer.colour);
    return el('li', {}, mark, layer.label);
  }));
}

/** Call run with every pointer event while the reader presses and drags over node. */
export function drag(node, run) {
  node.style.touchAction = 'none';
  node.addEventListener('pointerdown', event => { node.setPointerCapture(event.pointerId); run(event); event.preventDefault(); });
  node.addEventListener('pointermove', event => { if (node.hasPointerCapture(event.pointerId)) run(event); });
}

/** A range around the finite numbers of values, with a margin; [0, 1] if there is none. */
export function around(values, margin = 0.05) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  let low = Infinity, high = -Infinity;
  for (const v of finite) { if (v < low) low = v; if (v > high) high = v; }
  const room = (high - low || Math.abs(high) || 1) * margin;
  return [low - room, high + room];
}
