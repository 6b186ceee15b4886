// What was measured of each tag: a table that is ordered by any of its columns.

import { fill, h } from "../dom.js";
import { number, score } from "../forms.js";

const COLUMNS = ["tag", "ap", "images", "threshold"];

/** The table of `rows` ({tag, name, ap, interval_90, images, threshold, weak, unverified}). */
export function perTag(rows, t) {
  const body = h("tbody");
  const heads = new Map(COLUMNS.map((name) => [name, head(name)]));
  let order = { by: "tag", sign: 1 };
  draw();
  return h("div", { class: "models-scroll", tabindex: "0", role: "region", "aria-label": t("per-tag") },
    h("table", { class: "models-tags" }, h("caption", { class: "visually-hidden" }, t("per-tag")),
      h("thead", {}, h("tr", {}, [...heads.values()])), body));

  function head(name) {
    return h("th", { scope: "col" }, h("button", { type: "button", class: "quiet", on: { click: () => orderBy(name) } }, t(`column-${name}`)));
  }

  function orderBy(name) {
    const first = name === "tag" ? 1 : -1;
    order = { by: name, sign: order.by === name ? -order.sign : first };
    draw();
  }

  function draw() {
    for (const [name, cell] of heads) {
      cell.setAttribute("aria-sort", name === order.by ? (order.sign > 0 ? "ascending" : "descending") : "none");
    }
    fill(body, [...rows].sort(compare).map(row));
  }

  function compare(one, other) {
    if (order.by === "tag") return order.sign * one.name.localeCompare(other.name);
    return order.sign * ((one[order.by] ?? -1) - (other[order.by] ?? -1));
  }

  function row(tag) {
    const marks = ["weak", "unverified"].filter((mark) => tag[mark]).map((mark) => h("span", { class: "chip", title: t(`${mark}-help`) }, t(mark)));
    return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "row" }, tag.name, marks)), h("td", {}, precision(tag)),
      h("td", { class: "numbers" }, tag.images == null ? "–" : number(tag.images)),
      h("td", { class: "numbers" }, tag.threshold == null ? "–" : score(tag.threshold)));
  }

  /** The figure with its 90 % interval as a bar; the text says both. */
  function precision({ ap, interval_90: interval }) {
    if (ap == null) return h("span", { class: "quiet-text" }, t("not-measured"));
    const [low, high] = interval ?? [ap, ap];
    const bar = h("span", { class: "models-bar", "aria-hidden": "true" },
      h("span", { class: "models-interval", style: { left: `${100 * low}%`, width: `${100 * (high - low)}%` } }),
      h("span", { class: "models-point", style: { left: `${100 * ap}%` } }));
    return h("span", { class: "models-precision" }, h("span", { class: "numbers" }, number(ap, 2)), bar,
      h("span", { class: "numbers quiet-text small" }, interval ? t("interval", { low: number(low, 2), high: number(high, 2) }) : ""));
  }
}
