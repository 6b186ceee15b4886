// The key frames before and behind the one that is looked at, as a strip of links.

import { fill, h, icon } from "../dom.js";
import { time } from "../forms.js";
import { alternative, picture } from "../picture.js";
import { link } from "../router.js";

export const REACH = 3; // neighbours on either side

/** A strip that show({movie, frames, number, total, tag}) fills; `onStep(number)` is called in place of following a plain click. */
export function strip({ t, vocabulary, onStep }) {
  const element = h("nav", { class: "frame-strip", "aria-label": t("neighbours") });
  return { element, show: (state) => fill(element, parts(state, t, vocabulary, onStep)) };
}

function parts(state, t, vocabulary, onStep) {
  const { number, total, frames } = state;
  const shown = frames.map((frame) => {
    const isHere = frame.number === number;
    const within = step(state, frame.number, onStep, { "aria-current": isHere ? "true" : false });
    const still = picture({ image: frame.thumbnail, alt: alternative(frame, vocabulary), blurred: frame.blurred, within },
      h("span", { class: "frame-strip-time small numbers", "aria-hidden": "true" }, time(frame.time_ms)));
    return h("li", { data: { distance: Math.abs(frame.number - number) } }, still);
  });
  return [
    end(state, number > 0 ? number - 1 : null, "back", t("previous"), onStep),
    h("ol", { class: "frame-strip-list" }, shown),
    end(state, number < total - 1 ? number + 1 : null, "forward", t("next"), onStep),
  ];
}

function end(state, number, arrow, name, onStep) {
  if (number === null) return h("span", { class: "frame-strip-end" });
  return step(state, number, onStep, { class: "button icon-only frame-strip-end", "aria-label": name, title: name, rel: arrow === "back" ? "prev" : "next" }, icon(arrow));
}

function step({ movie, tag }, number, onStep, properties, ...children) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onStep(number);
  };
  return h("a", { href: link("frame", [movie, number], { tag }), on: { click: follow }, ...properties }, children);
}
