// A key is asked for where the service wants one; the browser then has a cookie that scripts cannot read.

import { sendJson } from "./api.js";
import { fill, h } from "./dom.js";

export function signIn(main, t, onKnown) {
  const problem = h("p", { class: "field-problem", role: "alert", id: "key-problem" });
  const key = h("input", { id: "key", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "key-help key-problem" });
  const button = h("button", { class: "primary" }, t("sign-in"));
  const form = h("form", { class: "sign-in card", on: { submit: enter } },
    h("h1", { tabindex: "-1" }, t("sign-in")),
    h("label", { for: "key" }, t("key")), key,
    h("p", { id: "key-help", class: "quiet-text" }, t("key-help"), " ", h("code", {}, "movietags keys create --name NAME --scope write")),
    problem, button);
  fill(main, form);
  key.focus();

  async function enter(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      onKnown(await sendJson("POST", "v1/login", { key: key.value.trim() }));
    } catch (error) {
      problem.textContent = error.message;
      key.setAttribute("aria-invalid", "true");
      key.select();
    } finally {
      button.disabled = false;
    }
  }
}
