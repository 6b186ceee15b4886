// The installed models: which is in use, its card, and what was measured of each tag.

import { fill, h } from "../dom.js";
import { markdown } from "../models/markdown.js";
import { perTag } from "../models/per_tag.js";
import { link } from "../router.js";
import words from "../words/models.js";

const TASKS = ["tagger", "objects", "digits"];

/** `#/models` lists them, `#/models/NAME@VERSION` shows one. */
export async function show(place, { parts: [id] }, app) {
  const t = app.translator(words);
  app.title(t("title"));
  if (id) await one(place, id, app, t);
  else await all(place, app, t);
}

async function all(place, app, t) {
  const { models } = await app.api.getJson("v1/models");
  fill(place, h("h1", {}, t("title")), h("p", { class: "quiet-text" }, t("help")), TASKS.map((task) => [
    h("h2", {}, t(`task-${task}`)),
    h("ul", { class: "models-list" }, models.filter((model) => model.task === task).map((model) => h("li", { class: "card" }, summary(model, t)))),
    models.some((model) => model.task === task) ? null : h("p", { class: "quiet-text" }, t("none")),
  ]));
}

function summary(model, t) {
  const labels = model.task === "tagger" ? model.tags : model.labels;
  const precision = Object.values(model.metrics ?? {}).map((figures) => figures.mean_ap).find((value) => typeof value === "number");
  return [
    h("div", { class: "row spread" }, h("h3", {}, h("a", { href: link("models", [model.id]) }, model.name, " ", model.version)),
      h("span", { class: "row" }, model.in_use ? h("strong", { class: "chip models-in-use" }, t("in-use")) : null, model.shipped ? h("span", { class: "chip" }, t("shipped")) : null)),
    h("p", { class: "quiet-text" }, t(`labels-${model.task}`, { count: labels.length }), precision === undefined ? "" : ` · mAP ${precision}`),
  ];
}

async function one(place, id, app, t) {
  const [model, vocabulary] = await Promise.all([app.api.getJson(`v1/models/${encodeURIComponent(id)}`), app.vocabulary()]);
  const name = (tag) => app.spoken(vocabulary.get(tag)?.name, tag);
  const rows = (model.per_tag ?? []).map((row) => ({ ...row, name: name(row.tag) }));
  app.title(model.id);
  fill(place,
    h("p", {}, h("a", { href: link("models") }, t("all"))),
    h("h1", {}, model.name, " ", model.version),
    h("div", { class: "stack models-one" }, summary(model, t)[1],
      rows.length ? [h("h2", {}, t("per-tag")), h("p", { class: "quiet-text" }, t("per-tag-help")), perTag(rows, t)] : null,
      model.card ? [h("h2", {}, t("card")), h("article", { class: "card models-card", lang: "en" }, markdown(model.card))] : null));
}
