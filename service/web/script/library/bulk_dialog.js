// Asks back with the number of films, does it film by film, and lists what could not be done.

import { fill, h } from "../dom.js";
import { number } from "../forms.js";
import { ACTIONS } from "./actions.js";

const AT_ONCE = 4;

/** `onDone(ids)` hears which films it was done for, when it is over or was stopped; not where nothing was begun. */
export function bulkDialog({ t, app, name, films, onDone }) {
  const opener = document.activeElement;
  const values = { count: films.length, number: number(films.length), title: films[0]?.title };
  const fields = name === "retag" ? retagFields(t) : null;
  const yes = h("button", { type: "button", class: name === "delete" ? "danger" : "primary", on: { click: begin } }, t(`${name}-do`, values));
  const dialog = h("dialog", { class: "library-dialog", "aria-labelledby": "library-dialog-title", on: { close } },
    h("h2", { id: "library-dialog-title" }, t(`${name}-ask`, values)),
    h("p", {}, t(`${name}-means`, values)), fields?.element ?? null,
    h("div", { class: "row library-dialog-buttons" }, h("button", { type: "button", on: { click: () => dialog.close() } }, t("back")), yes));
  let isStopped = false;
  let hasBegun = false;
  const done = [];

  document.querySelector("main > section").append(dialog);
  dialog.showModal();

  async function begin() {
    if (fields && !fields.element.reportValidity()) return;
    hasBegun = true;
    const wish = fields?.value();
    const bar = h("progress", { max: films.length, value: 0, "aria-labelledby": "library-dialog-title" });
    const told = h("p", { class: "numbers" });
    const stop = h("button", { type: "button", on: { click: () => (isStopped = true) } }, t("stop"));
    fill(dialog, dialog.querySelector("h2"), bar, told, h("div", { class: "row library-dialog-buttons" }, stop));
    stop.focus();
    const failures = [];
    const waiting = [...films];
    const tell = () => {
      bar.value = done.length + failures.length;
      told.textContent = t("bulk-far", { done: number(bar.value), number: values.number });
    };
    tell();
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let film = waiting.shift(); film && !isStopped; film = waiting.shift()) {
        const error = await attempt(film, wish);
        if (error) failures.push({ film, error });
        else done.push(film.id);
        if (error instanceof app.api.Away) isStopped = true;
        tell();
      }
    }));
    finish(failures);
  }

  /** What went wrong, or null. A film that is gone needs no deleting. */
  async function attempt(film, wish) {
    try {
      await ACTIONS[name].ask(app.api, film.id, wish);
      return null;
    } catch (error) {
      return name === "delete" && error.status === 404 ? null : error;
    }
  }

  function finish(failures) {
    const told = t(`${name}-done`, { count: done.length, number: number(done.length) });
    app.say(told);
    if (!failures.length) return dialog.close();
    const over = h("button", { type: "button", class: "primary", on: { click: () => dialog.close() } }, t("close"));
    fill(dialog, dialog.querySelector("h2"), h("p", {}, told),
      h("p", { class: "library-reason" }, t("bulk-failed", { count: failures.length, number: number(failures.length) })),
      h("ul", { class: "library-failures", tabindex: "0" }, failures.map(({ film, error }) => h("li", {}, h("strong", {}, film.title), " ", error.message))),
      h("div", { class: "row library-dialog-buttons" }, over));
    over.focus();
  }

  function close() {
    isStopped = true;
    dialog.remove();
    if (hasBegun) onDone(done);
    const back = opener?.isConnected && !opener.closest("[hidden]") && !opener.disabled ? opener : document.querySelector("main h1");
    back?.focus();
  }
}

function retagFields(t) {
  const score = h("input", { type: "number", id: "library-retag-score", min: 0, max: 100, step: 1, placeholder: t("retag-own") });
  const top = h("input", { type: "number", id: "library-retag-top", min: 1, max: 1000, step: 1, placeholder: t("retag-own") });
  const element = h("form", { class: "library-retag", on: { submit: (event) => event.preventDefault() } },
    h("label", { for: score.id }, t("retag-score")), score, h("label", { for: top.id }, t("retag-top")), top);
  const of = (input, divisor) => (input.value === "" ? null : Number(input.value) / divisor);
  return { element, value: () => ({ min_score: of(score, 100), top: of(top, 1) }) };
}
