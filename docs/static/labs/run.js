// Taking many steps before the reader's eyes.

/**
 * Takes steps before the reader's eyes: the button says Run, and Stop while it runs.
 * plan() tells {from, to, faster}; show(n) is called with each number of steps; started(from) at the first.
 * A reader who wants less motion gets the end at once.
 */
export function createRun(button, { plan, show, started }) {
  let frame = 0;
  const stop = () => { cancelAnimationFrame(frame); frame = 0; button.textContent = 'Run'; };
  const start = () => {
    const { from, to, faster } = plan(), began = performance.now(), length = Math.min(160 * (to - from), 6000);
    if (to <= from || matchMedia('(prefers-reduced-motion: reduce)').matches) { show(to); return; }
    let shown = from;
    const tick = now => {
      const n = paced(from, to, (now - began) / length, faster);
      frame = n < to ? requestAnimationFrame(tick) : 0;
      if (n !== shown) show(shown = n);
      if (!frame) stop();
    };
    button.textContent = 'Stop';
    frame = requestAnimationFrame(tick);
    started(from);
  };
  const halt = () => { stop(); show(plan().from); };
  return { stop, going: () => frame !== 0, toggle: () => (frame ? halt() : start()) };
}

/** Where a run is after a share of its time: every step alike, or each faster than the one before. */
export function paced(from, to, share, faster) {
  const done = Math.min(Math.max(share, 0), 1), way = to - from;
  return from + Math.min(way, Math.floor(faster ? (way + 1) ** done - 1 + 1e-9 : way * done));
}
