// What can be done with the chosen films: the bar that offers it. library/bulk_dialog.js asks back and does it.

import { h, icon } from "../dom.js";
import { number } from "../forms.js";
import { ACTIONS } from "./actions.js";
import { bulkDialog } from "./bulk_dialog.js";

/** {element, update()}. `found()` is how many films there are, `all()` promises them; `onDone()` hears that films were changed. */
export function bulkBar({ t, app, selection, found, all, onDone }) {
  const told = h("p", { class: "numbers" });
  const every = h("button", { type: "button", class: "quiet", on: { click: chooseAll } });
  const buttons = Object.entries(ACTIONS).map(([name, { sign }]) =>
    h("button", { type: "button", class: name === "delete" ? "danger" : "", data: { action: name }, on: { click: () => ask(name) } }, icon(sign), t(name)));
  const none = h("button", { type: "button", class: "quiet", on: { click: giveUp } }, t("choose-none"));
  const element = h("div", { class: "library-bulk", role: "region", "aria-label": t("chosen"), hidden: true },
    h("div", { class: "row" }, told, every, none), h("div", { class: "row" }, buttons));

  function update() {
    element.hidden = !selection.size;
    told.textContent = t("chosen-count", { count: selection.size, number: number(selection.size) });
    every.textContent = t("choose-all", { number: number(found()) });
    every.hidden = selection.size >= found();
    for (const button of buttons) button.disabled = !selection.films.some(ACTIONS[button.dataset.action].fits);
  }

  async function chooseAll() {
    every.disabled = true;
    try {
      selection.add(await all());
    } catch (error) {
      app.say(error.message);
    } finally {
      every.disabled = false;
    }
  }

  function giveUp() {
    selection.clear();
    document.querySelector("main h1").focus();
  }

  function ask(name) {
    const films = selection.films.filter(ACTIONS[name].fits);
    bulkDialog({ t, app, name, films, onDone: (done) => {
      selection.remove(done);
      onDone();
    } });
  }

  return { element, update };
}
