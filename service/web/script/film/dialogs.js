// Questions that have to be answered first.

import { h } from "../dom.js";

/** A question with these fields between its text and its buttons: the form's data, or null where it was called off. */
export function ask({ t, title, text = null, fields = null, yes, isDanger = false }) {
  return new Promise((answer) => {
    const form = h("form", { method: "dialog", class: "stack" }, h("h2", { id: "film-dialog-title" }, title), text ? h("p", {}, text) : null, fields,
      h("div", { class: "row film-dialog-buttons" }, h("button", { type: "button", on: { click: () => dialog.close() } }, t("never-mind")),
        h("button", { class: isDanger ? "danger" : "primary", value: "yes" }, yes)));
    const dialog = h("dialog", { class: "film-dialog", "aria-labelledby": "film-dialog-title" }, form);
    dialog.addEventListener("close", () => {
      answer(dialog.returnValue === "yes" ? new FormData(form) : null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
