// The rows of the timeline as elements: names to the left, lanes that take pointers and keys. Their ribbons are painted beneath.

import { h, icon } from "../dom.js";
import { score, time } from "../forms.js";

/** Words of a segment: "0:12–0:40, 83 %". */
export function told(segment) {
  return `${time(segment.start_ms)}–${time(segment.end_ms)}, ${score(segment.score)}`;
}

export class Rows {
  constructor(t) {
    this.t = t;
    this.elements = new Map(); // by the row's id: {row, name, value, lane}
    this.list = [];
    this.active = { id: null, cell: "lane" }; // the one that the tab key comes to
    this.element = h("div", { class: "film-rows", role: "rowgroup" });
  }

  /** Show these rows, in this order. */
  set(list) {
    this.list = list;
    if (!list.some((row) => row.id === this.active.id)) this.active = { id: list[0]?.id ?? null, cell: "lane" };
    const wanted = list.map((row) => this.#told(row).row);
    if (wanted.length !== this.element.children.length || wanted.some((row, place) => row !== this.element.children[place])) {
      this.element.replaceChildren(...wanted);
    }
    this.rove();
  }

  select(id) {
    this.selected = id;
    for (const [own, { row, name }] of this.elements) {
      row.classList.toggle("film-row-selected", own === id);
      name.setAttribute("aria-pressed", String(own === id));
    }
  }

  find(id) {
    return this.list.find((row) => row.id === id) ?? null;
  }

  /** The row of an element inside it. */
  of(element) {
    const row = element.closest?.(".film-row");
    return row ? this.find(row.dataset.row) : null;
  }

  activate(id, cell) {
    this.active = { id, cell };
    this.rove();
  }

  focus(id, cell) {
    this.activate(id, cell);
    this.elements.get(id)?.[cell].focus();
  }

  rove() {
    for (const { id } of this.list) {
      const { name, lane } = this.elements.get(id);
      name.tabIndex = lane.tabIndex = id === this.active.id ? 0 : -1;
    }
  }

  #told(row) {
    const own = this.elements.get(row.id) ?? this.#made(row);
    own.value.textContent = row.value;
    own.row.classList.toggle("film-row-empty", !row.segments.length);
    own.lane.setAttribute("aria-label", this.t("lane", { name: row.name, count: row.segments.length, share: score(row.coverage) }));
    return own;
  }

  #made(row) {
    const value = h("span", { class: "film-row-value numbers" });
    const name = h("button", { type: "button", class: "film-row-name", title: row.description, "aria-pressed": String(row.id === this.selected), tabindex: -1 },
      icon("play"), h("span", { class: "film-row-text" }, row.name), value);
    const lane = h("div", { class: "film-lane", role: "gridcell", tabindex: -1 });
    const kinds = `film-row film-row-${row.kind}${row.id === this.selected ? " film-row-selected" : ""}`;
    const own = { name, value, lane, row: h("div", { class: kinds, role: "row", data: { row: row.id } }, h("div", { class: "film-names", role: "rowheader" }, name), lane) };
    this.elements.set(row.id, own);
    return own;
  }
}
