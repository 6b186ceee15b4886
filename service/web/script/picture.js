// A key frame's picture. What may disturb is blurred until somebody asks for it, and then stays as it is for this visit.

import { fill, h, icon } from "./dom.js";
import { time } from "./forms.js";
import { language, spoken, translator } from "./words.js";
import pictureWords from "./words/picture.js";

const t = translator(pictureWords);
const shown = new Set(); // of the pictures that may disturb, those that were asked for: keyOf(image)

/**
 * An element of the class "picture". `image` is an address of the API or null, `alt` its text (see alternative), `blurred` whether it may
 * disturb. `within`: the link or button that the picture is the face of. It is filled here and stands beside the button that uncovers,
 * never around it. `ratio`: of width to height, 16/9 unless said; what does not fit is cut off. `eager`: load it at once.
 * `children` lie over the picture.
 */
export function picture({ image, alt, blurred = false, within = null, ratio = null, eager = false }, ...children) {
  const face = image ? loaded(image, alt, eager) : h("span", { class: "picture-none" }, t("none"));
  const isCovered = Boolean(blurred && image) && !shown.has(keyOf(image));
  const element = h("div", { class: isCovered ? "picture picture-covered" : "picture", data: image ? { picture: keyOf(image) } : {} },
    within ? fill(within, face) : face, children, isCovered ? cover(image) : null);
  within?.classList.add("picture-within");
  if (ratio) element.style.setProperty("--picture-ratio", String(ratio));
  return element;
}

/** What a picture shows, in words: its moment and the names of its tags ([{tag}, ...]), by the map of app.vocabulary(). */
export function alternative({ time_ms, tags }, vocabulary) {
  const names = tags.map(({ tag }) => spoken(vocabulary.get(tag)?.name, tag).toLocaleLowerCase(language()));
  const list = new Intl.ListFormat(language(), { type: "unit" }).format(names);
  return t(list ? "alt" : "alt-plain", { time: time(time_ms), tags: list });
}

function loaded(image, alt, eager) {
  const element = h("img", { class: "picture-face", src: image, alt, loading: eager ? "eager" : "lazy", decoding: "async" });
  element.addEventListener("error", () => element.classList.add("picture-missing"));
  return element;
}

/** The same picture has other addresses in other results and answers: what is asked for it does not count. */
function keyOf(image) {
  return new URL(image, document.baseURI).pathname;
}

function cover(image) {
  return h("button", { type: "button", class: "picture-cover", on: { click: (event) => uncoverAll(event, keyOf(image)) } },
    icon("eye"), h("span", { class: "picture-cover-text" }, h("span", {}, t("show")), " ", h("span", { class: "small" }, t("why"))));
}

function uncoverAll(event, key) {
  event.stopPropagation(); // what the picture stands in was not meant
  shown.add(key);
  const asked = event.currentTarget.parentElement;
  for (const element of document.querySelectorAll(".picture-covered")) if (element.dataset.picture === key) uncover(element);
  const next = asked.querySelector("a, button") ?? asked;
  if (next === asked) asked.tabIndex = -1;
  next.focus({ preventScroll: true });
}

function uncover(element) {
  element.classList.remove("picture-covered");
  element.querySelector(".picture-cover").remove();
}
