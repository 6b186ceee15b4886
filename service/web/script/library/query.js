// What the library is asked for: in the page's address, and as the API's parameters.

export const SORTS = ["-created_at", "created_at", "title", "-title", "-duration", "duration", "score"];
export const STATES = ["queued", "running", "succeeded", "failed", "cancelled"];
const NEWEST = SORTS[0];

/** {q, tags, minScore (0..1 or null: each film's own set), sort, state} of an address' query; what makes no sense is left out. */
export function fromAddress(query) {
  const tags = [...new Set(query.getAll("tag"))];
  const score = Number.parseFloat(query.get("min_score") ?? "");
  const sort = SORTS.includes(query.get("sort")) ? query.get("sort") : NEWEST;
  return sensible({
    q: query.get("q")?.trim().slice(0, 200) ?? "",
    tags: tags.slice(0, 20),
    minScore: score > 0 && score <= 1 ? score : null,
    sort,
    state: STATES.includes(query.get("state")) ? query.get("state") : "",
  });
}

/** Without themes there is no score to order by. */
export function sensible(filter) {
  return { ...filter, sort: filter.sort === "score" && !filter.tags.length ? NEWEST : filter.sort };
}

/** And back, without what is as it always is. */
export function toAddress({ q, tags, minScore, sort, state }) {
  return { q, tag: tags, min_score: minScore, sort: sort === NEWEST ? "" : sort, state };
}

/** The parameters of GET v1/movies. */
export function toApi({ q, tags, minScore, sort, state }) {
  return { q, tag: tags, min_score: tags.length ? minScore : null, sort, state };
}

export function isFiltered({ q, tags, state }) {
  return Boolean(q || tags.length || state);
}
