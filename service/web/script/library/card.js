// A film as a card: its most telling frame, its themes, or how far it is.

import { fill, h } from "../dom.js";
import { bytes, day, score, time } from "../forms.js";
import { picture } from "../picture.js";
import { link } from "../router.js";
import { spoken } from "../words.js";
import { stateOf } from "./state.js";

const ROWS = 2; // of chips

/** What stands in for a film that has not come yet. */
export function waitingCard() {
  return h("div", { class: "library-card library-card-waiting", "aria-hidden": "true" }, h("div", { class: "picture" }), h("div", { class: "library-body" }));
}

/**
 * A card with `element` and `update(movie)`. `context`: t, vocabulary, filter() (what the library is asked for), room() for words in
 * rem, mayWrite, selection, and onTag(id), onSelect(movie, event), onAction(name, movie).
 */
export function filmCard(movie, context) {
  const element = h("article", { class: "library-card" });
  let state = null;
  let mark = null;

  function update(next) {
    const selected = context.selection.has(next.id);
    element.classList.toggle("library-card-selected", selected);
    const nextMark = markOf(next, context);
    if (nextMark !== mark) rebuild(next, nextMark);
    else state.update(next);
    const box = element.querySelector(".library-select");
    if (box) box.checked = selected;
  }

  function rebuild(next, nextMark) {
    const hadFocus = element.contains(document.activeElement);
    mark = nextMark;
    state = stateOf(next, context);
    fill(element, selectBox(next, context), face(next, state, context), body(next, state, context));
    if (hadFocus) element.querySelector("[data-main]").focus({ preventScroll: true });
  }

  update(movie);
  return { element, update };
}

/** Another one where more than the progress is to be drawn anew. */
function markOf(movie, context) {
  const { tags, minScore } = context.filter();
  const shown = [movie.state, movie.title, movie.error, movie.tags, movie.scores, movie.picture, movie.film?.duration_ms, tags, minScore];
  return JSON.stringify([...shown, Math.round(context.room())]);
}

function selectBox(movie, context) {
  if (!context.mayWrite) return null;
  const name = context.t("select", { title: movie.title });
  return h("input", { class: "library-select", type: "checkbox", "aria-label": name, on: { click: (event) => context.onSelect(movie, event) } });
}

function face(movie, state, { t }) {
  const length = movie.film?.duration_ms;
  return picture({ image: movie.picture?.image ?? null, alt: "", blurred: movie.picture?.blurred },
    length ? h("span", { class: "library-length numbers" }, h("span", { class: "visually-hidden" }, t("length")), " ", time(length)) : null,
    state.badge);
}

function body(movie, state, context) {
  return h("div", { class: "library-body" },
    h("h2", { class: "library-title" }, h("a", { href: link("film", [movie.id]), title: movie.title, "data-main": true }, movie.title)),
    h("p", { class: "library-facts" }, context.t("added", { day: day(movie.created_at) }), " · ", bytes(movie.size_bytes)),
    state.element ?? chips(movie, context));
}

function chips(movie, context) {
  const { t, filter, vocabulary } = context;
  const asked = filter().tags;
  const own = (movie.tags ?? []).filter(({ tag }) => !asked.includes(tag));
  const all = [...asked.map((tag) => ({ tag, score: movie.scores?.[tag] ?? 0 })), ...own];
  if (!all.length) return h("p", { class: "quiet-text small" }, t("no-themes"));
  const named = all.map((tag) => ({ ...tag, name: spoken(vocabulary.get(tag.tag)?.name, tag.tag) }));
  const fitting = named.slice(0, howManyFit(named, context.room()));
  const more = all.length - fitting.length;
  return h("div", { class: "library-chips" }, fitting.map((tag) => chip(tag, asked.includes(tag.tag), context)),
    more > 0 ? h("span", { class: "library-more", title: named.slice(-more).map(({ name }) => name).join(", ") }, t("more", { number: more })) : null);
}

function chip({ tag, name, score: value }, isAsked, { t, onTag }) {
  return h("button", { type: "button", class: "chip", "aria-pressed": String(isAsked), title: t("filter-by", { name }), on: { click: () => onTag(tag) } },
    h("span", { class: "library-chip-name" }, name), h("span", { class: "library-chip-score numbers" }, score(value)));
}

/** How many chips fit in their rows, by a guess at the width of their names: at least one. */
function howManyFit(tags, room) {
  let [row, used, count] = [1, 0, 0];
  for (const { name } of tags) {
    const wide = name.length * 0.42 + 3.7;
    if (used && used + wide > room) [row, used] = [row + 1, 0];
    const isLast = count === tags.length - 1;
    if (row > ROWS || (row === ROWS && !isLast && used + wide > room - 2)) break;
    [used, count] = [used + wide, count + 1];
  }
  return Math.max(1, count);
}
