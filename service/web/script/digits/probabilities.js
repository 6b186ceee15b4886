// Ten bars, one a digit, which move while one draws.

import { h } from "../dom.js";
import { score } from "../forms.js";

/** `{element, show(probabilities | null)}`. */
export function probabilities(name) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const bar = h("span", { class: "digits-bar" });
    const text = h("span", { class: "digits-share numbers" }, score(0));
    const row = h("li", {}, h("span", { class: "digits-digit" }, digit), h("span", { class: "digits-track" }, bar), text);
    return { row, bar, text };
  });
  const element = h("ol", { class: "digits-bars", start: 0, "aria-label": name }, rows.map(({ row }) => row));
  return { element, show };

  function show(values) {
    const best = values ? values.indexOf(Math.max(...values)) : -1;
    rows.forEach(({ row, bar, text }, digit) => {
      bar.style.setProperty("inline-size", `${100 * (values?.[digit] ?? 0)}%`);
      text.textContent = score(values?.[digit] ?? 0);
      row.classList.toggle("is-best", digit === best);
    });
  }
}
