// Which view stands in the page: `#/film/ID?t=12000` is the view "film" with the parts ["ID"] and its query.

export const VIEWS = ["library", "film", "frame", "similar", "feedback", "digits", "objects", "models"];
const FIRST = "library";

/** What an address in the hash means: {name, parts, query}. What means nothing leads to the library. */
export function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...parts] = path.split("/").map(decoded);
  return !parts.includes(null) && VIEWS.includes(name) ? { name, parts, query: new URLSearchParams(query) } : { name: FIRST, parts: [], query: new URLSearchParams() };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The hash of an address: link("film", ["ID"], {t: 1200}); empty values are left out. */
export function link(name, parts = [], query = {}) {
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") asked.append(key, one);
    }
  }
  const path = ["#", name, ...parts.map((part) => encodeURIComponent(part))].join("/");
  return asked.size ? `${path}?${asked}` : path;
}
