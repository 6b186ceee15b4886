// In the header, while films are on their way: how far they are together, as a link to the library.

import { fill, h, icon } from "../dom.js";
import { number, score } from "../forms.js";
import { link } from "../router.js";
import { queue } from "./queue.js";

/** Show it from now on, in every view; once for a page. */
export function indicate(t) {
  if (document.querySelector(".uploads-indicator")) return;
  const element = h("a", { class: "uploads-indicator", href: link("library"), hidden: true });
  document.getElementById("tools").before(element);
  queue.addEventListener("change", () => {
    const open = queue.uploads.filter(({ isOpen }) => isOpen);
    element.hidden = !open.length;
    const [sent, size] = [open.reduce((sum, { sent: bytes }) => sum + bytes, 0), open.reduce((sum, { file }) => sum + file.size, 0)];
    const far = score(size ? Math.floor((sent * 100) / size) / 100 : 0);
    const text = t("uploading", { count: open.length, number: number(open.length), far });
    element.title = text;
    element.setAttribute("aria-label", text);
    fill(element, icon("upload"), h("span", { class: "numbers" }, far));
  });
}
