// Draw a digit and watch the network look at it; or give a photo of handwriting.

import { drawing } from "../digits/drawing.js";
import { layers } from "../digits/layers.js";
import { probabilities } from "../digits/probabilities.js";
import { fill, h, icon } from "../dom.js";
import { score } from "../forms.js";
import { askAbout } from "../pictures/ask.js";
import { boxedPicture } from "../pictures/boxed_picture.js";
import { dropZone } from "../pictures/drop_zone.js";
import words from "../words/digits.js";

export function show(place, _address, app) {
  const t = app.translator(words);
  const answer = h("p", { class: "digits-answer", role: "status" }, t("draw-first"));
  const bars = probabilities(t("probabilities"));
  const maps = layers(t);
  const sheet = drawing(t("sheet"), changed);
  const photo = photoPart(t);
  let isAsking = false, isStale = false, hasLeft = false;

  app.title(t("title"));
  fill(place,
    h("h1", {}, t("title")),
    h("div", { class: "digits-desk" },
      h("div", { class: "stack" }, sheet.element,
        h("button", { type: "button", on: { click: clear } }, icon("close"), t("clear")),
        h("p", { class: "quiet-text small" }, t("keys"))),
      h("div", { class: "stack digits-result" }, answer, bars.element)),
    h("h2", {}, t("layers")), h("p", { class: "quiet-text" }, t("layers-help")), maps.element,
    h("h2", {}, t("photo")), h("p", { class: "quiet-text" }, t("photo-help")), photo.element);
  return () => { hasLeft = true; photo.leave(); };

  function clear() {
    sheet.clear();
    bars.show(null);
    maps.show(null);
    answer.textContent = t("draw-first");
    sheet.element.focus();
  }

  /** One question at a time; what is drawn meanwhile is asked about next. */
  async function changed() {
    isStale = true;
    if (isAsking) return;
    isAsking = true;
    while (isStale && !hasLeft) {
      isStale = false;
      await ask();
    }
    isAsking = false;
  }

  async function ask() {
    try {
      const response = await askAbout("v1/digits", await sheet.blob(), { mode: "single", explain: true });
      const { digits } = await response.json();
      if (!sheet.isEmpty() && !hasLeft) tell(digits[0] ?? null);
    } catch (error) {
      answer.textContent = error.message;
    }
  }

  function tell(digit) {
    bars.show(digit?.probabilities ?? null);
    if (digit) maps.show(digit.layers);
    answer.textContent = digit ? t("is", { digit: digit.digit, score: score(digit.score) }) : t("is-none");
  }
}

/** Digits of a photo, with their boxes. */
function photoPart(t) {
  const said = h("p", { role: "status" });
  const picture = boxedPicture(() => (said.textContent = t("unshowable")));
  const asking = { now: null };
  const element = h("div", { class: "stack" }, dropZone(t("give-photo"), read), said, picture.element);
  return { element, leave: () => { asking.now?.abort(); picture.clear(); } };

  async function read(file) {
    asking.now?.abort();
    asking.now = new AbortController();
    said.textContent = t("reading");
    picture.show(file, file.name);
    try {
      const found = await (await askAbout("v1/digits", file, {}, asking.now.signal)).json();
      picture.boxes(found.digits.map(({ digit, box }) => ({ box, text: String(digit), colour: digit })), found);
      const text = found.digits.length ? t("found", { count: found.digits.length, digits: found.digits.map(({ digit }) => digit).join(" ") }) : t("found-none");
      said.textContent = [text, ...found.warnings].join(" · ");
    } catch (error) {
      if (error.name === "AbortError") return;
      picture.clear();
      said.textContent = error.message;
    }
  }
}
