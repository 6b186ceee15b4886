// The colours of the style sheet, as a canvas takes them, and word of their changing.

const TOKENS = ["surface", "raised", "line", "line-strong", "text", "text-quiet", "accent", "accent-text", "warm", "warm-soft"];

/** {surface, line, lineStrong, ...}: what the tokens come to in the colours of now. */
export function palette(element) {
  const colours = {};
  const before = element.style.color;
  for (const token of TOKENS) {
    element.style.color = `var(--${token})`;
    colours[token.replace(/-(\w)/g, (_whole, letter) => letter.toUpperCase())] = getComputedStyle(element).color;
  }
  element.style.color = before;
  return colours;
}

/** Calls `listener` when the colours change; returns what ends that. */
export function onColours(listener) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const own = new MutationObserver(listener);
  system.addEventListener("change", listener);
  own.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", listener);
    own.disconnect();
  };
}
