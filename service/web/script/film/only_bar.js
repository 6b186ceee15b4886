// The bar of a chosen row: which of its segments is played, the one before, the one after, and the whole film again.

import { h, icon } from "../dom.js";
import { told } from "./rows.js";

export function onlyBar({ t, only, player, onWhole }) {
  const title = h("strong", {});
  const where = h("span", { class: "numbers" });
  const step = (name, key, move) => h("button", { type: "button", class: "icon-only", "aria-label": t(key), title: t(key), on: { click: () => only.go(move()) } }, icon(name));
  const following = () => only.segments.findIndex((part) => part.start_ms > player.ms);
  const preceding = () => (only.place >= 0 ? only.place - 1 : only.segments.findLastIndex((part) => part.end_ms <= player.ms));
  const play = h("button", { type: "button", class: "primary", on: { click: () => (player.isPlaying ? player.pause() : player.play()) } });
  const back = step("back", "segment-before", preceding);
  const forward = step("forward", "segment-after", following);
  const element = h("div", { class: "film-only", role: "group", hidden: true }, h("span", {}, t("only"), " ", title), where,
    h("span", { class: "row" }, back, play, forward, h("button", { type: "button", on: { click: onWhole } }, icon("close"), t("whole-film"))));

  function draw() {
    element.hidden = !title.textContent;
    if (element.hidden) return;
    const of = only.segments?.length ?? 0;
    where.textContent = !of ? t("nowhere") : only.place < 0 ? t("between", { of }) : `${t("segment-of", { place: only.place + 1, of })}: ${told(only.segments[only.place])}`;
    play.replaceChildren(icon(player.isPlaying ? "pause" : "play"), t(player.isPlaying ? "pause" : "play"));
    play.disabled = player.isStill || !of;
    back.disabled = !of || preceding() < 0;
    forward.disabled = !of || following() < 0;
  }

  only.addEventListener("change", draw);
  for (const name of ["state", "still"]) player.addEventListener(name, draw);
  return {
    element,
    draw,
    name(text) {
      title.textContent = text ?? "";
      element.setAttribute("aria-label", text ? `${t("only")} ${text}` : "");
      draw();
    },
  };
}
