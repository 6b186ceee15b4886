// The page's words in English and Spanish. Each view has a file of its own in words/, and takes it through `translator`.

export const LANGUAGES = { en: "English", es: "Español" };
const PLURALS = Object.fromEntries(Object.keys(LANGUAGES).map((name) => [name, new Intl.PluralRules(name)]));
const KEPT_AS = "movietags-language";

let chosen = remembered();

function remembered() {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept in LANGUAGES) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES) ?? "en";
}

/** The language of now: "en" or "es". */
export function language() {
  return chosen;
}

export function choose(name) {
  chosen = name;
  localStorage.setItem(KEPT_AS, name);
  document.documentElement.lang = name;
}

/**
 * t(key, values) for words of the form {en: {key: "Text {name}"}, es: {...}}. A text may be {one, other}, chosen by `values.count`.
 * A key that is missing is a mistake of ours and shows as itself.
 */
export function translator(words) {
  return (key, values = {}) => {
    let text = words[chosen]?.[key] ?? words.en[key] ?? key;
    if (typeof text === "object") text = text[PLURALS[chosen].select(values.count)] ?? text.other;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}

/** A text of the service by language ({en, es}) in the language of now. */
export function spoken(texts, otherwise = "") {
  return texts?.[chosen] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? otherwise;
}
