// What a card says of a film that is not (or not yet) tagged: how far it is, or what went wrong and what to do.

import { h, icon } from "../dom.js";
import { score, wait } from "../forms.js";

const BADGES = { queued: "wait", running: "play", failed: "warning", cancelled: "close" };
const OF_THE_FILE = new Set(["not-a-film", "no-video", "codec-missing", "picture-size", "no-decodable-frame", "damaged", "too-long"]);
const OF_THE_SERVICE = new Set(["disk-full", "database-away", "storage-away", "inference-away", "model-missing"]);

/** {badge, element, update(movie)}: `element` is null where the film's themes can stand there. */
export function stateOf(movie, context) {
  const parts = { queued, running, failed, cancelled }[movie.state]?.(movie, context) ?? { element: null };
  const badge = movie.state in BADGES
    ? h("span", { class: `library-badge library-badge-${movie.state}` }, icon(BADGES[movie.state]), context.t(`state-${movie.state}`)) : null;
  return { badge, update: () => {}, ...parts };
}

function queued(movie, context) {
  const { t } = context;
  return { element: line(h("p", {}, t("queued")), action("cancel", "close", movie, context)) };
}

function running(movie, context) {
  const { t } = context;
  const bar = h("progress", { max: 100, "aria-label": t("progress-of", { title: movie.title }) });
  const far = h("p", { class: "numbers" });
  const left = h("span", { class: "quiet-text small numbers" });
  const update = ({ progress }) => {
    bar.value = progress.percent;
    far.textContent = `${score(progress.percent / 100)} · ${t(`stage-${progress.stage ?? "fetching"}`)}`;
    left.textContent = progress.remaining_seconds === null ? "" : t("remaining", { time: wait(Math.max(1, progress.remaining_seconds)) });
  };
  update(movie);
  return { element: h("div", { class: "library-state" }, bar, far, h("div", { class: "row spread" }, left, action("cancel", "close", movie, context))), update };
}

function failed(movie, context) {
  const { t } = context;
  const { type = "internal", title = "", detail = "" } = movie.error ?? {};
  const reason = t(`reason-${type}`);
  const advice = OF_THE_FILE.has(type) ? "advice-file" : OF_THE_SERVICE.has(type) ? "advice-service" : "advice-retry";
  return { element: h("div", { class: "library-state" },
    h("p", { class: "library-reason", title: detail }, reason === `reason-${type}` ? title : reason),
    h("div", { class: "row spread" }, h("p", { class: "quiet-text small library-advice", title: detail }, t(advice)), action("retry", "retry", movie, context))) };
}

function cancelled(movie, context) {
  return { element: line(h("p", {}, context.t("cancelled")), action("retry", "retry", movie, context)) };
}

function line(...parts) {
  return h("div", { class: "library-state" }, h("div", { class: "row spread" }, parts));
}

function action(name, sign, movie, { t, mayWrite, onAction }) {
  if (!mayWrite) return null;
  const label = t(`${name}-one`, { title: movie.title });
  return h("button", { type: "button", class: "library-action", "aria-label": label, on: { click: () => onAction(name, movie) } }, icon(sign), t(name));
}
