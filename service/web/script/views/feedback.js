// All that people said of tags at key frames, for training to learn from.

import { fill, h, icon } from "../dom.js";
import { row } from "../frame/said_row.js";
import { forget } from "../frame/said.js";
import words from "../words/feedback.js";

const PAGE = 40;
const COMMAND = ["movietags-train head", "--data images", "--data corrections.zip", "--out runs/corrected"]; // broken nowhere else
const VERDICTS = ["right", "wrong", "missing"];

/** `#/feedback?tag=ID&verdict=wrong`. */
export async function show(place, { query }, app) {
  const leaving = new AbortController();
  const t = app.translator(words);
  app.title(t("title"));
  const list = h("ul", { class: "feedback-list" });
  const more = h("button", { type: "button", hidden: true }, t("more"));
  const told = h("div", { role: "status" });
  const problem = h("p", { class: "field-problem", role: "alert" });
  const view = { t, app, vocabulary: await app.vocabulary(), signal: leaving.signal, list, more, told, problem, films: new Map(), cursor: null, turn: 0,
    wanted: { tag: query.get("tag"), verdict: query.get("verdict") } };
  more.addEventListener("click", () => load(view));
  view.top = h("div", { class: "feedback-top" }, filters(view), taking(view));
  fill(place, h("h1", {}, t("title")), view.top, problem, told, list, h("p", { class: "feedback-more" }, more));
  await load(view);
  return () => leaving.abort();
}

function filters(view) {
  const { t, app, vocabulary, wanted } = view;
  const tags = [...vocabulary.values()].map(({ id, name }) => [id, app.spoken(name, id)]).sort((one, other) => one[1].localeCompare(other[1]));
  if (wanted.tag && !vocabulary.has(wanted.tag)) tags.unshift([wanted.tag, wanted.tag]); // of a model that is no more in use
  const verdicts = VERDICTS.map((verdict) => [verdict, t(verdict)]);
  const choice = (name, options) => {
    const change = (event) => {
      wanted[name] = event.target.value || null;
      app.go("feedback", [], wanted, { replace: true });
      begin(view);
    };
    return h("label", { class: "feedback-filter" }, t(name), h("select", { on: { change } },
      [["", t(`any-${name}`)], ...options].map(([value, text]) => h("option", { value, selected: value === (wanted[name] ?? "") }, text))));
  };
  return h("div", { class: "row feedback-filters" }, choice("tag", tags), choice("verdict", verdicts));
}

/** What training does with it. */
function taking({ t, app }) {
  return h("section", { class: "card feedback-taking", "aria-labelledby": "feedback-taking-title" },
    h("h2", { id: "feedback-taking-title" }, t("training")),
    h("p", { class: "small" }, t("training-help")), h("p", {}, h("code", { class: "feedback-command" }, COMMAND.flatMap((part) => [h("span", {}, part), " "]))),
    h("p", {}, h("a", { class: "button", href: app.api.address("v1/feedback/export"), download: "corrections.zip" }, icon("download"), t("download"))));
}

function begin(view) {
  view.cursor = null;
  fill(view.list);
  load(view);
}

async function load(view) {
  const { app, list, more, problem, wanted, signal } = view;
  const turn = ++view.turn;
  more.disabled = true;
  try {
    const page = await app.api.getJson("v1/feedback", { query: { ...wanted, limit: PAGE, cursor: view.cursor }, signal });
    if (turn !== view.turn) return;
    const rows = page.feedback.map((said) => row(said, view, () => takeBack(view, said)));
    list.append(...rows);
    if (view.cursor) rows[0]?.querySelector("a").focus({ preventScroll: true });
    view.cursor = page.next_cursor;
    more.hidden = !view.cursor;
    tellNone(view);
    fill(problem);
  } catch (error) {
    if (error.name !== "AbortError") fill(problem, error.message);
  } finally {
    more.disabled = false;
  }
}

/** Where there is nothing: whether that is for the filters. */
function tellNone({ t, wanted, list, told, top }) {
  const isEmpty = !list.children.length;
  const isFiltered = Boolean(wanted.tag || wanted.verdict);
  top.hidden = isEmpty && !isFiltered;
  const text = isFiltered ? h("p", {}, t("none-filtered")) : [h("p", {}, h("strong", {}, t("none"))), h("p", { class: "quiet-text" }, t("none-help"))];
  fill(told, isEmpty ? h("div", { class: "notice feedback-none" }, text) : null);
}

async function takeBack(view, said) {
  const { t, app, list, problem } = view;
  const element = [...list.children].find(({ dataset }) => dataset.id === said.id);
  try {
    await forget(app.api, said.id);
  } catch (error) {
    return fill(problem, error.message);
  }
  const next = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  (next?.querySelector("button.feedback-back") ?? document.querySelector("h1")).focus();
  app.say(t("taken-back"));
  tellNone(view);
}
