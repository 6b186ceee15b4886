// Navigation, language, theme and sign-out.

import { fill, h } from "./dom.js";
import { link } from "./router.js";
import { THEMES, applyTheme, theme } from "./theme.js";
import { LANGUAGES, choose, language } from "./words.js";

const SECTIONS = { library: ["film", "frame", "similar"], digits: [], objects: [], feedback: [], models: [] };

export function navigation(current, t) {
  const bar = document.getElementById("navigation");
  bar.setAttribute("aria-label", t("navigation"));
  fill(bar, h("ul", {}, Object.entries(SECTIONS).map(([name, within]) => {
    const page = current === name ? "page" : within.includes(current) ? "true" : false;
    return h("li", {}, h("a", { href: link(name), "aria-current": page }, t(`go-${name}`)));
  })));
}

export function tools({ t, who, onLanguage, onSignOut }) {
  const languages = choice(t("language"), Object.entries(LANGUAGES), language(), (name) => { choose(name); onLanguage(); });
  const themes = choice(t("theme"), THEMES.map((name) => [name, t(`theme-${name}`)]), theme(), applyTheme);
  const out = who.keys_needed && who.scopes.length ? h("button", { type: "button", class: "quiet", on: { click: onSignOut } }, t("sign-out")) : null;
  fill(document.getElementById("tools"), languages, themes, out);
}

function choice(name, options, chosen, onChange) {
  const list = options.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  return h("select", { "aria-label": name, class: "quiet", on: { change: (event) => onChange(event.target.value) } }, list);
}
