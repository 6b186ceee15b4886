// The tags of a key frame as bars against their thresholds, each with the buttons that say whether it is right.

import { fill, h, icon } from "../dom.js";
import { score } from "../forms.js";

/**
 * A list that show(tags) fills. A tag: {id, name, score, threshold, isFound, isTheme, isChosen, said: verdict or null}.
 * `onChoose(id)`: its bar was pressed; `onVerdict(id, verdict)`, null to take it back; without `onVerdict` there are no such buttons.
 */
export function bars({ t, onChoose, onVerdict }) {
  const element = h("ul", { class: "frame-tags" });
  const row = (tag) => h("li", { class: "frame-tag" }, bar(tag, t, onChoose), verdicts(tag, t, onVerdict));
  return { element, show: (tags) => keepingFocus(element, () => fill(element, tags.map(row))) };
}

function bar(tag, t, onChoose) {
  const state = tag.isFound ? (tag.isTheme ? "found-theme" : "found") : tag.isTheme ? "theme" : "below";
  const lines = [
    h("span", { class: "frame-bar-name" }, tag.name),
    h("span", { class: "frame-bar-score numbers" }, score(tag.score)),
    h("span", { class: "frame-bar-track", "aria-hidden": "true", style: { "--score": tag.score, "--threshold": tag.threshold } },
      h("span", { class: "frame-bar-fill" }), h("span", { class: "frame-bar-threshold" })),
    h("span", { class: "frame-bar-state small" }, t(state, { threshold: score(tag.threshold) })),
  ];
  const classes = tag.isFound ? "frame-bar frame-bar-found" : "frame-bar";
  return h("button", { type: "button", class: classes, "aria-pressed": String(tag.isChosen), data: { key: tag.id },
    on: { click: () => onChoose(tag.id) } }, lines);
}

function verdicts(tag, t, onVerdict) {
  if (!onVerdict) return tag.said ? h("p", { class: "frame-verdicts small" }, t(`said-${tag.said}`)) : null;
  const offered = tag.isFound ? ["right", "wrong"] : ["missing"];
  if (tag.said && !offered.includes(tag.said)) offered.push(tag.said); // said of another result, where it was found or was not
  const button = (verdict) => h("button", {
    type: "button",
    class: `frame-verdict frame-verdict-${verdict}`,
    "aria-pressed": String(tag.said === verdict),
    "aria-label": `${tag.name}: ${t(verdict)}`,
    title: t(tag.said === verdict ? "take-back" : `explain-${verdict}`, { tag: tag.name }),
    data: { key: `${tag.id} ${verdict}` },
    on: { click: () => onVerdict(tag.id, tag.said === verdict ? null : verdict) },
  }, icon(ICONS[verdict]), h("span", { class: "frame-verdict-text" }, t(verdict)));
  return h("div", { class: "frame-verdicts" }, offered.map(button));
}

const ICONS = { right: "check", wrong: "close", missing: "plus" };

/** Elements with data-key have their focus again after the list was made anew. */
function keepingFocus(list, render) {
  const key = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  render();
  if (key) [...list.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key)?.focus({ preventScroll: true });
}
