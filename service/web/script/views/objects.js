// Objects in a picture: boxes with labels, to be switched off and on by label.

import { fill, h } from "../dom.js";
import { score } from "../forms.js";
import { askAbout } from "../pictures/ask.js";
import { boxedPicture } from "../pictures/boxed_picture.js";
import { dropZone } from "../pictures/drop_zone.js";
import words from "../words/objects.js";

const FLOOR = 0.1; // asked for once; the slider hides what is below its place
const FIRST_SCORE = 0.4;
const MOST = 100; // objects of one answer

export function show(place, _address, app) {
  const t = app.translator(words);
  const said = h("p", { role: "status" });
  const picture = boxedPicture(unshowable);
  const labels = h("div", { class: "row", role: "group", "aria-label": t("labels") });
  const list = h("ul", { class: "objects-list" });
  const limit = h("input", { type: "range", id: "objects-score", min: FLOOR, max: 0.95, step: 0.05, value: FIRST_SCORE, on: { input: draw } });
  const limitText = h("output", { for: "objects-score", class: "numbers" });
  const desk = h("div", { class: "objects-desk", hidden: true },
    picture.element,
    h("div", { class: "stack" }, h("div", {}, h("label", { for: "objects-score" }, t("min-score")), " ", limitText, limit), labels, list));
  const off = new Set(); // labels that are switched off
  let given = null; // the picture
  let found = null; // the answer
  let asking = null;

  app.title(t("title"));
  fill(place, h("h1", {}, t("title")), h("p", { class: "quiet-text" }, t("help")), h("div", { class: "stack" }, dropZone(t("give"), ask), said, desk));
  return () => { asking?.abort(); picture.clear(); };

  async function ask(file) {
    asking?.abort();
    asking = new AbortController();
    said.textContent = t("looking");
    desk.hidden = true;
    try {
      const answer = await (await askAbout("v1/objects", file, { min_score: FLOOR, max: MOST }, asking.signal)).json();
      [found, given] = [answer, file];
      off.clear();
      desk.hidden = false;
      picture.show(file, file.name);
      draw();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  }

  function draw() {
    if (!found) return;
    const least = Number(limit.value);
    limitText.textContent = score(least);
    const sure = found.objects.filter((object) => object.score >= least);
    const names = [...new Set(sure.map(({ label }) => label))].sort();
    const colourOf = (label) => names.indexOf(label);
    const shown = sure.filter(({ label }) => !off.has(label));
    picture.boxes(shown.map(({ box, label, score: value }) => ({ box, text: `${label} ${score(value)}`, colour: colourOf(label) })), found);
    fill(labels, names.map((name) => toggle(name, sure.filter(({ label }) => label === name).length, colourOf(name))));
    fill(list, shown.map((object) => h("li", {}, object.label, h("span", { class: "numbers quiet-text" }, score(object.score)))));
    said.textContent = [sure.length ? t("found", { count: sure.length }) : t("found-none"), ...found.warnings].join(" · ");
  }

  function toggle(name, count, colour) {
    const pressed = !off.has(name);
    const change = () => {
      if (pressed) off.add(name);
      else off.delete(name);
      draw();
      labels.querySelector(`[data-label="${CSS.escape(name)}"]`)?.focus();
    };
    return h("button", { type: "button", class: "chip", "aria-pressed": String(pressed), data: { label: name }, on: { click: change } },
      h("span", { class: "objects-key", data: { colour: colour % 8 } }), name, h("span", { class: "numbers" }, count));
  }

  /** A picture of a kind that this browser does not know comes drawn from the service. */
  async function unshowable() {
    if (!given?.size || given.isDrawn) return;
    const query = { min_score: Number(limit.value), max: MOST, draw: true };
    try {
      const drawn = await (await askAbout("v1/objects", given, query, asking.signal)).blob();
      drawn.isDrawn = true;
      given = drawn;
      picture.show(drawn, t("drawn"));
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  }
}
