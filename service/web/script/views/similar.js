// Frames like a given one, across the library.

import { fill, h, icon } from "../dom.js";
import { number as figure, score, time } from "../forms.js";
import { alternative, picture } from "../picture.js";
import { link } from "../router.js";
import words from "../words/similar.js";

const STEP = 24; // frames that are asked for at once
const MOST = 96; // that the page shows: what comes later is hardly alike
const LEAST = 0.1; // similarity of what is shown: below it pictures have nothing in common
const AGAIN_MS = 4000; // while films wait to be taken in

/** `#/similar/MOVIE/NUMBER?same_film=true`. */
export async function show(place, { parts: [movie, number], query }, app) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const t = app.translator(words);
  const path = `v1/movies/${encodeURIComponent(movie)}`;
  const [film, vocabulary, page] = await Promise.all([
    app.api.getJson(path, { signal }), app.vocabulary(), app.api.getJson(`${path}/frames`, { query: { offset: number, limit: 1 }, signal })]);
  const [frame] = page.frames;
  if (!frame) throw new app.api.Problem(404, { detail: t("no-frame", { number: Number(number) + 1, total: page.total }) });
  app.title(`${t("title")} · ${film.title}`);
  const view = { t, app, vocabulary, path, frame, signal, limit: STEP, isSameFilm: query.get("same_film") === "true", turn: 0, shown: [] };
  const facts = h("p", { class: "quiet-text", role: "status" });
  const list = h("ul", { class: "similar-list" });
  const more = h("button", { type: "button", on: { click: () => { view.limit += STEP; search(view, parts); } } }, t("more"));
  const problem = h("p", { class: "field-problem", role: "alert" });
  const parts = { facts, list, more, problem };
  more.hidden = true;
  fill(place, h("h1", {}, t("title")), asked(view, film), h("div", { class: "row spread similar-tools" }, facts, sameFilm(view, film, parts)), problem, list,
    h("p", { class: "similar-more" }, more));
  await search(view, parts);
  return () => leaving.abort();
}

/** The frame that others are to be like. */
function asked({ t, vocabulary, frame }, film) {
  const still = picture({ image: frame.thumbnail, alt: alternative(frame, vocabulary), blurred: frame.blurred, eager: true,
    within: h("a", { href: link("frame", [film.id, frame.number]) }) });
  return h("div", { class: "similar-asked" }, still, h("div", { class: "similar-asked-text" },
    h("p", {}, t("like"), " ", h("a", { href: link("film", [film.id], { t: frame.time_ms }) }, film.title), " ", h("span", { class: "numbers" }, t("at", { time: time(frame.time_ms, true) }))),
    h("p", { class: "quiet-text small" }, t("help"))));
}

function sameFilm(view, film, parts) {
  const change = (event) => {
    view.isSameFilm = event.target.checked;
    view.limit = STEP;
    view.app.go("similar", [film.id, view.frame.number], { same_film: view.isSameFilm || null }, { replace: true });
    search(view, parts);
  };
  return h("label", { class: "row" }, h("input", { type: "checkbox", role: "switch", checked: view.isSameFilm, on: { change } }), view.t("same-film"));
}

async function search(view, parts) {
  const { t, app, path, frame, signal } = view;
  const turn = ++view.turn;
  parts.list.setAttribute("aria-busy", "true");
  try {
    const query = { limit: view.limit, same_film: view.isSameFilm };
    const found = await app.api.getJson(`${path}/frames/${frame.number}/similar`, { query, signal });
    if (turn !== view.turn) return;
    const alike = found.frames.filter(({ similarity }) => similarity >= LEAST);
    put(alike, view, parts.list);
    parts.more.hidden = alike.length < view.limit || view.limit >= MOST;
    fill(parts.facts, factsOf(alike.length, found.indexed, t));
    fill(parts.problem);
    if (found.indexed.waiting) setTimeout(() => signal.aborted || turn !== view.turn || search(view, parts), AGAIN_MS);
  } catch (error) {
    if (error.name !== "AbortError") fill(parts.problem, error.message);
  } finally {
    parts.list.removeAttribute("aria-busy");
  }
}

/** What is there already stays, so that focus and pictures do. */
function put(frames, view, list) {
  const keys = frames.map(({ movie, frame }) => `${movie}/${frame}`);
  const isMore = view.shown.every((key, place) => key === keys[place]);
  const known = isMore ? view.shown.length : 0;
  const cards = frames.slice(known).map((found) => card(found, view));
  if (!isMore) fill(list);
  list.append(...cards);
  if (known && cards.length) cards[0].querySelector(".similar-card-title a").focus();
  view.shown = keys;
}

function factsOf(shown, indexed, t) {
  const searched = { frames: figure(indexed.frames), films: t("films", { count: indexed.films, films: figure(indexed.films) }) };
  const waiting = indexed.waiting ? ` ${t("waiting", { count: indexed.waiting, films: figure(indexed.waiting) })}` : "";
  return `${t("searched", searched)}${shown ? "" : ` ${t("none")}`}${waiting}`;
}

function card(found, { t, app, vocabulary }) {
  const names = found.tags.map(({ tag }) => app.spoken(vocabulary.get(tag)?.name, tag));
  const toFilm = link("film", [found.movie], { t: found.time_ms });
  const place = t("at", { time: time(found.time_ms) });
  const still = picture({ image: found.image, alt: alternative(found, vocabulary), blurred: found.blurred, within: h("a", { href: toFilm, tabindex: -1 }) });
  const small = (name, symbol, text) => h("a", { class: "button quiet small", href: link(name, [found.movie, found.frame]), "aria-label": `${text}: ${found.title} ${place}` }, icon(symbol), text);
  return h("li", { class: "card similar-card" }, still, h("div", { class: "similar-card-text" },
    h("p", { class: "similar-card-title" }, h("a", { href: toFilm }, found.title, " ", h("span", { class: "numbers" }, place))),
    h("p", { class: "small" }, h("strong", { class: "numbers" }, t("alike", { score: score(found.similarity) })), names.length ? ` · ${names.join(", ")}` : ""),
    h("p", { class: "row similar-card-links" }, small("similar", "similar", t("like-this")), small("frame", "eye", t("why")))));
}
