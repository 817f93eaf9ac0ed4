// Reads the tensors of a .safetensors file: eight bytes for the length of a JSON header, the header, then raw numbers.

/** {name: {shape, data: Float32Array}} from an ArrayBuffer; an Error with one line that says what is wrong with it. */
export function readSafetensors(buffer, name = 'file') {
  const fail = failure(name);
  const { size, header: { __metadata__, ...entries } } = headerOf(buffer, fail);
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, tensor(buffer, 8 + size, key, entry, fail)]));
}

/** What the file says of itself, {key: text}. */
export function readMetadata(buffer, name = 'file') { return headerOf(buffer, failure(name)).header.__metadata__ ?? {}; }

function failure(name) { return what => { throw new Error(`${name}: ${what}`); }; }

function headerOf(buffer, fail) {
  if (buffer.byteLength < 8) fail(`${buffer.byteLength} bytes are too few for a safetensors file`);
  const size = Number(new DataView(buffer).getBigUint64(0, true));
  if (size > buffer.byteLength - 8) fail(`the header should have ${size} bytes, but the file ends before`);
  let header;
  try { header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, 8, size))); }
  catch { fail('the header is not JSON'); }
  if (header === null || typeof header !== 'object' || Array.isArray(header)) fail('the header is not a JSON object');
  return { size, header };
}

function tensor(buffer, start, key, entry, fail) {
  const { dtype, shape, data_offsets: offsets } = Object(entry);
  const bytes = { F32: 4, I64: 8 }[dtype];
  if (!bytes) fail(`tensor ${key} has dtype ${dtype}, only F32 and I64 can be read`);
  const whole = list => Array.isArray(list) && list.every(n => Number.isSafeInteger(n) && n >= 0);
  if (!whole(shape) || !whole(offsets) || offsets.length !== 2) fail(`tensor ${key} has no proper shape and place`);
  const [from, to] = offsets, count = shape.reduce((a, b) => a * b, 1);
  if (to - from !== bytes * count) fail(`tensor ${key} of shape ${shape} needs ${bytes * count} bytes, has ${to - from}`);
  if (start + to > buffer.byteLength) fail(`tensor ${key} reaches beyond the end of the file`);
  const raw = buffer.slice(start + from, start + to); // a copy, since the place may not be a multiple of 4
  const data = dtype === 'F32' ? new Float32Array(raw) : Float32Array.from(new BigInt64Array(raw), Number);
  if (!data.every(Number.isFinite)) fail(`tensor ${key} holds numbers that are not finite`);
  return { shape, data };
}

/** The tensors, if they have exactly the names and shapes of expected ({name: [28, 28]}; null is any size). */
export function expectShapes(tensors, expected, name = 'file') {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(tensors)])) {
    const found = tensors[key]?.shape, wanted = expected[key];
    const fits = found && wanted && found.length === wanted.length && wanted.every((n, i) => n === null || n === found[i]);
    if (!fits) throw new Error(`${name}: tensor ${key} should ${wanted ? `have shape ${wanted.map(n => n ?? 'any')}` : 'not be there'}, ${found ? `has ${found}` : 'is missing'}`);
  }
  return tensors;
}
