// One upload in the list: how far it is, how fast, how long it will take, or what went wrong.

import { Away, Problem } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { bytes, score, wait } from "../forms.js";
import { link } from "../router.js";
import { FileProblem } from "./file.js";
import { queue } from "./queue.js";

const KINDS = ["audio", "image", "text"]; // of files that are no films, by their declared type

/** {element, update()} of an Upload. */
export function uploadRow(upload, t) {
  const { name, size } = upload.file;
  const bar = h("progress", { max: Math.max(1, size), value: 0, "aria-label": t("progress-of", { title: name }) });
  const told = h("p", { class: "uploads-told numbers" });
  const detail = h("p", { class: "uploads-detail quiet-text small", hidden: true });
  const buttons = h("div", { class: "uploads-buttons" });
  const element = h("li", { class: "uploads-row" }, h("p", { class: "uploads-name", title: name }, name), buttons, bar, told, detail);
  let drawn = "";

  function update() {
    bar.value = upload.sent;
    bar.hidden = ["done", "failed"].includes(upload.state);
    told.className = `uploads-told numbers uploads-${upload.state}`;
    told.textContent = tell(upload, t);
    detail.hidden = told.textContent !== t("refused-type");
    detail.textContent = detail.hidden ? "" : upload.error.detail;
    if (drawn !== upload.state) draw();
  }

  function draw() {
    const hadFocus = buttons.contains(document.activeElement);
    drawn = upload.state;
    element.dataset.state = drawn;
    fill(buttons, actions(upload, t));
    if (hadFocus) (buttons.querySelector("button, a") ?? document.querySelector("main h1"))?.focus();
  }

  update();
  return { element, update };
}

function actions(upload, t) {
  const { name } = upload.file;
  const button = (action, sign, run) =>
    h("button", { type: "button", class: "quiet icon-only", title: t(action), "aria-label": t(`${action}-one`, { title: name }), on: { click: run } }, icon(sign));
  if (upload.state === "done") return [h("a", { href: link("film", [upload.movie]) }, t("show-film"))];
  const cancel = button("cancel", "close", () => queue.cancel(upload));
  if (upload.state === "finishing") return [];
  if (upload.state === "failed") return [upload.error instanceof Problem && upload.error.status === 415 ? null : button("retry", "retry", () => queue.again(upload)), cancel];
  if (upload.state === "paused") return [button("resume", "play", () => queue.again(upload)), cancel];
  return [button("pause", "pause", () => queue.pause(upload)), cancel];
}

/** "43 % · 1 GB of 2.3 GB"; never more than there is. */
export function howFar(sent, size, t) {
  return `${score(size ? Math.floor((sent * 100) / size) / 100 : 0)} · ${t("of-bytes", { sent: bytes(sent), size: bytes(size) })}`;
}

function tell(upload, t) {
  const { state, sent, file } = upload;
  const far = howFar(sent, file.size, t);
  if (state === "sending") {
    const { speed } = upload;
    const left = speed ? ` · ${t("a-second", { size: bytes(speed) })} · ${t("remaining", { time: wait(Math.max(1, (file.size - sent) / speed)) })}` : "";
    return far + left;
  }
  if (state === "paused") return `${t("paused")} · ${far}`;
  if (state === "away") return `${upload.error instanceof Away ? t("upload-away") : upload.error.message} ${t("upload-again")}`;
  if (state === "done") return t(upload.wasThere ? "upload-known" : "upload-done");
  if (state === "failed") return reason(upload, t);
  return t(`upload-${state}`);
}

function reason({ error, file }, t) {
  if (error instanceof FileProblem) return t(`file-${error.code}`);
  const kind = KINDS.find((name) => file.type.startsWith(`${name}/`));
  if (error.status === 415) return t(kind ? `refused-${kind}` : "refused-type");
  const known = t(`refused-${error.type}`);
  return known === `refused-${error.type}` ? error.message : known;
}
