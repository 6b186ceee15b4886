// The heat map over a key frame: where the network saw what speaks for a tag.

import { fill, h } from "../dom.js";

const LEAST = 0.05; // log-odds: where no place adds more, nothing speaks for the tag
let isOn = true; // as it was left, for the next frame
let strength = 0.75;

/** {layer: lies over the picture, controls, show(movie, frame of the API, tag of tagsOf), leave}. */
export function heat({ t, app }) {
  const layer = h("img", { class: "frame-heat", alt: "", hidden: true });
  const meaning = h("p", { class: "frame-meaning", role: "status" });
  const view = { t, api: app.api, layer, meaning, asked: null, url: null, has: false };
  const controls = h("div", { class: "frame-heat-controls" }, h("div", { class: "row" }, power(view), slider(view)), meaning);
  const leave = () => {
    view.asked?.abort();
    if (view.url) URL.revokeObjectURL(view.url);
  };
  appear(view);
  return { layer, controls, show: (movie, frame, tag) => show(view, movie, frame, tag), leave };
}

function power(view) {
  const box = h("input", { type: "checkbox", role: "switch", checked: isOn, on: { change: (event) => { isOn = event.target.checked; appear(view); } } });
  return h("label", { class: "row frame-switch" }, box, view.t("heat"));
}

function slider(view) {
  const range = h("input", { type: "range", min: 0.1, max: 1, step: 0.05, value: strength,
    on: { input: (event) => { strength = Number(event.target.value); appear(view); } } });
  return h("label", { class: "row frame-strength" }, h("span", { class: "quiet-text" }, view.t("strength")), range);
}

function appear({ layer, has }) {
  layer.hidden = !(isOn && has);
  layer.style.setProperty("opacity", String(strength));
}

async function show(view, movie, frame, tag) {
  view.asked?.abort();
  const asked = (view.asked = new AbortController());
  view.has = false;
  appear(view);
  tell(view, "heat-asked", tag);
  try {
    const path = `v1/movies/${encodeURIComponent(movie)}/frames/${frame.number}/heat`;
    const v = new URL(frame.thumbnail, document.baseURI).searchParams.get("v"); // with it the browser keeps the answer
    const response = await view.api.raw(path, { query: { tag: tag.id, v }, signal: asked.signal });
    const picture = await response.blob();
    if (asked.signal.aborted) return;
    put(view, picture);
    tell(view, meaningOf(tag, Number(response.headers.get("Movietags-Peak"))), tag);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (problem.type === "no-heat-map") tell(view, "no-heat", tag);
    else fill(view.meaning, problem.message);
  }
}

function put(view, picture) {
  if (view.url) URL.revokeObjectURL(view.url);
  view.url = URL.createObjectURL(picture);
  view.layer.src = view.url;
  view.has = true;
  appear(view);
}

function meaningOf(tag, peak) {
  if (peak < LEAST) return "heat-nothing";
  return tag.isFound ? "heat-found" : "heat-below";
}

function tell(view, key, tag) {
  fill(view.meaning, view.t(key, tag));
}
