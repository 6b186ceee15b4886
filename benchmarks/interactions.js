// Watches a page for benchmarks/page_speed.py: how long after an input its answer was painted. Runs before the page's own scripts.
(() => {
  const QUIET_MS = 400; // nothing changed for so long, and nothing is asked of the service: settled; longer than any wait of the page before it asks
  let kind = null;
  let turn = 0; // a frame that was waited for in the interaction before tells nothing of this one
  let began = null, first, last, changed, asking = 0;

  // A message sent from an animation frame arrives when that frame was handed over to be shown.
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(null);
  });

  const note = () => {
    if (began === null) return;
    changed = performance.now();
    const mine = turn;
    painted((now) => {
      if (mine !== turn) return;
      first ??= now;
      last = now;
    });
  };

  const begin = (event) => {
    if (kind !== event.type || began !== null) return;
    began = event.timeStamp;
    note();
  };

  for (const type of ["wheel", "click", "input", "change", "keydown", "pointermove"]) addEventListener(type, begin, { capture: true, passive: true });
  addEventListener("DOMContentLoaded", () => new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, characterData: true }));

  const ask = window.fetch;
  window.fetch = (...given) => {
    asking++;
    return ask(...given).finally(() => { asking--; note(); });
  };

  /** The next event of this kind is the one to be timed. */
  window.timeNext = (type) => {
    turn++;
    [kind, began, first, last] = [type, null, null, null];
  };

  /** {first, last}: ms from the event to the next painted frame, and to the one after which nothing changed; null where no event came. */
  window.timed = () => new Promise((resolve) => {
    const start = performance.now();
    const look = setInterval(() => {
      const now = performance.now();
      if (began === null && now - start < 2000) return;
      if (began !== null && (asking || last === null || now - changed < QUIET_MS)) return;
      clearInterval(look);
      resolve(began === null ? null : { first: first - began, last: last - began });
    }, 20);
  });
})();
