// The page's start: who is asking, the header, and one view after another.

import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { navigation, tools } from "./header.js";
import { link, parse } from "./router.js";
import { signIn } from "./sign_in.js";
import { applyTheme } from "./theme.js";
import * as words from "./words.js";
import shellWords from "./words/shell.js";

const t = words.translator(shellWords);
const main = document.getElementById("view");
const away = document.getElementById("away");
const said = document.getElementById("said");

let who = { keys_needed: false, scopes: [] };
let current = {}; // the view that stands: {leave, refresh}
let turn = 0; // counts navigations, so that a slow view never takes the place of a later one
let vocabulary = null;
let asked = null; // the address whose view stands, or is asked for
let isFresh = true; // nothing was shown yet: a browser's reader then begins at the top by itself

/** What every view is handed. */
const app = {
  api,
  /** Words of a view, {en, es}, as a function. */
  translator: words.translator,
  spoken: words.spoken,
  /** Go to link(name, parts, query); with `replace` the step back leaves it out. */
  go(name, parts = [], query = {}, { replace = false } = {}) {
    const hash = link(name, parts, query);
    if (replace) {
      history.replaceState(null, "", hash);
      asked = parse(hash);
    } else location.hash = hash;
  },
  /** Tell those who cannot see what changed. */
  say(text) {
    said.textContent = "";
    requestAnimationFrame(() => (said.textContent = text));
  },
  title(text) {
    document.title = text ? `${text} · Movie tagger` : "Movie tagger";
  },
  /** Map from tag id to {id, name, description, group, threshold, weak, unverified, blurred}; asked for once. */
  vocabulary() {
    vocabulary ??= api.getJson("v1/tags").then(({ tags }) => new Map(tags.map((tag) => [tag.id, tag])));
    vocabulary.catch(() => (vocabulary = null));
    return vocabulary;
  },
  /** Whether whoever is here has this scope: "read", "write", "admin". */
  may: (scope) => who.scopes.includes(scope),
};

async function show() {
  const address = parse(location.hash);
  const mine = ++turn;
  const isSame = asked?.name === address.name && asked.parts.join("/") === address.parts.join("/");
  asked = address;
  leave();
  navigation(address.name, t);
  const place = h("section", { class: `view-${address.name}` });
  try {
    const view = await load(address.name);
    if (mine !== turn) return;
    fill(main, place);
    const shown = (await view.show(place, address, app)) ?? {};
    const standing = typeof shown === "function" ? { leave: shown } : shown;
    if (mine !== turn) return standing.leave?.();
    current = standing;
  } catch (error) {
    if (mine === turn && error.name !== "AbortError") fill(place, failed(error));
    if (mine === turn && !place.isConnected) fill(main, place);
  }
  if (!isSame && !isFresh && mine === turn) atTop(place);
  isFresh = false;
}

async function load(name) {
  try {
    return await import(`./views/${name}.js`);
  } catch (error) {
    await api.raw(`web/script/views/${name}.js`); // throws Away, and tells of it, where the service is gone
    throw error;
  }
}

/** Readers of the screen go on at the new view's heading. */
function atTop(place) {
  scrollTo(0, 0);
  const heading = place.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

function leave() {
  const { leave: end } = current;
  current = {};
  end?.();
}

function failed(error) {
  const text = error instanceof api.Away ? t("away") : error.message;
  if (!(error instanceof api.Problem) && !(error instanceof api.Away)) console.error(error);
  return h("div", { class: "notice notice-bad", role: "alert" }, h("h1", {}, t("failed")), h("p", {}, text),
    h("button", { type: "button", on: { click: show } }, t("again")));
}

async function begin() {
  applyTheme();
  words.choose(words.language());
  who = await api.getJson("v1/login");
  header();
  if (who.keys_needed && !who.scopes.length) askForKey();
  else await show();
}

function header() {
  for (const element of document.querySelectorAll("[data-words]")) element.textContent = t(element.dataset.words);
  navigation(parse(location.hash).name, t);
  tools({ t, who, onLanguage: () => { header(); leave(); asked = null; show(); }, onSignOut: signOut });
}

function askForKey() {
  leave();
  turn++;
  asked = null;
  app.title(t("sign-in"));
  signIn(main, t, (known) => { who = known; vocabulary = null; header(); show(); });
}

async function signOut() {
  await api.sendJson("POST", "v1/logout");
  who = await api.getJson("v1/login");
  header();
  askForKey();
}

/** Until the service answers for the first time. */
async function beginInTime() {
  try {
    await begin();
  } catch (error) {
    fill(main, failed(error));
  }
}

api.events.addEventListener("away", () => {
  away.textContent = t("away");
  away.hidden = false;
});
api.events.addEventListener("back", () => {
  away.hidden = true;
  app.say(t("back"));
  if (!document.documentElement.lang || !main.firstChild) beginInTime();
  else if (current.refresh) current.refresh();
  else show();
});
api.events.addEventListener("signed-out", () => {
  if (who.scopes.length) {
    who = { ...who, scopes: [] };
    header();
    askForKey();
  }
});
addEventListener("hashchange", show);
// The hash is the view's address: the way past the header must not change it.
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
beginInTime();
