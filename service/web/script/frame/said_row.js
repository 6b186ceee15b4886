// One verdict on a tag at a key frame, with the frame's picture. Picture and title are asked for when the row comes near the window.

import { fill, h, icon } from "../dom.js";
import { moment, time } from "../forms.js";
import { alternative, picture } from "../picture.js";
import { link } from "../router.js";

const SIGNS = { right: "check", wrong: "close", missing: "plus" };

/** An item of the list; `view`: {t, app, vocabulary, films (a Map that rows share), signal}. `onBack`: it is to be taken back. */
export function row(said, view, onBack) {
  const { t, app, vocabulary } = view;
  const name = app.spoken(vocabulary.get(said.tag)?.name, said.tag);
  const still = h("div", { class: "feedback-picture" });
  const title = h("a", { href: link("film", [said.movie], { t: said.time_ms }) }, t("film"));
  const back = app.may("write")
    ? h("button", { type: "button", class: "feedback-back", "aria-label": t("take-back-of", { name }), on: { click: onBack } }, icon("trash"), t("take-back")) : null;
  const why = said.frame === null ? h("span", { class: "small quiet-text" }, t("no-frame"))
    : h("a", { href: link("frame", [said.movie, said.frame], { tag: said.tag }) }, t("why"));
  const element = h("li", { class: "card feedback-row", data: { id: said.id } }, still,
    h("div", { class: "feedback-text" },
      h("p", { class: "row" }, h("strong", {}, name), h("span", { class: `chip feedback-${said.verdict}` }, icon(SIGNS[said.verdict]), t(said.verdict))),
      h("p", { class: "feedback-title" }, title, " ", h("span", { class: "numbers" }, t("at", { time: time(said.time_ms) }))),
      h("p", { class: "small quiet-text" }, moment(said.updated_at), " · ", why)),
    back);
  whenNear(element, view.signal, () => complete(said, view, still, title));
  return element;
}

function whenNear(element, signal, then) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    then();
  }, { rootMargin: "300px" });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}

/** The film's title, and the picture with what else it shows: a frame may have to be blurred for another tag than this one. */
async function complete(said, view, still, title) {
  const { app, vocabulary, films, signal } = view;
  const path = `v1/movies/${encodeURIComponent(said.movie)}`;
  if (!films.has(said.movie)) films.set(said.movie, app.api.getJson(path, { signal }));
  try {
    const film = await films.get(said.movie);
    fill(title, film.title);
    const frame = said.frame === null ? null : (await app.api.getJson(`${path}/frames`, { query: { offset: said.frame, limit: 1 }, signal })).frames[0];
    const within = frame && h("a", { href: link("frame", [said.movie, said.frame], { tag: said.tag }), tabindex: -1 });
    fill(still, picture({ image: frame?.thumbnail ?? null, alt: frame ? alternative(frame, vocabulary) : "", blurred: frame?.blurred, within }));
  } catch (problem) {
    if (problem.name !== "AbortError") fill(still, picture({ image: null })); // the film went away meanwhile; what was said of it goes with it
  }
}
