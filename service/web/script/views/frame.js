// Why a key frame has its tags: the picture, what it scores, where the network saw it, and whether that is right.

import { fill, h, icon } from "../dom.js";
import { time } from "../forms.js";
import { bars } from "../frame/bars.js";
import { Frames } from "../frame/frames.js";
import { heat } from "../frame/heat.js";
import { missingTag } from "../frame/missing.js";
import { Said } from "../frame/said.js";
import { tagsOf, topTags } from "../frame/scores.js";
import { REACH, strip } from "../frame/strip.js";
import { alternative, picture } from "../picture.js";
import { link } from "../router.js";
import words from "../words/frame.js";

/** `#/frame/MOVIE/NUMBER?tag=ID`. */
export async function show(place, { parts: [movie, number], query }, app) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const t = app.translator(words);
  const frames = new Frames(app.api, movie, signal);
  const said = new Said(app.api, movie);
  const path = `v1/movies/${encodeURIComponent(movie)}`;
  const [film, vocabulary] = await Promise.all([app.api.getJson(path, { signal }), app.vocabulary(), frames.at(Number(number)), said.load(signal)]);
  const why = new Why({ place, app, t, frames, said, film, vocabulary });
  addEventListener("keydown", (event) => why.onKey(event), { signal });
  await why.look(Number(number), query.get("tag"));
  return () => {
    leaving.abort();
    why.heat.leave();
  };
}

class Why {
  constructor({ place, app, t, frames, said, film, vocabulary }) {
    Object.assign(this, { app, t, frames, said, film, vocabulary, number: 0, chosen: null, isWhole: false });
    const mayWrite = app.may("write");
    this.heat = heat({ t, app });
    this.bars = bars({ t, onChoose: (tag) => this.choose(tag), onVerdict: mayWrite ? (tag, verdict) => this.say(tag, verdict) : null });
    this.strip = strip({ t, vocabulary, onStep: (number) => this.step(number) });
    this.missing = missingTag({ t, onMissing: (tag) => this.say(tag, "missing") });
    this.facts = h("p", { class: "quiet-text numbers" });
    this.stage = h("div", { class: "frame-stage" });
    this.links = h("p", { class: "row" });
    this.problem = h("p", { class: "field-problem", role: "alert" });
    this.whole = h("button", { type: "button", class: "quiet", "aria-expanded": "false", on: { click: () => this.toggleAll() } });
    const addTag = h("button", { type: "button", on: { click: () => this.missing.open(this.tags()) } }, icon("plus"), t("tag-missing"));
    fill(place,
      h("header", { class: "frame-header" }, h("h1", {}, t("title")), this.facts),
      h("div", { class: "frame-columns" },
        h("div", { class: "stack frame-left" }, this.stage, this.strip.element, this.heat.controls, this.links),
        h("section", { class: "card frame-right", "aria-labelledby": "frame-tags-title" },
          h("h2", { id: "frame-tags-title" }, t("tags")), h("p", { class: "quiet-text small" }, t(mayWrite ? "tags-help" : "tags-help-reader")),
          this.bars.element, this.problem, h("div", { class: "row spread" }, this.whole, mayWrite ? addTag : null))),
      this.missing.element);
  }

  /** Show another key frame of the film, and the heat of the same tag there unless another one is named. */
  async look(number, tag = this.chosen) {
    this.number = number;
    const frame = await this.frames.at(number);
    if (this.number !== number) return; // another step was faster
    this.app.go("frame", [this.film.id, number], { tag }, { replace: true });
    if (!frame) return this.showNone(number);
    this.frame = frame;
    this.chosen = tag;
    this.showFrame();
    this.showTags();
    this.showHeat();
    this.showStrip();
    if (this.frames.lacks(number)) await this.frames.load(number).then(() => this.number === number && this.showStrip());
  }

  /** Look at another one; what goes wrong, as when the film was deleted meanwhile, is told beside the one that stands. */
  async step(number) {
    try {
      fill(this.problem);
      await this.look(number);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.number = this.frame.number;
      fill(this.problem, problem.message);
    }
  }

  showNone(number) {
    const text = this.t("no-frame", { number: number + 1, total: this.frames.total });
    fill(this.stage.closest(".frame-columns"), h("div", { class: "notice notice-warm", role: "alert" }, h("p", {}, text),
      h("a", { href: link("film", [this.film.id]) }, this.film.title)));
  }

  showFrame() {
    const { t, frame, film } = this;
    const at = time(frame.time_ms, true);
    this.app.title(`${time(frame.time_ms)} · ${film.title}`);
    fill(this.facts, h("a", { href: link("film", [film.id]) }, film.title), ` · ${at} · ${t("place", { number: frame.number + 1, total: this.frames.total })}`);
    const alt = alternative(frame, this.vocabulary);
    const still = picture({ image: frame.thumbnail, alt, blurred: frame.blurred, eager: true, ratio: this.ratio() }, this.heat.layer);
    still.querySelector("img").addEventListener("load", (event) => this.fit(event.target));
    fill(this.stage, still);
    fill(this.links,
      h("a", { class: "button", href: link("film", [film.id], { t: frame.time_ms }) }, icon("play"), t("in-film")),
      h("a", { class: "button", href: link("similar", [film.id, frame.number]) }, icon("similar"), t("similar")));
  }

  /** Until a picture is there: of the film. Its black bars may have been cut off the picture. */
  ratio() {
    const { width = 16, height = 9, rotation = 0 } = this.film.film ?? {};
    this.known ??= rotation % 180 ? height / width : width / height;
    this.stage.style.setProperty("--frame-ratio", String(this.known));
    return this.known;
  }

  fit(image) {
    this.known = image.naturalWidth / image.naturalHeight;
    this.ratio();
    image.closest(".picture")?.style.setProperty("--picture-ratio", String(this.known));
  }

  tags() {
    const themes = new Set((this.film.tags ?? []).map(({ tag }) => tag));
    return tagsOf({ frame: this.frame, thresholds: this.frames.thresholds, themes, said: this.said.of(this.number), vocabulary: this.vocabulary, spoken: this.app.spoken });
  }

  showTags() {
    const all = this.tags();
    this.chosen = all.some(({ id }) => id === this.chosen) ? this.chosen : all[0].id;
    const shown = this.isWhole ? all : topTags(all, this.chosen);
    this.bars.show(shown.map((tag) => ({ ...tag, isChosen: tag.id === this.chosen })));
    fill(this.whole, this.isWhole ? this.t("fewer") : this.t("all", { count: all.length }));
    this.whole.setAttribute("aria-expanded", String(this.isWhole));
  }

  showHeat() {
    this.heat.show(this.film.id, this.frame, this.tags().find(({ id }) => id === this.chosen));
  }

  showStrip() {
    const { film, number, frames, chosen } = this;
    this.strip.show({ movie: film.id, frames: frames.near(number, REACH), number, total: frames.total, tag: chosen });
  }

  toggleAll() {
    this.isWhole = !this.isWhole;
    this.showTags();
  }

  choose(tag) {
    this.chosen = tag;
    this.app.go("frame", [this.film.id, this.number], { tag }, { replace: true });
    this.showTags();
    this.showHeat();
    this.showStrip();
  }

  async say(tag, verdict) {
    const { number, t } = this;
    const name = this.app.spoken(this.vocabulary.get(tag)?.name, tag);
    fill(this.problem);
    try {
      if (verdict) await this.said.say(number, tag, verdict);
      else await this.said.takeBack(number, tag);
      this.app.say(t(verdict ? `stored-${verdict}` : "taken-back", { name }));
    } catch (problem) {
      fill(this.problem, t("not-stored", { name }), " ", problem.message);
    }
    if (this.number === number) this.showTags();
  }

  onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isTaken = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!step || isTaken || event.target.closest("input, select, textarea, dialog[open]")) return;
    const next = this.number + step;
    if (next < 0 || next >= this.frames.total) return;
    event.preventDefault();
    this.step(next);
  }
}
