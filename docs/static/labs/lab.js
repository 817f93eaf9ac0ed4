// What all labs share: labelled controls, their state in the address, announcements, colours.
// A lab is a function mount(root) that calls createLab(root, spec) and draws into lab.view.

/** A slider with even steps. */
export function slider(label, { min, max, step = 1, value, digits = 0, hint }) {
  return { kind: 'range', label, hint, value, min, max, step,
    parse: text => inside(Number(text), min, max),
    format: v => String(v), show: v => v.toFixed(digits),
    toPosition: v => v, fromPosition: p => Number(p) };
}

/** A slider with even factors, for learning rates: every step multiplies. Values are rounded to two digits. */
export function logSlider(label, { min, max, value, perDecade = 20, hint }) {
  const exponent = v => Math.round(Math.log10(v) * perDecade);
  return { kind: 'range', label, hint, value, min: exponent(min), max: exponent(max), step: 1,
    parse: text => inside(Number(text), min, max),
    format: v => String(v), show: v => String(v),
    toPosition: exponent, fromPosition: p => Number((10 ** (p / perDecade)).toPrecision(2)) };
}

/** One of several: options maps each value to the words the reader sees. */
export function choice(label, options, value, hint) {
  return { kind: 'select', label, hint, value, options,
    parse: text => (Object.hasOwn(options, text) ? text : undefined), format: v => v };
}

/** Yes or no. */
export function toggle(label, value, hint) {
  return { kind: 'checkbox', label, hint, value, parse: text => ({ yes: true, no: false })[text], format: v => (v ? 'yes' : 'no') };
}

/** A line of text. */
export function textField(label, value, hint) {
  return { kind: 'text', label, hint, value, parse: text => text, format: v => v };
}

/** Part of the state without a control, such as the number of steps taken. */
export function hidden(value, parse, format = String) { return { kind: 'hidden', value, parse, format }; }

/** The number n if it is one and lies in [min, max], otherwise undefined: a broken address falls back to the default. */
export function inside(n, min, max) { return Number.isFinite(n) && n >= min && n <= max ? n : undefined; }

/** A whole number from 0 to most, or undefined. */
export function whole(text, most) { const n = inside(Number(text), 0, most); return Number.isInteger(n) ? n : undefined; }

/** An element: el('p', {class: 'x'}, 'text', child, ...). Attributes that are functions become listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/**
 * Build a lab inside root.
 * spec: name; label (what the lab is, for screen readers); fields ({key: field}); render(state, changed keys), called
 * after every change of the state; reset(), called before the first state is restored (optional).
 * Returns {root, view, actions, state, set(patch), say(text), button(text, run)}.
 */
export function createLab(root, { name, label, fields, render, reset = () => {} }) {
  const defaults = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.value]));
  const lab = { root, state: { ...defaults, ...fromAddress(name, fields) } };
  const inputs = {};
  root.id ||= `lab-${name}`;
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', label);
  const form = el('form', { class: 'lab-controls', submit: event => event.preventDefault() });
  for (const [key, field] of Object.entries(fields)) {
    if (field.kind !== 'hidden') form.append(control(`${root.id}-${key}`, field, inputs, key, v => lab.set({ [key]: v })));
  }
  lab.actions = el('div', { class: 'lab-actions' });
  lab.view = el('div', { class: 'lab-view' });
  const status = el('p', { class: 'lab-status', role: 'status', 'aria-live': 'polite' });
  const link = el('input', { class: 'lab-link', type: 'text', readonly: true, hidden: true, 'aria-label': 'Link to this situation' });
  const footer = el('div', { class: 'lab-footer' });
  root.replaceChildren(form, lab.actions, lab.view, status, footer);

  const announce = debounced(text => { if (status.textContent !== text) status.textContent = text; }, 120);
  const remember = debounced(() => toAddress(name, fields, lab.state), 200);
  addEventListener('pagehide', () => remember.now());
  lab.say = text => announce(text);
  lab.button = (text, run, attributes = {}) => {
    const button = el('button', { type: 'button', ...attributes, click: run }, text);
    lab.actions.append(button);
    return button;
  };
  lab.set = patch => {
    const changed = Object.keys(patch).filter(key => patch[key] !== lab.state[key]);
    Object.assign(lab.state, patch);
    showValues(fields, inputs, lab.state);
    remember();
    render(lab.state, changed);
  };
  footer.append(
    el('button', { type: 'button', click: () => copyLink() }, 'Copy link'),
    el('button', { type: 'button', click: () => { reset(); lab.set({ ...defaults }); lab.say('Reset.'); } }, 'Reset'), link);
  async function copyLink() {
    remember.now();
    const address = new URL(location.href);
    address.hash = root.id;
    try {
      await navigator.clipboard.writeText(address.href);
      lab.say('Link copied: it opens this lab exactly as it is now.');
    } catch { // no permission, or no https: let the reader copy it
      link.hidden = false;
      link.value = address.href;
      link.select();
      lab.say('Copy the link from the field beside the button.');
    }
  }
  showValues(fields, inputs, lab.state);
  lab.start = () => { render(lab.state, Object.keys(fields)); root.dataset.ready = 'yes'; return lab; };
  return lab;
}

/** Buttons that hand a whole situation to choose. */
export function presets(lab, situations, choose) {
  const group = el('div', { class: 'lab-try', role: 'group', 'aria-label': 'Situations to try' }, el('span', { 'aria-hidden': 'true' }, 'Try'));
  for (const [name, state] of Object.entries(situations)) group.append(lab.button(name, () => choose(state)));
  return group;
}

function control(id, field, inputs, key, change) {
  const hint = field.hint ? el('span', { class: 'lab-hint', id: `${id}-hint` }, field.hint) : '';
  const common = { id, name: key, 'aria-describedby': field.hint ? `${id}-hint` : null };
  const label = el('label', { for: id }, field.label);
  if (field.kind === 'range') {
    const output = el('output', { for: id });
    const input = el('input', { ...common, type: 'range', min: field.min, max: field.max, step: field.step,
      input: () => change(field.fromPosition(input.value)) });
    inputs[key] = { input, output };
    return el('div', { class: 'lab-field' }, el('div', { class: 'lab-label' }, label, output), input, hint);
  }
  if (field.kind === 'select') {
    const options = Object.entries(field.options).map(([value, words]) => el('option', { value }, words));
    const input = el('select', { ...common, change: () => change(input.value) }, ...options);
    inputs[key] = { input };
    return el('div', { class: 'lab-field' }, el('div', { class: 'lab-label' }, label), input, hint);
  }
  if (field.kind === 'checkbox') {
    const input = el('input', { ...common, type: 'checkbox', change: () => change(input.checked) });
    inputs[key] = { input };
    return el('div', { class: 'lab-field lab-check' }, input, label, hint);
  }
  const input = el('input', { ...common, type: 'text', spellcheck: 'false', autocomplete: 'off', input: () => change(input.value) });
  inputs[key] = { input };
  return el('div', { class: 'lab-field' }, el('div', { class: 'lab-label' }, label), input, hint);
}

function showValues(fields, inputs, state) {
  for (const [key, { input, output }] of Object.entries(inputs)) {
    const field = fields[key], value = state[key];
    if (field.kind === 'checkbox') input.checked = value;
    else if (field.kind === 'range') {
      const position = String(field.toPosition(value));
      if (input.value !== position) input.value = position;
      output.value = field.show(value);
      input.setAttribute('aria-valuetext', field.show(value));
    } else if (input.value !== value) input.value = value;
  }
}

// The address holds only what differs from the default: ?slope.lr=0.1&slope.steps=5
function fromAddress(name, fields) {
  const query = new URLSearchParams(location.search), state = {};
  for (const [key, field] of Object.entries(fields)) {
    const text = query.get(`${name}.${key}`), value = text === null ? undefined : field.parse(text);
    if (value !== undefined) state[key] = value;
  }
  return state;
}

function toAddress(name, fields, state) {
  const address = new URL(location.href);
  for (const [key, field] of Object.entries(fields)) {
    if (state[key] === field.value) address.searchParams.delete(`${name}.${key}`);
    else address.searchParams.set(`${name}.${key}`, field.format(state[key]));
  }
  if (address.href !== location.href) history.replaceState(history.state, '', address);
}

/** run(...) after wait milliseconds without another call; .now() runs what is waiting at once. */
export function debounced(run, wait) {
  let timer, waiting;
  const late = (...given) => { waiting = given; clearTimeout(timer); timer = setTimeout(late.now, wait); };
  late.now = () => { clearTimeout(timer); if (waiting) { const given = waiting; waiting = undefined; run(...given); } };
  return late;
}

/** A colour of the page: colour('accent') is the value of --lab-accent in the light or dark theme of the moment. */
export function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--lab-${name}`).trim(); }

/** Call run whenever the reader switches between light and dark. */
export function onTheme(run) {
  new MutationObserver(run).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
}

/** Repeatable random numbers in [0,1) from a whole number: mulberry32, public domain, by Tommy Ettinger. */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
