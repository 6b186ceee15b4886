// The timeline in words, for those who would rather read it: each row's segments as buttons, made when asked for.

import { fill, h } from "../dom.js";
import { score } from "../forms.js";
import { told } from "./rows.js";

export function readable({ t, onJump }) {
  const list = h("div", { class: "film-text-rows" });
  const element = h("details", { class: "film-text card", on: { toggle: draw } }, h("summary", {}, t("as-text")), list);
  let rows = [];

  function draw() {
    if (element.open) fill(list, rows.map(line));
    else fill(list);
  }

  function line(row) {
    const places = h("ol", {});
    const title = t("lane", { name: row.name, count: row.segments.length, share: score(row.coverage) });
    return h("details", { on: { toggle: (event) => fill(places, event.target.open ? row.segments.map(entry) : []) } }, h("summary", {}, title), places);
  }

  function entry(segment) {
    return h("li", {}, h("button", { type: "button", class: "chip numbers", on: { click: () => onJump(segment.start_ms) } }, told(segment)));
  }

  return {
    element,
    set(shown) {
      rows = shown;
      draw();
    },
  };
}
