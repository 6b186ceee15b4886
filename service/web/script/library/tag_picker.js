// All themes by group, found by typing, several to be chosen: a combobox with a listbox after the ARIA patterns.

import { fill, h, icon } from "../dom.js";
import { language, spoken } from "../words.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** {element, update(chosen)}: `vocabulary` as of app.vocabulary(), `chosen` the ids of now, `onToggle(id)` where one is chosen or given up. */
export function tagPicker({ t, vocabulary, chosen, onToggle }) {
  const input = h("input", {
    type: "text", id: "library-tags", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: t("tags-placeholder"),
    "aria-expanded": "false", "aria-controls": "library-tag-list", "aria-autocomplete": "list",
  });
  const list = h("div", { id: "library-tag-list", class: "library-tag-list", role: "listbox", "aria-multiselectable": "true", "aria-label": t("tags"), hidden: true });
  const element = h("div", { class: "library-field library-tag-picker" }, h("label", { for: "library-tags" }, t("tags")),
    h("div", { class: "library-tag-box" }, input, list));
  let selected = new Set(chosen);
  let options = []; // shown now
  let active = -1;

  function open() {
    if (!list.hidden) return;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    draw();
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = "";
    active = -1;
  }

  function draw() {
    const wanted = plain(input.value);
    const groups = new Map();
    for (const tag of vocabulary.values()) {
      if (wanted && !plain(`${spoken(tag.name, tag.id)} ${tag.id}`).includes(wanted)) continue;
      groups.set(tag.group, [...(groups.get(tag.group) ?? []), tag]);
    }
    fill(list, [...groups].map(([group, tags]) => section(group, tags)));
    if (!groups.size) fill(list, h("p", { class: "quiet-text library-tag-none" }, t("tags-none")));
    options = [...list.querySelectorAll("[role=option]")];
    activate(wanted && options.length ? 0 : Math.min(active, options.length - 1));
  }

  function section(group, tags) {
    const label = `library-group-${group}`;
    return h("div", { role: "group", "aria-labelledby": label }, h("div", { id: label, class: "library-tag-group", role: "presentation" }, groupName(group)),
      tags.map((tag) => h("div", {
        id: `library-tag-${tag.id}`, role: "option", class: "library-tag-option", "aria-selected": String(selected.has(tag.id)), title: spoken(tag.description),
        data: { tag: tag.id }, on: { click: () => choose(tag.id) },
      }, icon("check"), spoken(tag.name, tag.id))));
  }

  function groupName(group) {
    const name = t(`group-${group}`);
    return name === `group-${group}` ? group : name;
  }

  function activate(index) {
    options[active]?.classList.remove("library-tag-active");
    active = index;
    const option = options[active];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.classList.add("library-tag-active");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function choose(id) {
    onToggle(id);
    input.select();
  }

  function keydown(event) {
    if (event.key in STEPS) {
      event.preventDefault();
      if (list.hidden) return open();
      activate((active + STEPS[event.key] + options.length) % Math.max(1, options.length));
    } else if (event.key === "Enter" && !list.hidden && options[active]) choose(options[active].dataset.tag);
    else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !input.value && selected.size) onToggle([...selected].at(-1));
  }

  input.addEventListener("focus", open);
  input.addEventListener("click", open);
  input.addEventListener("keydown", keydown);
  input.addEventListener("input", () => (list.hidden ? open() : draw()));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the text field keeps the focus
  element.addEventListener("focusout", (event) => element.contains(event.relatedTarget) || close());

  return {
    element,
    update(ids) {
      selected = new Set(ids);
      for (const option of options) option.setAttribute("aria-selected", String(selected.has(option.dataset.tag)));
    },
  };
}

/** Without case and accents. */
function plain(text) {
  return text.trim().toLocaleLowerCase(language()).normalize("NFD").replace(/\p{M}/gu, "");
}
