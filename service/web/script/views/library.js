// The library: all films as cards, what is asked for in the address, and the uploads above them.

import { fill, h } from "../dom.js";
import { number } from "../forms.js";
import { ACTIONS } from "../library/actions.js";
import { bulkBar } from "../library/bulk.js";
import { nothing } from "../library/empty.js";
import { Films } from "../library/films.js";
import { filterBar } from "../library/filters.js";
import { cardGrid } from "../library/grid.js";
import { fromAddress, isFiltered, sensible, toAddress, toApi } from "../library/query.js";
import { Selection } from "../library/selection.js";
import { placeKeeper } from "../library/place.js";
import { watching } from "../library/watching.js";
import { dropAnywhere, fileButton } from "../uploads/drop.js";
import { indicate } from "../uploads/indicator.js";
import { uploadPanel } from "../uploads/panel.js";
import { queue } from "../uploads/queue.js";
import libraryWords from "../words/library.js";
import uploadWords from "../words/uploads.js";

let kept = null; // {key, films} of the last visit: who comes back finds the library as it was

export async function show(place, address, app) {
  const t = app.translator(libraryWords);
  const u = app.translator(uploadWords);
  const vocabulary = await app.vocabulary();
  const mayWrite = app.may("write");
  const selection = new Selection();
  let filter = fromAddress(address.query);
  let films = null;

  const heading = h("h1", {}, t("title"));
  const found = h("p", { class: "library-found quiet-text numbers" });
  const problem = h("div", { class: "notice notice-bad", role: "alert", hidden: true });
  const empty = h("div", { class: "library-empty", hidden: true });
  const filters = filterBar({ t, vocabulary, filter, onChange: change });
  const context = { t, vocabulary, mayWrite, selection, filter: () => filter, onTag, onSelect, onAction };
  const grid = cardGrid({ t, context, onRange: (_first, end) => films?.want(end).catch(tell) });
  const bulk = bulkBar({ t, app, selection, found: () => films.count, all: allFilms, onDone: () => watch.soon() });
  const panel = mayWrite ? uploadPanel({ t: u, say: app.say }) : null;
  const add = mayWrite ? fileButton({ text: u("add-films"), onFiles: upload }) : null;
  const endDrop = mayWrite ? dropAnywhere(u("drop-here"), upload) : () => {};
  const keeper = placeKeeper();
  const watch = watching({ films: () => films, range: grid.range, onError: tell });

  app.title(t("title"));
  if (mayWrite) indicate(u);
  fill(place, h("div", { class: "library-head" }, h("div", { class: "library-heading" }, heading, found), add),
    panel?.element, filters.element, problem, empty, grid.element, bulk.element);
  selection.addEventListener("change", onChosen);
  queue.addEventListener("done", onUploaded);
  begin(kept?.key === keyOf(filter) ? kept.films : null);

  /** Ask for the films of the filter; what stood stays until the first of them are there. */
  function begin(known = null) {
    films?.end();
    const mine = (films = known ?? new Films(app.api, toApi(filter)));
    kept = { key: keyOf(filter), films: mine };
    mine.onchange = () => mine === films && draw();
    if (known) { draw(); return watch.soon(); }
    grid.element.setAttribute("aria-busy", "true");
    mine.want(1).then(() => mine === films && app.say(found.textContent)).catch(tell).finally(watch.plan);
  }

  function draw() {
    problem.hidden = true;
    grid.element.removeAttribute("aria-busy");
    selection.learn(films.loaded);
    found.textContent = t(isFiltered(filter) ? "found-some" : "found", { count: films.count, number: number(films.count) });
    empty.hidden = films.count > 0;
    filters.element.hidden = !films.count && !isFiltered(filter);
    if (!films.count) nothing(empty, { t, u, isFiltered: isFiltered(filter), mayWrite, onClear: filters.clear, onFiles: upload });
    grid.show(films);
    bulk.update();
    keeper.restore();
  }

  function change(part) {
    filter = sensible({ ...filter, ...part });
    app.go("library", [], toAddress(filter), { replace: true });
    filters.update(filter);
    selection.clear();
    if (scrollY > place.offsetTop) scrollTo(0, 0);
    begin();
  }

  function onTag(id) {
    filters.toggle(id);
    place.querySelector(".library-chosen-tag:last-of-type, .library-search input")?.focus();
  }

  function onSelect(movie, event) {
    const index = films.loaded.findIndex(({ id }) => id === movie.id);
    selection.toggle(index, films.loaded, { range: event.shiftKey, on: event.target.checked });
  }

  function onChosen() {
    grid.element.classList.toggle("library-choosing", selection.size > 0);
    bulk.update();
    grid.show();
  }

  async function onAction(name, movie) {
    try {
      await ACTIONS[name].ask(app.api, movie.id);
    } catch (error) {
      tell(error);
    }
    watch.soon();
  }

  async function allFilms() {
    await films.want(Infinity);
    return films.loaded;
  }

  function onUploaded() {
    films.refresh(0, grid.range()[1]).catch(tell).finally(watch.plan);
  }

  function tell(error) {
    if (error.name === "AbortError" || error instanceof app.api.Away) return;
    fill(problem, h("p", {}, error.message), isFiltered(filter) ? h("button", { type: "button", on: { click: filters.clear } }, t("clear")) : null);
    problem.hidden = false;
    grid.element.removeAttribute("aria-busy");
  }

  return {
    refresh: () => (films.count || problem.hidden === false ? watch.soon() : begin()),
    leave() {
      queue.removeEventListener("done", onUploaded);
      films.onchange = null;
      for (const part of [watch, grid, filters, keeper, panel]) part?.leave();
      endDrop();
    },
  };
}

function upload(files) {
  queue.add(files);
}

const keyOf = (filter) => JSON.stringify(toAddress(filter));
