// From the pixels of a photo to its ink. Pure numbers, no page.
//
// A plane is {data: Float32Array, row by row, width, height}. Light falls on paper and ink alike: divided by the paper
// around it, ink is the same in the sun and in the shade.

const COARSE = 120; // pixels of the longer side where colours are compared and the paper is estimated
const FLAT = 0.08; // a picture with less contrast, as a share of white, has nothing written on it
const GREY = 1.25; // grey has less noise than a colour: another must be so much clearer
const CHANNELS = { grey: (r, g, b, a) => mixed(0.299 * r + 0.587 * g + 0.114 * b, a), red: (r, g, b, a) => mixed(r, a), green: (r, g, b, a) => mixed(g, a),
  blue: (r, g, b, a) => mixed(b, a), alpha: (r, g, b, a) => 1 - a / 255 };

// White behind what is transparent, as a share of white.
function mixed(v, a) { return 1 - (1 - v / 255) * a / 255; }

/** {data: ink 0 to 1, width, height, channel} of RGBA pixels {data, width, height}; undefined if nothing is written. */
export function inkOf(pixels) {
  const [best] = Object.keys(CHANNELS).map(channel => ({ channel, ...compared(channelOf(pixels, channel), channel) })).sort((a, b) => b.rank - a.rank);
  if (best.contrast < FLAT) return undefined;
  const plane = blurred(channelOf(pixels, best.channel), Math.round(Math.max(pixels.width, pixels.height) / 500));
  const data = plane.data.map((v, i) => inked(v, enlarged(best.paper, i, plane), best.bright));
  const most = data.reduce((a, b) => Math.max(a, b), 0);
  return { ...plane, data: data.map(v => v / most), channel: best.channel };
}

function channelOf({ data, width, height }, name) {
  const take = CHANNELS[name], out = new Float32Array(width * height);
  for (let i = 0, p = 0; i < out.length; i++, p += 4) out[i] = take(data[p], data[p + 1], data[p + 2], data[p + 3]);
  return { data: out, width, height };
}

// How strong ink is against this paper: dark on bright, or bright on dark.
function inked(v, paper, bright) { return Math.max(0, bright ? 1 - v / Math.max(paper, 0.02) : (v - paper) / (paper + 0.02)); }

function compared(plane, channel) {
  const small = blurred(shrunk(plane), 1), reach = Math.max(2, Math.round(Math.min(small.width, small.height) / 6)), bright = isBright(small, reach);
  const paper = bright ? withoutThin(small, reach, Math.max, Math.min) : withoutThin(small, reach, Math.min, Math.max);
  const contrast = small.data.reduce((most, v, i) => Math.max(most, Math.abs(v - paper.data[i])), 0);
  return { paper, bright, contrast, rank: contrast * (channel === 'grey' ? GREY : 1) };
}

// Ink is the lesser part: the few pixels that differ much from their surroundings tell whether it is the darker.
function isBright(plane, reach) {
  const around = blurred(plane, reach);
  return plane.data.reduce((sum, v, i) => sum + (v / (around.data[i] + 0.02) - 1) ** 3, 0) < 0;
}

function shrunk({ data, width, height }) {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / COARSE)), w = Math.ceil(width / step), h = Math.ceil(height / step);
  const sums = new Float32Array(w * h), counts = new Float32Array(w * h);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, row = Math.floor(y / step) * w; x < width; x++, i++) {
      const at = row + Math.floor(x / step);
      sums[at] += data[i];
      counts[at] += 1;
    }
  }
  return { data: sums.map((v, i) => v / counts[i]), width: w, height: h, step };
}

// The value of a small plane at pixel i of a large one, between its four nearest.
function enlarged({ data, width, height, step }, i, large) {
  const clip = (v, most) => Math.max(0, Math.min(most, (v + 0.5) / step - 0.5));
  const x = clip(i % large.width, width - 1), y = clip(Math.floor(i / large.width), height - 1);
  const left = Math.floor(x), top = Math.floor(y), right = Math.min(left + 1, width - 1), bottom = Math.min(top + 1, height - 1), u = x - left, v = y - top;
  return (1 - v) * ((1 - u) * data[top * width + left] + u * data[top * width + right]) + v * ((1 - u) * data[bottom * width + left] + u * data[bottom * width + right]);
}

// The mean of each pixel's surroundings, reach pixels to each side.
function blurred(plane, reach) {
  if (!reach) return plane;
  const mean = (line, n) => {
    const out = new Float32Array(n);
    let sum = 0, count = 0;
    for (let i = -reach; i < n; i++) {
      if (i + reach < n) { sum += line[i + reach]; count++; }
      if (i - reach > 0) { sum -= line[i - reach - 1]; count--; }
      if (i >= 0) out[i] = sum / count;
    }
    return out;
  };
  return byLines(plane, mean);
}

// What is left when all that is thinner than 2 * reach + 1 is filled with what is around it.
function withoutThin(plane, reach, first, second) {
  return framed(morphed(morphed(framed(plane, reach), reach, first), reach, second), -reach);
}

// The plane with a frame of its border's values, by pixels wide; below 0, without one.
function framed({ data, width, height, step }, by) {
  const wide = width + 2 * by, high = height + 2 * by, clip = (v, n) => Math.max(0, Math.min(n - 1, v)), out = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) out[y * wide + x] = data[clip(y - by, height) * width + clip(x - by, width)];
  return { data: out, width: wide, height: high, step };
}

// The darkest or brightest of each pixel's surroundings.
function morphed(plane, reach, pick) {
  return byLines(plane, (line, n) => Float32Array.from({ length: n }, (_, i) => line.subarray(Math.max(0, i - reach), i + reach + 1).reduce((a, b) => pick(a, b))));
}

/** Ink of a piece, {ink, width}, with strokes at least a tenth as wide as the piece is long: a thin pen is made thicker. */
export function thickened({ ink, width }) {
  const height = ink.length / width, side = Math.max(width, height);
  let area = 0, rim = 0;
  ink.forEach((v, i) => {
    if (!(v > 0.3)) return;
    area++;
    if (!(ink[i - 1] > 0.3 && ink[i + 1] > 0.3 && ink[i - width] > 0.3 && ink[i + width] > 0.3)) rim++;
  });
  const reach = Math.floor((side / 10 - 2 * area / rim) / 2), wide = width + 2 * reach;
  if (!(reach > 0)) return { ink, width };
  const room = new Float32Array(wide * (height + 2 * reach));
  for (let y = 0; y < height; y++) room.set(ink.subarray(y * width, (y + 1) * width), (y + reach) * wide + reach);
  return { ink: morphed({ data: room, width: wide, height: height + 2 * reach }, reach, Math.max).data, width: wide };
}

// A change of lines, along the rows and then along the columns.
function byLines({ data, width, height, step }, change) {
  const out = new Float32Array(data.length), column = new Float32Array(height);
  for (let y = 0; y < height; y++) out.set(change(data.subarray(y * width, (y + 1) * width), width), y * width);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) column[y] = out[y * width + x];
    change(column, height).forEach((v, y) => { out[y * width + x] = v; });
  }
  return { data: out, width, height, step };
}
