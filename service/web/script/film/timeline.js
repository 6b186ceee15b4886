// The timeline: a ruler, rows of ribbons, the playhead through all of them. It scrolls and zooms; only what is seen is painted.

import { h } from "../dom.js";
import { time } from "../forms.js";
import { listenToKeys, nearest } from "./keys.js";
import { paint } from "./paint.js";
import { onColours, palette } from "./palette.js";
import { Rows, told } from "./rows.js";
import { Scale } from "./scale.js";

const ROW = 32; // pixels, as in film.css
const RULER = 34;

/** Events: "jump" (detail {ms}), "select" (detail {id}), "zoom". `peaks`: the card of a row's best frames. */
export class Timeline extends EventTarget {
  constructor({ t, say, timeline, player, peaks }) {
    super();
    Object.assign(this, { t, say, timeline, player, peaks });
    this.scale = new Scale(timeline.duration_ms);
    this.rows = new Rows(t);
    this.marked = -1; // place of a segment in the active row
    this.#build();
    this.#listen();
    listenToKeys(this, player);
  }

  #build() {
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.handle = h("div", { class: "film-handle" });
    this.ruler = h("div", { class: "film-ruler", "aria-hidden": "true" }, this.handle);
    this.corner = h("div", { class: "film-names film-corner", "aria-hidden": "true" });
    this.line = h("div", { class: "film-playhead", "aria-hidden": "true" });
    this.pointer = h("div", { class: "film-pointer numbers", "aria-hidden": "true", hidden: true });
    this.grid = h("div", { class: "film-sheet", role: "grid", "aria-label": this.t("timeline") },
      h("div", { class: "film-paper", role: "presentation" }, this.canvas), h("div", { class: "film-head", role: "presentation" }, this.corner, this.ruler),
      this.rows.element, this.line, this.pointer);
    this.scroller = h("div", { class: "film-scroller" }, this.grid);
    this.element = h("div", { class: "film-timeline" }, this.scroller, this.peaks.element);
    this.ends = [onColours(() => { this.colours = null; this.draw(); })];
  }

  #listen() {
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(this.scroller);
    this.scroller.addEventListener("scroll", () => { this.peaks.hide(); this.draw(); });
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(2 ** (-event.deltaY / 200), event.clientX - this.scroller.getBoundingClientRect().left - this.left);
    }, { passive: false });
    this.player.addEventListener("time", () => this.#playhead(true));
    this.grid.addEventListener("click", (event) => this.#clicked(event));
    this.grid.addEventListener("pointermove", (event) => this.#pointed(event));
    this.grid.addEventListener("pointerleave", () => this.#pointed(null));
    this.grid.addEventListener("focusin", (event) => this.#focused(event.target));
    this.grid.addEventListener("focusout", (event) => this.#left(event.relatedTarget));
    this.peaks.element.addEventListener("focusout", (event) => this.#left(event.relatedTarget));
    this.ruler.addEventListener("pointerdown", (event) => this.#scrub(event));
  }

  leave() {
    this.resizing.disconnect();
    cancelAnimationFrame(this.drawing);
    for (const end of this.ends) end();
  }

  /** Pixels that the names take. */
  get left() {
    return this.corner.offsetWidth;
  }

  set(list) {
    this.rows.set(list);
    this.grid.setAttribute("aria-rowcount", list.length);
    this.marked = -1;
    this.draw();
  }

  select(id) {
    this.rows.select(id);
    this.draw();
  }

  jump(ms) {
    this.dispatchEvent(new CustomEvent("jump", { detail: { ms } }));
  }

  /** Nearer by this factor, or farther; the moment at `anchor` pixels stays where it is. */
  zoom(factor, anchor = this.#playheadSeen()) {
    const ms = this.scale.ms(this.scroller.scrollLeft + anchor);
    this.scale.zoomTo(this.scale.zoom * factor);
    this.#stretch();
    this.scroller.scrollLeft = this.scale.x(ms) - anchor;
    this.dispatchEvent(new Event("zoom"));
  }

  fit() {
    this.zoom(0);
  }

  /** Mark a segment of the active row, and tell which it is. */
  mark(place) {
    const row = this.rows.find(this.rows.active.id);
    this.marked = place;
    this.#reveal(this.scale.x(row.segments[place].start_ms));
    this.say(this.t("at-segment", { place: place + 1, of: row.segments.length, segment: told(row.segments[place]) }));
    this.draw();
  }

  draw() {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      if (this.grid.isConnected) this.#draw();
    });
  }

  #draw() {
    const [width, height] = [this.scroller.clientWidth, this.scroller.clientHeight];
    const dense = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * dense) || this.canvas.height !== Math.round(height * dense)) {
      Object.assign(this.canvas, { width: Math.round(width * dense), height: Math.round(height * dense) });
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.colours ??= palette(this.canvas);
    const shown = this.peaks.row?.id ?? this.rows.active.id;
    const rows = this.rows.list.map((row) => ({
      ...row,
      marked: row.id === this.rows.active.id ? this.marked : -1,
      peakTimes: row.id === shown && (this.peaks.row || this.marked >= 0) ? row.peaks.map((number) => this.timeline.frame_times_ms[number]) : null,
    }));
    const context = this.canvas.getContext("2d");
    context.setTransform(dense, 0, 0, dense, 0, 0);
    const { scale, colours, left } = this;
    const { scrollLeft, scrollTop } = this.scroller;
    paint(context, { width, height, left, top: RULER, row: ROW, scrollLeft, scrollTop, scale, rows, shots: this.timeline.shots, colours });
  }

  #resized() {
    const width = Math.max(50, this.scroller.clientWidth - this.left);
    if (width !== this.scale.width) {
      const first = this.scale.ms(this.scroller.scrollLeft);
      this.scale.width = width;
      this.scale.zoomTo(this.scale.zoom);
      this.#stretch();
      this.scroller.scrollLeft = this.scale.x(first);
    }
    this.draw();
  }

  #stretch() {
    this.grid.style.setProperty("--film-length", `${this.scale.length}px`);
    this.#playhead(false);
    this.draw();
  }

  #playheadSeen() {
    const x = this.scale.x(this.player.ms) - this.scroller.scrollLeft;
    return x >= 0 && x <= this.scale.width ? x : this.scale.width / 2;
  }

  #playhead(follow) {
    const x = this.scale.x(this.player.ms);
    this.line.style.transform = `translateX(${x}px)`;
    this.handle.style.transform = `translateX(${x}px)`;
    if (follow && this.scale.zoom > 1) this.#reveal(x);
  }

  /** Scroll to x, if it is not seen. */
  #reveal(x) {
    const seen = x - this.scroller.scrollLeft;
    if (seen < 0 || seen > this.scale.width - 8) this.scroller.scrollLeft = Math.max(0, x - this.scale.width * 0.1);
  }

  #msAt(event) {
    return this.scale.ms(event.clientX - this.ruler.getBoundingClientRect().left);
  }

  #clicked(event) {
    const row = this.rows.of(event.target);
    if (!row) return;
    if (event.target.closest("button")) this.dispatchEvent(new CustomEvent("select", { detail: { id: row.id } }));
    else if (event.target.closest(".film-lane")) this.jump(this.#msAt(event));
  }

  #pointed(event) {
    const at = event && `${event.clientX},${event.clientY}`;
    if (at && at === this.pointed) return; // the page moved under a pointer that lies still
    this.pointed = at;
    const isOver = event?.target.closest?.(".film-lane, .film-ruler");
    this.pointer.hidden = !isOver;
    const row = isOver && event.pointerType === "mouse" ? this.rows.of(event.target) : null;
    this.peaks.over(row, row && event.target, event?.clientX, () => this.draw());
    if (!isOver) return;
    const ms = this.#msAt(event);
    this.pointer.textContent = time(ms, this.scale.mark < 5000);
    this.pointer.style.transform = `translateX(${this.scale.x(ms)}px)`;
  }

  #focused(element) {
    const row = this.rows.of(element);
    if (!row) return;
    const cell = element.closest("button") ? "name" : "lane";
    this.rows.activate(row.id, cell);
    if (cell === "lane" && element.matches(":focus-visible")) {
      this.peaks.show(row, element, () => this.draw());
      if (row.segments.length) this.mark(nearest(row.segments, this.player.ms));
    }
    this.draw();
  }

  /** The keyboard went elsewhere; the card stays while it stands in it. */
  #left(next) {
    if (this.peaks.element.contains(next)) return;
    this.marked = -1;
    this.peaks.hide();
    this.draw();
  }

  #scrub(event) {
    if (event.button) return;
    this.ruler.setPointerCapture(event.pointerId);
    const move = (moved) => this.player.seek(this.#msAt(moved));
    this.ruler.addEventListener("pointermove", move);
    this.ruler.addEventListener("lostpointercapture", () => {
      this.ruler.removeEventListener("pointermove", move);
      this.jump(this.player.ms);
    }, { once: true });
    move(event);
  }
}
