// Light, dark, or as the system has it.

const KEPT_AS = "movietags-theme";
export const THEMES = ["auto", "light", "dark"];

export function theme() {
  const kept = localStorage.getItem(KEPT_AS);
  return THEMES.includes(kept) ? kept : "auto";
}

export function applyTheme(name = theme()) {
  localStorage.setItem(KEPT_AS, name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
