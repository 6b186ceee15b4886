// What the page asks the service. Addresses are relative to the page, which may stand behind a prefix; links of answers hold it already.

const BASE = new URL(".", document.baseURI);
const LOOK_EVERY_MS = 2000; // whether a service that went away is back

/** "away", "back": the service stopped answering, answers again. "signed-out": it wants a key. */
export const events = new EventTarget();

/** A refusal of the service (RFC 9457): status, type (the last part of its address), title, detail, retryAfter in seconds or null. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.type = String(body.type ?? "").split("/").pop();
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.retryAfter = retryAfter;
  }
}

/** No answer at all: the network or the service is down. The "away" event has told of it. */
export class Away extends Error {
  constructor() {
    super("The service does not answer.");
    this.name = "Away";
  }
}

/** The whole address of a path of the API ("v1/movies") or of a link from an answer ("/prefix/v1/movies/..."), with a query. */
export function address(path, query = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") url.searchParams.append(name, one);
    }
  }
  return url.href;
}

/** The Response, where it is a good one. Throws Problem, Away, or AbortError where `init.signal` says so. */
export async function raw(path, { query, ...init } = {}) {
  let response;
  try {
    response = await fetch(address(path, query), { credentials: "same-origin", ...init });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    goneAway();
    throw new Away();
  }
  cameBack();
  if (response.ok || response.status === 304) return response;
  const problem = await asProblem(response);
  if (problem.type === "key-needed") events.dispatchEvent(new Event("signed-out"));
  throw problem;
}

async function asProblem(response) {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  let body = {};
  try {
    body = await response.json();
  } catch {
    body = { title: response.statusText };
  }
  return new Problem(response.status, body, Number.isNaN(wait) ? null : wait);
}

/** The answer to a GET, as JSON. */
export async function getJson(path, options = {}) {
  return (await raw(path, options)).json();
}

/** The answer to POST, DELETE, ... with a body of JSON, or none; null where there is nothing in it. */
export async function sendJson(method, path, body, options = {}) {
  const given = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await raw(path, { method, ...given, ...options });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Server-sent events of `path`: `listeners` by event name, each given the parsed data. Returns what ends them. */
export function stream(path, listeners) {
  const source = new EventSource(address(path));
  for (const [name, listener] of Object.entries(listeners)) {
    source.addEventListener(name, (event) => listener(event.data ? JSON.parse(event.data) : null));
  }
  source.addEventListener("end", () => source.close());
  return () => source.close();
}

let looking = null;

function goneAway() {
  if (looking !== null) return;
  looking = setInterval(look, LOOK_EVERY_MS);
  events.dispatchEvent(new Event("away"));
}

function cameBack() {
  if (looking === null) return;
  clearInterval(looking);
  looking = null;
  events.dispatchEvent(new Event("back"));
}

async function look() {
  try {
    const response = await fetch(address("health/live"), { cache: "no-store" });
    if (response.ok) cameBack();
  } catch {
    // Still away; asked again in a moment.
  }
}
