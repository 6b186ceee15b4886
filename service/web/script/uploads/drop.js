// Films dragged over the page from elsewhere: they may be dropped anywhere on it.

import { h, icon } from "../dom.js";

/** Until the function that is returned is called, `onFiles(files)` hears what was dropped. `text` invites to it. */
export function dropAnywhere(text, onFiles) {
  const veil = h("div", { class: "uploads-veil", "aria-hidden": "true", hidden: true }, h("div", { class: "uploads-veil-sign" }, icon("upload"), text));
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  const listeners = {
    dragenter: (event) => isFiles(event) && (veil.hidden = false),
    dragover(event) {
      if (!isFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    },
    dragleave: (event) => event.relatedTarget === null && (veil.hidden = true),
    drop(event) {
      if (!isFiles(event)) return;
      event.preventDefault();
      veil.hidden = true;
      onFiles([...event.dataTransfer.files]);
    },
  };
  document.body.append(veil);
  for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
  return () => {
    veil.remove();
    for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
  };
}

/** A button that opens the browser's choice of files. */
export function fileButton({ text, primary = true, multiple = true, onFiles }) {
  const input = h("input", { type: "file", accept: "video/*,.mkv,.mxf,.avi,.mov,.ts,.m2ts,.mts,.flv,.wmv,.ogv,.mpg,.vob", multiple, hidden: true, tabindex: "-1", "aria-hidden": "true", on: { change: chosen } });
  const button = h("button", { type: "button", class: primary ? "primary" : "", on: { click: () => input.click() } }, icon("upload"), text);

  function chosen() {
    const files = [...input.files];
    input.value = ""; // the same file may be chosen again
    if (files.length) onFiles(files);
  }

  return h("span", { class: "uploads-pick" }, button, input);
}
