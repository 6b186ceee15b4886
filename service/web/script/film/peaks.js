// The card with the frames that show a row best: beside the row that the pointer is over or the keyboard stands on.

import { fill, h } from "../dom.js";
import { score, time } from "../forms.js";
import { picture } from "../picture.js";

const WAIT_MS = 140; // so that a pointer on its way elsewhere opens nothing
const STAY_MS = 260; // to come over to the card
const HEADER = 56; // pixels of the window that the page's own header takes

export class Peaks {
  /** `image(number)`: address of a frame's picture, `isBlurred(number)`, `timeOf(number)` in ms, `onJump(ms)`. */
  constructor({ t, image, isBlurred, timeOf, onJump }) {
    Object.assign(this, { t, image, isBlurred, timeOf, onJump });
    this.row = null;
    this.element = h("div", { class: "film-peaks", role: "group", hidden: true, on: {
      pointerenter: () => this.#soon(null),
      pointerleave: () => this.#soon(() => this.hide(), STAY_MS),
    } });
    this.onKey = (event) => event.key === "Escape" && this.hide();
  }

  /** The pointer is over this row's lane (or over none). */
  over(row, lane, x, onChange) {
    if (row && row.id === this.row?.id) return this.#soon(null);
    if (row) this.#soon(() => this.show(row, lane, onChange, x), this.row ? 60 : WAIT_MS);
    else if (this.row) this.#soon(() => this.hide(), STAY_MS);
    else this.#soon(null);
  }

  show(row, lane, onChange, x = null) {
    this.#soon(null);
    this.hide();
    if (!row.peaks.length) return;
    this.row = row;
    this.onChange = onChange;
    const title = this.t("peaks", { name: row.name });
    this.element.setAttribute("aria-label", title);
    fill(this.element, h("p", { class: "film-peaks-title" }, h("strong", {}, row.name), h("span", { class: "quiet-text numbers" }, row.told?.() ?? row.value)),
      h("div", { class: "film-peaks-row" }, row.peaks.map((number) => this.#frame(row, number))));
    this.element.hidden = false;
    document.addEventListener("keydown", this.onKey);
    this.#stand(lane, x);
    onChange();
  }

  hide() {
    this.#soon(null);
    if (!this.row) return;
    this.row = null;
    this.element.hidden = true;
    document.removeEventListener("keydown", this.onKey);
    this.onChange();
  }

  #frame(row, number) {
    const ms = this.timeOf(number);
    const go = h("button", { type: "button", on: { click: () => this.onJump(ms) } });
    const value = row.scoreAt?.(number);
    return h("figure", { class: "film-peak" }, picture({ image: this.image(number), alt: this.t("peak", { name: row.name, time: time(ms) }), blurred: this.isBlurred(number), within: go }),
      h("figcaption", { class: "numbers" }, time(ms), value === undefined ? null : h("span", {}, score(value))));
  }

  /** Above the row, so that the rows below it stay free for the pointer; below it where there is no room. */
  #stand(lane, x) {
    const around = this.element.parentElement.getBoundingClientRect();
    const row = lane.getBoundingClientRect();
    const middle = (x ?? (Math.max(row.left, around.left) + Math.min(row.right, around.right)) / 2) - around.left;
    const width = this.element.offsetWidth;
    this.element.style.left = `${Math.max(0, Math.min(around.width - width, middle - width / 2))}px`;
    const above = row.top - this.element.offsetHeight;
    this.element.style.top = `${(above < HEADER ? row.bottom : above) - around.top}px`;
  }

  #soon(act, after = 0) {
    clearTimeout(this.waiting);
    if (act) this.waiting = setTimeout(act, after);
  }
}
