// A tagged film at work: player, timeline, themes and key frames, moved by one clock.

import { fill, h, icon } from "../dom.js";
import { score, time } from "../forms.js";
import { picture } from "../picture.js";
import { spoken } from "../words.js";
import { moment } from "./moment.js";
import { objectRows } from "./objects.js";
import { Only } from "./only.js";
import { onlyBar } from "./only_bar.js";
import { Peaks } from "./peaks.js";
import { Player } from "./player.js";
import { told } from "./rows.js";
import { cut } from "./segments.js";
import { Strip } from "./strip.js";
import { readable } from "./readable.js";
import { Timeline } from "./timeline.js";
import { toolbar } from "./toolbar.js";

/** Events: "place" (time or tag changed by somebody; the view keeps them in the address). */
export class Workbench extends EventTarget {
  /** `data`: {movie, timeline, objects, vocabulary}. `start`: {ms, tag}. `ask(offset, limit)`: key frames. `lookForObjects`: or null. */
  constructor({ app, t, data, start, ask, lookForObjects }) {
    super();
    Object.assign(this, { app, t, ...data, lookForObjects });
    this.minScore = this.timeline.min_score;
    if (this.minScore !== null) for (const row of this.timeline.tags) row.threshold = this.vocabulary.get(row.tag)?.threshold ?? row.threshold;
    this.rows = [];
    this.shown = "themes";
    this.selected = null;
    this.hasObjects = true;
    this.objectRows = this.objects.model ? objectRows(this.objects, this.timeline.duration_ms) : [];
    this.player = new Player(this.movie, t, start.ms);
    this.only = new Only(this.player);
    this.#build(ask);
    this.#listen();
    this.#cut();
    this.select(this.timeline.tags.some(({ tag }) => tag === start.tag) ? start.tag : null);
  }

  #build(ask) {
    const { app, t, timeline, player, vocabulary } = this;
    const image = (number) => timeline.thumbnail.replace("{number}", number).replace("%7Bnumber%7D", number);
    const blurred = new Set(timeline.blurred_frames);
    const parts = { t, image, isBlurred: (number) => blurred.has(number), timeOf: (number) => timeline.frame_times_ms[number] };
    this.peaks = new Peaks({ ...parts, onJump: (ms) => this.jump(ms) });
    this.lines = new Timeline({ t, say: app.say, timeline, player, peaks: this.peaks });
    this.strip = new Strip({ t, id: this.movie.id, timeline, player, vocabulary, image, ask, tag: () => this.#tag() });
    this.bar = toolbar({ t, minScore: this.minScore, on: {
      rows: (name) => { this.shown = name; this.#show(); },
      threshold: (value) => { this.minScore = value; this.#cut(); this.#sayLater(); },
      zoom: (factor) => this.lines.zoom(factor),
      fit: () => this.lines.fit(),
    } });
    this.moment = moment({ t, parts, id: this.movie.id, timeline, player, vocabulary, strip: this.strip });
    this.text = readable({ t, onJump: (ms) => this.jump(ms) });
    this.themes = h("div", { class: "film-themes row" });
    this.onlyBar = onlyBar({ t, only: this.only, player, onWhole: () => this.select(null) });
    this.note = h("p", { class: "film-none quiet-text", hidden: true });
    this.element = h("div", { class: "film-workbench" },
      h("div", { class: "film-top" }, h("div", { class: "film-stage" }, player.element),
        h("div", { class: "film-side card" }, h("h2", {}, t("themes")), this.themes, this.moment.element)),
      h("div", { class: "film-panel card" }, this.bar.element, this.onlyBar.element, this.lines.element, this.note, this.bar.foot),
      this.strip.element, this.text.element);
    this.#objectsTool();
  }

  #listen() {
    this.lines.addEventListener("jump", ({ detail }) => this.jump(detail.ms));
    this.lines.addEventListener("select", ({ detail }) => this.select(detail.id === this.selected ? null : detail.id, true));
    this.lines.addEventListener("zoom", () => this.bar.zoomed(this.lines.scale));
    this.player.addEventListener("state", () => !this.player.isPlaying && this.#placed());
    this.player.addEventListener("still", () => this.#still());
    this.only.addEventListener("change", () => this.#sayOnly());
    this.only.addEventListener("end", () => this.app.say(this.t("only-end")));
    this.bar.zoomed(this.lines.scale);
  }

  leave() {
    clearTimeout(this.saying);
    this.peaks.hide();
    this.lines.leave();
    this.strip.leave();
    this.player.leave();
  }

  jump(ms) {
    this.player.seek(ms);
    this.#placed();
    this.app.say(this.t("jumped", { time: time(ms) }));
  }

  /** Choose a row: its segments alone are played. `play`: at once, from the next of them on. */
  select(id, play = false) {
    this.selected = id;
    this.#show();
    this.lines.select(id);
    this.only.set(this.#row(id)?.segments ?? null);
    this.onlyBar.name(this.#row(id)?.name ?? null);
    this.strip.relink();
    this.moment.relink();
    this.#placed();
    if (!play || !this.only.isOn) return;
    if (this.only.place < 0) this.only.go(Math.max(0, this.only.segments.findIndex((part) => part.start_ms >= this.player.ms)));
    this.player.play();
  }

  #row(id) {
    return this.rows.find((row) => row.id === id) ?? null;
  }

  #tag() {
    return this.#row(this.selected)?.kind === "tag" ? this.selected : null;
  }

  #placed() {
    this.dispatchEvent(new CustomEvent("place", { detail: { ms: Math.round(this.player.ms), tag: this.#tag() } }));
  }

  /** Cut the segments anew: at the beginning, and whenever the threshold moves. */
  #cut() {
    const found = cut(this.timeline, this.minScore);
    const tags = found.map((part, place) => this.#tagRow(part, this.timeline.tags[place])).sort((one, other) => other.film - one.film);
    this.rows = [...tags, ...this.objectRows.map((row) => this.#objectRow(row))];
    this.#show();
    fill(this.themes, tags.filter((row) => row.isTheme).map((row) => this.#chip(row)));
    if (!this.themes.firstChild) fill(this.themes, h("p", { class: "quiet-text" }, this.t("no-themes")));
    if (this.selected) this.only.set(this.#row(this.selected)?.segments ?? null);
    this.onlyBar.draw();
  }

  #tagRow(part, { tag, score: film, scores, peaks }) {
    const known = this.vocabulary.get(tag);
    return { ...part, id: tag, kind: "tag", name: spoken(known?.name, tag), description: spoken(known?.description), film, value: score(film),
      told: () => this.t("row-told", { score: score(film), share: score(part.coverage), threshold: score(part.threshold) }), scores, peaks };
  }

  #objectRow(row) {
    return { ...row, name: row.label, description: this.t("object-row", { count: row.count }), value: `× ${row.count}`, scores: null };
  }

  #chip(row) {
    return h("button", { type: "button", class: "chip", "aria-pressed": String(row.id === this.selected), data: { tag: row.id }, title: row.description,
      on: { click: () => this.select(row.id === this.selected ? null : row.id, true) } }, row.name, h("span", { class: "numbers quiet-text" }, row.value));
  }

  #show() {
    const keep = { themes: (row) => row.isTheme || row.id === this.selected, holding: (row) => row.segments.length, all: () => true }[this.shown];
    const tags = this.rows.filter((row) => row.kind === "tag");
    const objects = this.hasObjects ? this.rows.filter((row) => row.kind === "object") : [];
    const list = [...tags.filter(keep), ...objects];
    this.lines.set(list);
    this.text.set(list);
    for (const chip of this.themes.querySelectorAll("button")) chip.setAttribute("aria-pressed", String(chip.dataset.tag === this.selected));
    const holding = tags.filter((row) => row.segments.length);
    this.summary = this.t("holding", { count: holding.length, places: holding.reduce((sum, row) => sum + row.segments.length, 0) });
    this.bar.tell(this.summary);
    this.note.hidden = list.length > 0;
    this.note.textContent = this.t("no-rows");
  }

  #objectsTool() {
    const { t } = this;
    if (this.objectRows.length) {
      const button = h("button", { type: "button", "aria-pressed": "true", on: { click: () => {
        this.hasObjects = !this.hasObjects;
        button.setAttribute("aria-pressed", String(this.hasObjects));
        this.#show();
      } } }, t("objects", { count: this.objectRows.length }));
      fill(this.bar.objects, button);
    } else if (this.objects.model) fill(this.bar.objects, h("span", { class: "small quiet-text" }, t("no-objects")));
    else if (this.lookForObjects) fill(this.bar.objects, h("button", { type: "button", on: { click: this.lookForObjects } }, icon("search"), t("look-for-objects")));
  }

  /** No playing in this browser: the key frame of the moment stands in. */
  #still() {
    const { t, player, strip } = this;
    const draw = () => {
      const number = strip.at(player.ms);
      const ms = this.timeline.frame_times_ms[number];
      const face = picture({ image: strip.image(number), alt: t("still-at", { time: time(ms) }), blurred: strip.blurred.has(number), eager: true });
      player.show(h("div", { class: "film-still" }, face, h("p", { class: "film-still-note", role: "note" }, t(player.reason))));
    };
    let before = -1;
    player.addEventListener("time", () => {
      if (strip.at(player.ms) !== before) draw();
      before = strip.at(player.ms);
    });
    draw();
    this.app.say(t(player.reason));
  }

  #sayLater() {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.app.say(this.summary), 600);
  }

  #sayOnly() {
    const { only, t } = this;
    if (only.isOn && only.place >= 0) this.app.say(t("at-segment", { place: only.place + 1, of: only.segments.length, segment: told(only.segments[only.place]) }));
  }
}
