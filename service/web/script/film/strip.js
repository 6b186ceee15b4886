// The key frames near the playhead, each with its best tags. Of thousands only those that are seen are in the page.

import { fill, h } from "../dom.js";
import { score, time } from "../forms.js";
import { alternative, picture } from "../picture.js";
import { link } from "../router.js";
import { spoken } from "../words.js";
import { placeAfter } from "./segments.js";

const WIDTH = 176; // pixels of a frame with its gap, as in film.css
const BEYOND = 3; // frames more at both sides than are seen
const PAGE = 48; // frames asked for at once

export class Strip {
  /** `ask(offset, limit)`: frames of GET .../frames. `tag()`: the selected one, which links carry on. */
  constructor({ t, id, timeline, player, vocabulary, image, ask, tag }) {
    Object.assign(this, { t, id, timeline, player, vocabulary, image, ask, tag });
    this.times = timeline.frame_times_ms;
    this.blurred = new Set(timeline.blurred_frames);
    this.items = new Map(); // by number
    this.known = new Map(); // number to its tags
    this.asked = new Set(); // pages
    this.current = -1;
    this.touched = 0; // when somebody moved the strip: it does not run away from under a hand
    this.list = h("ul", { class: "film-strip-list" });
    this.list.style.width = `${this.times.length * WIDTH}px`;
    this.element = h("div", { class: "film-strip", role: "region", "aria-label": t("strip") }, this.list);
    this.element.addEventListener("scroll", () => this.draw());
    for (const name of ["pointerdown", "wheel", "keydown", "touchmove"]) this.element.addEventListener(name, () => (this.touched = Date.now()), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.onTime = () => this.#follow();
    player.addEventListener("time", this.onTime);
    this.resizing = new ResizeObserver(() => { this.#follow(true); this.draw(); });
    this.resizing.observe(this.element);
  }

  leave() {
    this.resizing.disconnect();
    cancelAnimationFrame(this.drawing);
    this.player.removeEventListener("time", this.onTime);
  }

  /** The number of the key frame that stands for a time: the last one before it, but one of the shot that the time is in. */
  at(ms) {
    const { shots } = this.timeline;
    const { first_frame, frames } = shots[Math.max(0, placeAfter(shots, ms) - 1)];
    let number = first_frame;
    while (number + 1 < first_frame + frames && this.times[number + 1] <= ms) number++;
    return number;
  }

  /** Links carry the chosen tag on. */
  relink() {
    for (const [number, item] of this.items) item.querySelector("a").href = this.#link(number);
  }

  #link(number) {
    return link("frame", [this.id, number], { tag: this.tag() });
  }

  draw() {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.#draw();
    });
  }

  #draw() {
    const { scrollLeft, clientWidth } = this.element;
    const first = Math.max(0, Math.floor(scrollLeft / WIDTH) - BEYOND);
    const last = Math.min(this.times.length, Math.ceil((scrollLeft + clientWidth) / WIDTH) + BEYOND);
    for (const [number, item] of this.items) {
      if ((number < first || number >= last) && !item.contains(document.activeElement)) {
        item.remove();
        this.items.delete(number);
      }
    }
    for (let number = first; number < last; number++) if (!this.items.has(number)) this.#add(number);
    this.#askFor(first, last);
  }

  #add(number) {
    const item = h("li", { class: "film-frame", "aria-setsize": this.times.length, "aria-posinset": number + 1, style: { left: `${number * WIDTH}px` } });
    this.#fill(item, number);
    const after = [...this.items].filter(([other]) => other > number).sort(([one], [other]) => one - other)[0]?.[1] ?? null;
    this.list.insertBefore(item, after);
    this.items.set(number, item);
  }

  #fill(item, number) {
    const tags = this.known.get(number) ?? [];
    const time_ms = this.times[number];
    const within = h("a", { href: this.#link(number), "aria-current": number === this.current ? "true" : false });
    fill(item, picture({ image: this.image(number), alt: alternative({ time_ms, tags }, this.vocabulary), blurred: this.blurred.has(number), within }),
      h("p", { class: "film-frame-time numbers" }, time(time_ms, true)),
      h("ol", { class: "film-frame-tags" }, tags.map(({ tag, score: value }) =>
        h("li", {}, h("span", {}, spoken(this.vocabulary.get(tag)?.name, tag)), h("span", { class: "numbers quiet-text" }, score(value))))));
    item.classList.toggle("film-frame-current", number === this.current);
  }

  async #askFor(first, last) {
    for (let page = Math.floor(first / PAGE); page * PAGE < last; page++) {
      if (this.asked.has(page)) continue;
      this.asked.add(page);
      try {
        for (const { number, tags } of await this.ask(page * PAGE, PAGE)) this.#learn(number, tags);
      } catch {
        this.asked.delete(page); // asked again when the strip moves; the view tells of the service itself
      }
    }
  }

  #learn(number, tags) {
    this.known.set(number, tags);
    const item = this.items.get(number);
    if (item && !item.contains(document.activeElement)) this.#fill(item, number);
  }

  #follow(always = false) {
    const number = this.at(this.player.ms);
    if (number === this.current && !always) return;
    this.items.get(this.current)?.classList.remove("film-frame-current");
    this.items.get(this.current)?.querySelector("a")?.removeAttribute("aria-current");
    this.current = number;
    this.items.get(number)?.classList.add("film-frame-current");
    this.items.get(number)?.querySelector("a")?.setAttribute("aria-current", "true");
    if (Date.now() - this.touched > 4000) this.#center(number);
    this.draw();
  }

  #center(number) {
    this.element.scrollLeft = (number + 0.5) * WIDTH - this.element.clientWidth / 2;
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = [...this.items].find(([, item]) => item.contains(document.activeElement))?.[0];
    if (!step || here === undefined || here + step < 0 || here + step >= this.times.length) return;
    event.preventDefault();
    if (!this.items.has(here + step)) this.#add(here + step);
    this.items.get(here + step).querySelector("a").focus();
  }
}
