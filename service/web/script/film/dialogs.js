// Questions that have to be answered first.

import { h } from "../dom.js";

/** Whether the question was answered with `yes`. */
export function ask({ t, title, text, yes, isDanger = false }) {
  return new Promise((answer) => {
    const form = h("form", { method: "dialog", class: "stack" }, h("h2", { id: "film-dialog-title" }, title), h("p", {}, text),
      h("div", { class: "row film-dialog-buttons" }, h("button", { type: "button", on: { click: () => dialog.close() } }, t("never-mind")),
        h("button", { class: isDanger ? "danger" : "primary", value: "yes" }, yes)));
    const dialog = h("dialog", { class: "film-dialog", "aria-labelledby": "film-dialog-title" }, form);
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
