// One film: what it is about, where, and why.

import { fill, h } from "../dom.js";
import { actions } from "../film/actions.js";
import { header } from "../film/header.js";
import { watch } from "../film/watch.js";
import { Workbench } from "../film/workbench.js";
import { isUnfinished } from "../movie.js";
import { link } from "../router.js";
import filmWords from "../words/film.js";

export async function show(place, address, app) {
  const film = new Film(place, address, app);
  await film.begin();
  return { leave: () => film.leave(), refresh: () => film.watching?.look() };
}

class Film {
  constructor(place, address, app) {
    Object.assign(this, { place, app, id: address.parts[0] ?? "" });
    this.t = app.translator(filmWords);
    this.now = { ms: Math.max(0, Number.parseInt(address.query.get("t") ?? "0", 10) || 0), tag: address.query.get("tag") };
    this.loading = new AbortController();
    this.loaded = null; // which result the workbench shows
  }

  async begin() {
    const { t, app } = this;
    this.actions = actions({ app, t, minScore: () => this.bench?.minScore ?? null, on: {
      changed: (movie) => { this.told(movie); this.watching.follow(movie); },
      deleted: () => { this.watching.leave(); app.say(t("deleted-said")); app.go("library"); },
      problem: (error) => this.problem(error),
    } });
    this.header = header({ t, actions: this.actions.element });
    this.failure = h("div", { class: "film-failure", role: "alert" });
    this.body = h("div", { class: "film-body" });
    try {
      this.movie = await app.api.getJson(`v1/movies/${encodeURIComponent(this.id)}`, { signal: this.loading.signal });
    } catch (error) {
      if (!(error instanceof app.api.Problem) || error.status !== 404) throw error;
      return this.gone(false);
    }
    fill(this.place, this.header.element, this.failure, this.body);
    this.watching = watch(this.movie, { movie: (movie) => this.told(movie), deleted: () => this.gone(true) });
    await this.told(this.movie);
  }

  leave() {
    this.loading.abort();
    this.watching?.leave();
    this.bench?.leave();
    this.actions?.leave();
  }

  /** The film as it is now. A result that was not there before is shown in the place of the old one. */
  async told(movie) {
    const isNew = movie.tags && (!this.loaded || (movie.state === "succeeded" && movie.updated_at !== this.loaded));
    const isDone = this.movie.state !== movie.state && movie.state === "succeeded";
    this.movie = movie;
    this.app.title(movie.title);
    this.header.draw(movie);
    this.actions.draw(movie, this.chosen());
    if (isDone) this.app.say(this.t("done", { title: movie.title }));
    if (isNew) await this.load(movie);
    else if (!this.loaded) this.wait(movie);
  }

  /** Without a result there is the film alone, where it can be played already. */
  wait(movie) {
    const isComing = isUnfinished(movie);
    if (!isComing || this.body.firstChild) return isComing ? undefined : fill(this.body);
    const video = h("video", { class: "film-video", controls: true, playsinline: true, preload: "metadata", src: movie.links.file, "aria-label": this.t("player", { title: movie.title }) });
    const stage = h("div", { class: "film-stage" }, h("div", { class: "film-screen" }, video));
    video.addEventListener("error", () => stage.remove());
    fill(this.body, stage);
  }

  chosen() {
    const row = this.bench?.rows.find(({ id, kind }) => kind === "tag" && id === this.bench.selected);
    return row ? { id: row.id, name: row.name } : null;
  }

  async load(movie) {
    const { app } = this;
    const { getJson } = app.api;
    const before = this.loaded;
    this.loaded = movie.updated_at;
    const signal = this.loading.signal;
    try {
      const [timeline, objects, vocabulary] = await Promise.all([
        getJson(`${movie.links.self}/timeline`, { signal }), getJson(movie.links.objects, { signal }), app.vocabulary()]);
      if (signal.aborted) return;
      this.open({ movie, timeline, objects, vocabulary });
    } catch (error) {
      this.loaded = before;
      if (error.name !== "AbortError") this.problem(error);
    }
  }

  open(data) {
    const { app, t, movie } = this;
    if (this.bench) this.now.ms = this.bench.player.ms;
    this.bench?.leave();
    const lookForObjects = app.may("write") ? () => this.actions.send("POST", `${movie.links.self}/objects`) : null;
    const ask = async (offset, limit) => (await app.api.getJson(movie.links.frames, { query: { offset, limit }, signal: this.loading.signal })).frames;
    this.bench = new Workbench({ app, t, data, start: this.now, ask, lookForObjects });
    this.bench.addEventListener("place", ({ detail }) => this.placed(detail));
    fill(this.body, this.bench.element);
    this.actions.draw(this.movie, this.chosen());
  }

  /** The address keeps the moment and the tag, so that it can be handed on. */
  placed({ ms, tag }) {
    if (!this.bench?.element.isConnected) return;
    const changed = tag !== this.now.tag;
    this.now = { ms, tag };
    this.app.go("film", [this.id], { t: ms || null, tag }, { replace: true });
    if (changed) this.actions.draw(this.movie, this.chosen());
  }

  problem(error) {
    const { app, t } = this;
    if (error instanceof app.api.Away) return; // the page tells of it
    if (!(error instanceof app.api.Problem)) throw error;
    if (error.status === 404) return this.gone(true);
    fill(this.failure, h("div", { class: "notice notice-bad" }, h("p", {}, error.message),
      h("button", { type: "button", on: { click: () => { fill(this.failure); this.watching.look(); } } }, t("again"))));
  }

  /** There is no such film; or not any more. */
  gone(wasThere) {
    this.leave();
    const { t } = this;
    this.app.title(t("gone"));
    fill(this.place, h("div", { class: "notice notice-warm", role: "alert" }, h("h1", {}, t("gone")), h("p", {}, t(wasThere ? "gone-now" : "gone-never")),
      h("a", { class: "button primary", href: link("library") }, t("to-library"))));
  }
}
