// The film's name, facts and state above everything else.

import { fill, h } from "../dom.js";
import { bytes, number, score, time, wait } from "../forms.js";
import { isUnfinished } from "../movie.js";
import { link } from "../router.js";

/** `actions`: their element, to the right of the name. */
export function header({ t, actions }) {
  const title = h("h1", { class: "film-title" });
  const facts = h("ul", { class: "film-facts quiet-text small numbers" });
  const state = h("div", { class: "film-state" });
  const element = h("header", { class: "film-header" }, h("div", { class: "film-naming" },
    h("a", { class: "film-back small", href: link("library") }, t("back")), title, facts), actions, state);
  let drawn = "";

  function draw(movie) {
    if (title.textContent !== movie.title) title.textContent = movie.title;
    fill(facts, told(t, movie).map((text) => h("li", {}, text)));
    const now = JSON.stringify([movie.state, movie.progress, movie.error, movie.warnings]);
    if (now !== drawn) fill(state, stateOf(t, movie));
    drawn = now;
  }

  return { element, draw };
}

function told(t, movie) {
  const { film, model } = movie;
  const facts = film ? [time(film.duration_ms), `${film.width} × ${film.height}`, film.frame_rate ? t("rate", { rate: number(film.frame_rate, 3) }) : null, film.codec] : [];
  return [...facts, bytes(movie.size_bytes), movie.title === movie.file_name ? null : movie.file_name, model ? t("by-model", { model: `${model.name} ${model.version}` }) : null].filter(Boolean);
}

function stateOf(t, movie) {
  const warnings = movie.warnings.length ? h("div", { class: "notice notice-warm" }, h("h2", {}, t("warnings", { count: movie.warnings.length })), h("ul", {}, movie.warnings.map((text) => h("li", {}, text)))) : null;
  if (isUnfinished(movie)) return [progress(t, movie), warnings];
  if (movie.state === "failed") return [h("div", { class: "notice notice-bad", role: "alert" }, h("h2", {}, movie.error?.title ?? t("failed")), h("p", {}, movie.error?.detail ?? "")), warnings];
  if (movie.state === "cancelled") return [h("div", { class: "notice" }, h("p", {}, t(movie.tags ? "cancelled-kept" : "cancelled"))), warnings];
  return [warnings];
}

function progress(t, { state, progress: done, tags }) {
  const stage = done.stage ? t(`stage-${done.stage}`) : t(`state-${state}`);
  const left = done.remaining_seconds === null ? "" : t("left", { wait: wait(done.remaining_seconds) });
  const percent = score(done.percent / 100);
  return h("div", { class: "notice film-progress" },
    h("p", { class: "row spread numbers" }, h("strong", {}, stage), h("span", {}, [percent, left].filter(Boolean).join(" · "))),
    h("progress", { max: 100, value: done.percent, "aria-label": t("progress") }),
    h("p", { class: "quiet-text small" }, t(tags ? "progress-anew" : "progress-new")));
}
