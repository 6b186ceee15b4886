// What the shot at the playhead is about: its best tags as bars, and the ways to its key frame.

import { fill, h } from "../dom.js";
import { score, time } from "../forms.js";
import { link } from "../router.js";
import { spoken } from "../words.js";
import { placeAfter } from "./segments.js";

const BEST = 6;
const STEPS = 10000; // of a shot's score

export function moment({ t, id, timeline, player, vocabulary, strip }) {
  const heading = h("h2", { class: "numbers" });
  const bars = h("ul", { class: "film-bars" });
  const why = h("a", { class: "button" }, t("why"));
  const similar = h("a", { class: "button" }, t("similar"));
  let shot = -1;
  let frame = -1;

  function draw() {
    heading.textContent = t("at", { time: time(player.ms) });
    const here = Math.max(0, placeAfter(timeline.shots, player.ms) - 1);
    if (here !== shot) fill(bars, best(here).map(bar));
    shot = here;
    const number = strip.at(player.ms);
    if (number === frame) return;
    frame = number;
    relink();
  }

  /** Links carry the chosen tag on. */
  function relink() {
    why.href = link("frame", [id, frame], { tag: strip.tag() });
    similar.href = link("similar", [id, frame]);
  }

  function best(place) {
    const scored = timeline.tags.map(({ tag, scores, threshold }) => ({ tag, value: scores[place] / STEPS, threshold }));
    return scored.sort((one, other) => other.value - one.value).slice(0, BEST);
  }

  function bar({ tag, value, threshold }) {
    const holds = value >= threshold;
    const name = spoken(vocabulary.get(tag)?.name, tag);
    return h("li", { class: holds ? "film-bar film-bar-holds" : "film-bar", title: t(holds ? "bar-holds" : "bar-below", { threshold: score(threshold) }), style: { "--film-value": value } },
      h("span", {}, name), h("span", { class: "numbers" }, score(value)));
  }

  player.addEventListener("time", draw);
  draw();
  return { element: h("div", { class: "film-moment" }, heading, bars, h("p", { class: "row" }, why, similar)), relink };
}
