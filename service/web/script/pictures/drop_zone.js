// A place to drop one picture on, which is also a button that asks for one.

import { h, icon } from "../dom.js";

/** The place, which hands every picture that is given to `onFile`; `text` tells what to do. */
export function dropZone(text, onFile) {
  const input = h("input", { type: "file", accept: "image/*", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true",
    on: { change: () => { take(input.files); input.value = ""; } } });
  const button = h("button", { type: "button", on: { click: () => input.click() } }, icon("upload"), text);
  const zone = h("div", { class: "pictures-drop" }, button, input);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("is-over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    take(event.dataTransfer.files);
  });
  return zone;

  function take(files) {
    if (files.length) onFile(files[0]);
  }
}
