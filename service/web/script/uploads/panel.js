// The list of uploads: those of this tab, and those that an earlier visit left unfinished.

import { h, icon } from "../dom.js";
import { bytes, number } from "../forms.js";
import { fileButton } from "./drop.js";
import { queue } from "./queue.js";
import { howFar, uploadRow } from "./row.js";

/** {element, leave}. `say(text)` tells those who do not see it. */
export function uploadPanel({ t, say }) {
  const rows = new Map(); // upload -> row
  const told = new Map(); // upload -> the state that was said last
  const title = h("h2", {}, t("uploads"));
  const clear = h("button", { type: "button", class: "quiet", on: { click: () => queue.clear() } }, t("clear-done"));
  const list = h("ul", { class: "uploads-list", "aria-label": t("uploads") });
  const left = h("ul", { class: "uploads-list", "aria-label": t("unfinished") });
  const gone = h("p", { class: "notice notice-warm", hidden: true });
  const leftPart = h("div", { class: "uploads-left" }, h("h3", {}, t("unfinished")), h("p", { class: "quiet-text small" }, t("unfinished-means")), left);
  const element = h("section", { class: "card uploads", "aria-label": t("uploads"), hidden: true }, h("div", { class: "row spread" }, title, clear), gone, list, leftPart);
  const leftRows = new Map(); // upload's id -> element

  function update() {
    const open = queue.uploads.filter(({ isOpen }) => isOpen).length;
    title.textContent = open ? t("uploads-open", { count: open, number: number(open) }) : t("uploads");
    for (const upload of queue.uploads) {
      if (!rows.has(upload)) rows.set(upload, uploadRow(upload, t));
      rows.get(upload).update();
      tellOf(upload);
    }
    keepOnly(rows, new Set(queue.uploads));
    arrange(list, queue.uploads.map((upload) => rows.get(upload).element));
    clear.hidden = !queue.uploads.some(({ state }) => state === "done") && !queue.expired.length;
    gone.hidden = !queue.expired.length;
    gone.textContent = queue.expired.length ? t("expired", { count: queue.expired.length, names: queue.expired.join(", ") }) : "";
    updateLeft();
    list.hidden = !queue.uploads.length;
    element.hidden = list.hidden && leftPart.hidden && gone.hidden;
  }

  function updateLeft() {
    for (const entry of queue.left) if (!leftRows.has(entry.id)) leftRows.set(entry.id, unfinishedRow(entry, t));
    keepOnly(leftRows, new Set(queue.left.map(({ id }) => id)));
    arrange(left, queue.left.map(({ id }) => leftRows.get(id)));
    leftPart.hidden = !queue.left.length;
  }

  function tellOf(upload) {
    if (told.get(upload) === upload.state) return;
    if (["done", "failed"].includes(upload.state)) say(`${upload.file.name}: ${rows.get(upload).element.querySelector(".uploads-told").textContent}`);
    told.set(upload, upload.state);
  }

  for (const upload of queue.uploads) told.set(upload, upload.state); // said when it happened
  queue.addEventListener("change", update);
  update();
  queue.find();
  return { element, leave: () => queue.removeEventListener("change", update) };
}

/** Without touching what stands already, so that the focus stays. */
function arrange(list, elements) {
  for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, index) => list.children[index] === element || list.insertBefore(element, list.children[index] ?? null));
}

function keepOnly(map, keys) {
  for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
}

function unfinishedRow(entry, t) {
  const problem = h("p", { class: "field-problem", role: "alert" });
  const pick = fileButton({ text: t("choose-same"), primary: false, multiple: false, onFiles: goOn });
  pick.querySelector("button").setAttribute("aria-label", t("choose-same-one", { title: entry.name }));
  const drop = h("button", { type: "button", class: "quiet icon-only", title: t("give-up-upload"), "aria-label": t("give-up-upload-one", { title: entry.name }),
    on: { click: () => queue.giveUp(entry) } }, icon("trash"));

  async function goOn([file]) {
    problem.textContent = "";
    try {
      await queue.resume(entry, file);
    } catch (error) {
      problem.textContent = t(`file-${error.code}`, { name: entry.name, given: file.name, size: bytes(entry.size) });
    }
  }

  return h("li", { class: "uploads-row" }, h("p", { class: "uploads-name", title: entry.name }, entry.name), h("div", { class: "uploads-buttons" }, pick, drop),
    h("p", { class: "uploads-told numbers" }, howFar(entry.offset, entry.size, t)), problem);
}
