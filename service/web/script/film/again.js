// Tagging a film again: with other thresholds from what is stored, or from the film itself with other parameters.

import { h } from "../dom.js";
import { ask } from "./dialogs.js";

/** What was wished for, {route: "retag" or "retry", body}, or null. `minScore`: of the slider, which is offered. */
export async function tagAgain({ t, movie, minScore }) {
  const { parameters } = movie;
  const from = h("fieldset", { class: "film-fields" }, h("legend", {}, t("again-from")),
    radio("route", "retag", true, t("again-stored"), t("again-stored-is")), radio("route", "retry", false, t("again-film"), t("again-film-is")));
  const kept = minScore ?? parameters.min_score ?? 0.5;
  const value = h("input", { type: "number", name: "percent", min: 1, max: 99, step: 1, value: Math.round(kept * 100), "aria-label": t("again-one-value") });
  const limits = h("fieldset", { class: "film-fields" }, h("legend", {}, t("threshold")),
    radio("limit", "own", (minScore ?? parameters.min_score) === null, t("own")), h("div", { class: "row" }, radio("limit", "one", (minScore ?? parameters.min_score) !== null, t("again-one")), value, "%"));
  const more = h("fieldset", { class: "film-fields", disabled: true }, h("legend", {}, t("again-how")),
    check("thorough", parameters.thorough, t("thorough")), check("every", parameters.precision === "frame", t("every-frame")),
    check("objects", parameters.objects, t("find-objects")));
  from.addEventListener("change", () => (more.disabled = !from.querySelector("[value=retry]").checked));
  value.addEventListener("input", () => (limits.querySelector("[value=one]").checked = true));
  const given = await ask({ t, title: t("tag-again"), fields: [from, limits, more], yes: t("tag-again") });
  return given && wish(given);
}

function wish(given) {
  const min_score = given.get("limit") === "one" ? Math.min(99, Math.max(1, Number(given.get("percent")))) / 100 : null;
  if (given.get("route") === "retag") return { route: "retag", body: { min_score } };
  const precision = given.has("every") ? "frame" : "keyframe";
  return { route: "retry", body: { min_score, precision, thorough: given.has("thorough"), objects: given.has("objects") } };
}

function radio(name, value, checked, label, help = null) {
  return h("label", { class: "film-option" }, h("input", { type: "radio", name, value, checked }), h("span", {}, label, help ? h("span", { class: "quiet-text small film-option-help" }, help) : null));
}

function check(name, checked, label) {
  return h("label", { class: "film-option" }, h("input", { type: "checkbox", name, checked }), h("span", {}, label));
}
