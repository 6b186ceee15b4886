// What can be done with a film: take its results along, tag it again, stop it, delete it.

import { address, sendJson } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { score } from "../forms.js";
import { isUnfinished } from "../movie.js";
import { language } from "../words.js";
import { ask } from "./dialogs.js";

const WHOLE = ["json", "csv", "vtt", "vtt-chapters", "otio", "ffmetadata", "nfo"];
const OF_TAG = ["csv", "vtt", "vtt-chapters", "srt", "edl", "otio", "ffmetadata"];

/** `on`: {changed(movie), deleted(), problem(error)}. `minScore()`: of the slider, or null. */
export function actions({ app, t, on, minScore }) {
  const menu = exportMenu(t);
  const buttons = h("div", { class: "row" });
  const element = h("div", { class: "film-actions row" }, menu.element, buttons);

  async function send(method, path, body) {
    try {
      on.changed(await sendJson(method, path, body));
    } catch (error) {
      on.problem(error);
    }
  }

  async function remove(movie) {
    const isSure = await ask({ t, title: t("delete-title"), text: t("delete-text", { title: movie.title }), yes: t("delete"), isDanger: true });
    if (!isSure) return;
    try {
      await sendJson("DELETE", movie.links.self);
      on.deleted();
    } catch (error) {
      on.problem(error);
    }
  }

  async function again(movie) {
    const min_score = minScore();
    const text = min_score === null ? t("again-own") : t("again-one", { score: score(min_score) });
    if (await ask({ t, title: t("tag-again"), text, yes: t("tag-again") })) await send("POST", `${movie.links.self}/retag`, { min_score });
  }

  const button = (name, key, act, kind = "") => h("button", { type: "button", class: kind, on: { click: act } }, icon(name), t(key));

  function draw(movie, tag) {
    const isAtWork = isUnfinished(movie);
    menu.element.hidden = !movie.tags;
    menu.draw(movie, tag);
    if (!app.may("write")) return fill(buttons);
    fill(buttons,
      isAtWork ? button("close", "cancel", () => send("POST", `${movie.links.self}/cancel`)) : null,
      ["failed", "cancelled"].includes(movie.state) ? button("retry", "retry", () => send("POST", `${movie.links.self}/retry`), "primary") : null,
      movie.state === "succeeded" ? button("retry", "tag-again", () => again(movie)) : null,
      button("trash", "delete", () => remove(movie), "danger"));
  }

  return { element, draw, send, leave: menu.leave };
}

/** A list of downloads that opens under its button. `tag`: {id, name} of the chosen row, or null. */
function exportMenu(t) {
  const list = h("div", { class: "film-menu-list" });
  const summary = h("summary", { class: "button" }, icon("download"), t("export"));
  const element = h("details", { class: "film-menu" }, summary, list);
  const close = (event) => {
    if (event.type === "keydown" ? event.key === "Escape" && element.open : !element.contains(event.target)) {
      if (event.type === "keydown") summary.focus();
      element.open = false;
    }
  };
  for (const name of ["pointerdown", "keydown", "focusin"]) document.addEventListener(name, close);

  const entries = (movie, formats, tag) => h("ul", {}, formats.map((format) => h("li", {},
    h("a", { href: address(movie.links.export, { format, tag, language: language() }), download: true }, h("strong", {}, t(`format-${format}`)), h("span", { class: "quiet-text small" }, t(`format-${format}-is`))))));

  function draw(movie, tag) {
    fill(list, h("h2", {}, t("export-whole")), entries(movie, WHOLE, null),
      h("h2", {}, tag ? t("export-tag", { name: tag.name }) : t("export-a-tag")), tag ? entries(movie, OF_TAG, tag.id) : h("p", { class: "quiet-text small" }, t("export-choose")));
  }

  return { element, draw, leave: () => ["pointerdown", "keydown", "focusin"].forEach((name) => document.removeEventListener(name, close)) };
}
