// Where there is no film to show: why, and what to do.

import { fill, h, icon } from "../dom.js";
import { fileButton } from "../uploads/drop.js";

/** Fill `place`. `t` are the library's words, `u` those of uploads. */
export function nothing(place, { t, u, isFiltered, mayWrite, onClear, onFiles }) {
  const kind = isFiltered ? "found" : mayWrite ? "bring" : "wait";
  if (place.dataset.kind === kind) return;
  place.dataset.kind = kind;
  const sign = h("div", { class: "library-empty-sign" }, icon(isFiltered ? "search" : "film"));
  if (isFiltered) {
    fill(place, sign, h("h2", {}, t("none-found")), h("p", {}, t("none-found-means")), h("button", { type: "button", class: "primary", on: { click: onClear } }, t("clear")));
  } else {
    fill(place, sign, h("h2", {}, t("none-yet")), h("p", {}, t(mayWrite ? "none-yet-means" : "none-yet-reader")),
      mayWrite ? fileButton({ text: u("add-films"), onFiles }) : null, mayWrite ? h("p", { class: "quiet-text small" }, t("none-yet-more")) : null);
  }
}
