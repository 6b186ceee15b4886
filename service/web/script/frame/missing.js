// "A tag is missing": the whole vocabulary to search in.

import { fill, h, icon } from "../dom.js";

/** A dialog that open(tags) shows. A tag: {id, name, description, isFound, said}. `onMissing(id)` is told which was chosen. */
export function missingTag({ t, onMissing }) {
  const list = h("ul", { class: "frame-missing-list" });
  const none = h("p", { class: "quiet-text", role: "status" });
  const search = h("input", { type: "text", role: "searchbox", inputmode: "search", "aria-label": t("search-tag"), placeholder: t("search-tag"), autocomplete: "off", spellcheck: "false" });
  const close = h("button", { type: "button", class: "quiet icon-only", "aria-label": t("close"), on: { click: () => element.close() } }, icon("close"));
  const element = h("dialog", { class: "frame-missing", "aria-labelledby": "frame-missing-title" },
    h("div", { class: "row spread" }, h("h2", { id: "frame-missing-title" }, t("which-missing")), close), search, none, list);
  let all = [];
  const choose = (id) => {
    element.close();
    onMissing(id);
  };
  const show = () => {
    const found = all.filter(({ text }) => plain(search.value).split(/\s+/).every((word) => text.includes(word)));
    fill(list, found.map(({ tag }) => item(tag, t, choose)));
    fill(none, found.length ? null : t("no-such-tag"));
  };
  search.addEventListener("input", show);
  const open = (tags) => {
    all = tags.map((tag) => ({ tag, text: plain(`${tag.name} ${tag.description} ${tag.id}`) }));
    search.value = "";
    show();
    element.showModal();
    search.focus();
  };
  return { element, open };
}

function item(tag, t, choose) {
  const state = tag.isFound ? t("is-found") : tag.said === "missing" ? t("said-missing") : null;
  const lines = [h("span", { class: "frame-missing-name" }, tag.name), h("span", { class: "small quiet-text" }, state ?? tag.description)];
  const isOpen = state === null;
  return h("li", {}, isOpen ? h("button", { type: "button", class: "quiet", on: { click: () => choose(tag.id) } }, lines) : h("div", { class: "frame-missing-known" }, lines));
}

/** Without capitals and accents, as people type in a hurry. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase().trim();
}
