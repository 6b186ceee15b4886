// What the library is asked for: text in the title, themes with their least score, state and order.

import { fill, h, icon } from "../dom.js";
import { score } from "../forms.js";
import { spoken } from "../words.js";
import { SORTS, STATES, isFiltered } from "./query.js";
import { tagPicker } from "./tag_picker.js";

const TYPING_MS = 200; // a pause in typing, after which is searched

/** {element, update(filter), leave()}. `onChange(part of a filter)` hears what is chosen. */
export function filterBar({ t, vocabulary, filter, onChange }) {
  let current = filter;
  const toggle = (id) => onChange({ tags: current.tags.includes(id) ? current.tags.filter((tag) => tag !== id) : [...current.tags, id] });
  const search = searchField(t, filter.q, (q) => onChange({ q }));
  const picker = tagPicker({ t, vocabulary, chosen: filter.tags, onToggle: toggle });
  const least = leastScore(t, onChange);
  const sort = choice("library-sort", t("sort"), SORTS.map((name) => [name, t(`sort-${name}`)]), (value) => onChange({ sort: value }));
  const state = choice("library-state", t("state"), [["", t("state-all")], ...STATES.map((name) => [name, t(`state-${name}`)])], (value) => onChange({ state: value }));
  const chosen = h("div", { class: "library-chosen" });
  const bar = h("div", { class: "library-filters", role: "search", "aria-label": t("filters") }, search.element, picker.element, least.element, state, sort);

  function update(next) {
    current = next;
    picker.update(next.tags);
    least.update(next);
    const [sorts, states] = [sort.querySelector("select"), state.querySelector("select")];
    sorts.querySelector("[value=score]").disabled = !next.tags.length;
    sorts.value = next.sort;
    states.value = next.state;
    search.update(next.q);
    drawChosen();
  }

  function drawChosen() {
    const tags = current.tags.map((id) => {
      const name = spoken(vocabulary.get(id)?.name, id);
      return h("button", { type: "button", class: "chip library-chosen-tag", "aria-label": t("give-up", { name }), on: { click: () => toggle(id) } }, name, icon("close"));
    });
    const clear = h("button", { type: "button", class: "quiet library-clear", on: { click: () => clearAll() } }, t("clear"));
    const hadFocus = chosen.contains(document.activeElement);
    fill(chosen, tags, isFiltered(current) ? clear : null);
    chosen.hidden = !isFiltered(current);
    if (hadFocus) (chosen.querySelector("button") ?? bar.querySelector("input")).focus();
  }

  function clearAll() {
    onChange({ q: "", tags: [], minScore: null, state: "" });
    bar.querySelector("input").focus();
  }

  update(filter);
  return { element: h("div", { class: "library-filtering" }, bar, chosen), update, clear: clearAll, toggle, leave: search.leave };
}

function searchField(t, text, onSearch) {
  let timer = 0;
  let asked = text;
  const ask = (value) => {
    clearTimeout(timer);
    const q = value.trim();
    if (q !== asked) onSearch((asked = q));
  };
  const input = h("input", {
    type: "search", id: "library-q", value: text, maxlength: 200, placeholder: t("search-placeholder"), autocomplete: "off",
    on: { input: () => { clearTimeout(timer); timer = setTimeout(() => ask(input.value), TYPING_MS); }, change: () => ask(input.value) },
  });
  return {
    element: h("div", { class: "library-field library-search" }, h("label", { for: "library-q" }, t("search")), input),
    update(q) {
      if (q !== asked) input.value = asked = q;
    },
    leave: () => clearTimeout(timer),
  };
}

function leastScore(t, onChange) {
  let timer = 0;
  const shown = h("output", { for: "library-score", class: "numbers" });
  const tell = () => {
    shown.textContent = Number(input.value) ? score(input.value / 100) : t("score-own");
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  const input = h("input", {
    type: "range", id: "library-score", min: 0, max: 95, step: 5,
    on: { input: () => { tell(); clearTimeout(timer); timer = setTimeout(() => onChange({ minScore: Number(input.value) / 100 || null }), 80); } },
  });
  const hint = h("span", { class: "visually-hidden", id: "library-score-hint" }, t("score-hint"));
  input.setAttribute("aria-describedby", hint.id);
  return {
    element: h("div", { class: "library-field library-least", title: t("score-hint") }, h("div", { class: "row spread" }, h("label", { for: "library-score" }, t("score")), shown), input, hint),
    update({ minScore, tags }) {
      input.disabled = !tags.length;
      if (document.activeElement !== input) input.value = Math.round((minScore ?? 0) * 100);
      tell();
    },
  };
}

function choice(id, label, options, onChoose) {
  return h("div", { class: "library-field" }, h("label", { for: id }, label),
    h("select", { id, on: { change: (event) => onChoose(event.target.value) } }, options.map(([value, text]) => h("option", { value }, text))));
}
