// What stands above the timeline: which rows, the threshold, the zoom, and what is played alone.

import { fill, h, icon } from "../dom.js";
import { score } from "../forms.js";
import { shade } from "./paint.js";

export const SHOWN = ["themes", "holding", "all"];
const START = 0.5; // where the slider stands before somebody moves it

/** `on`: {rows(name), threshold(value or null), zoom(factor), fit(), objects(isOn)}. */
export function toolbar({ t, minScore, on }) {
  const rows = h("div", { class: "film-choice", role: "group", "aria-label": t("rows") }, SHOWN.map((name) =>
    h("button", { type: "button", "aria-pressed": String(name === "themes"), data: { rows: name }, on: { click: () => choose(name) } }, t(`rows-${name}`))));
  const choose = (name) => {
    for (const button of rows.children) button.setAttribute("aria-pressed", String(button.dataset.rows === name));
    on.rows(name);
  };
  const threshold = slider(t, minScore, on.threshold);
  const told = h("p", { class: "film-told quiet-text small numbers" });
  const zoom = h("div", { class: "film-choice", role: "group", "aria-label": t("zoom") },
    h("button", { type: "button", class: "icon-only", "aria-label": t("farther"), title: t("farther"), on: { click: () => on.zoom(0.5) } }, icon("minus")),
    h("button", { type: "button", on: { click: on.fit } }, t("fit")),
    h("button", { type: "button", class: "icon-only", "aria-label": t("closer"), title: t("closer"), on: { click: () => on.zoom(2) } }, icon("plus")));
  const objects = h("div", { class: "film-objects" });
  const element = h("div", { class: "film-toolbar" }, rows, threshold, objects, zoom);
  const foot = h("div", { class: "film-foot" }, told, legend(t));
  return { element, foot, objects, choose, tell: (text) => fill(told, text), zoomed: (scale) => zoomed(zoom, scale) };
}

function zoomed(zoom, scale) {
  zoom.children[0].disabled = scale.zoom <= 1;
  zoom.children[1].disabled = scale.zoom <= 1;
  zoom.children[2].disabled = scale.zoom >= scale.most;
}

function slider(t, minScore, onThreshold) {
  const range = h("input", { type: "range", id: "film-threshold", min: 1, max: 99, step: 1, value: Math.round((minScore ?? START) * 100) });
  const value = h("output", { class: "numbers film-threshold-value", for: "film-threshold" });
  const own = h("input", { type: "checkbox", id: "film-own", checked: minScore === null });
  const tell = () => {
    const text = own.checked ? t("own-each") : score(range.value / 100);
    value.textContent = own.checked ? "" : text;
    range.setAttribute("aria-valuetext", text);
    range.classList.toggle("film-range-own", own.checked);
  };
  const moved = (isOwn) => {
    own.checked = isOwn;
    tell();
    onThreshold(isOwn ? null : range.value / 100);
  };
  range.addEventListener("input", () => moved(false));
  own.addEventListener("change", () => moved(own.checked));
  tell();
  return h("div", { class: "film-threshold" }, h("label", { for: "film-threshold" }, t("threshold")), range, value,
    h("span", { class: "film-own" }, own, h("label", { for: "film-own", title: t("own-help") }, t("own"))));
}

function legend(t) {
  const steps = [0.5, 0.6, 0.7, 0.8, 0.9];
  return h("p", { class: "film-legend small quiet-text", "aria-hidden": "true" }, t("surer"),
    steps.map((value) => h("span", { class: "film-shade", style: { "--film-shade": shade(value) }, title: score(value) })));
}
