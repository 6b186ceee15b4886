// What people said of a film's key frames: one verdict ("right", "wrong", "missing") a tag and frame.

const PAGE = 200; // the most that the service gives at once

export class Said {
  constructor(api, movie) {
    this.api = api;
    this.path = `v1/movies/${encodeURIComponent(movie)}`;
    this.byFrame = new Map();
  }

  async load(signal) {
    let cursor = null;
    do {
      const page = await this.api.getJson(`${this.path}/feedback`, { query: { limit: PAGE, cursor }, signal });
      for (const row of page.feedback) if (row.frame !== null) this.of(row.frame).set(row.tag, row);
      cursor = page.next_cursor;
    } while (cursor);
  }

  /** Map from tag to what was said of it at this frame: {id, tag, verdict, ...}. */
  of(frame) {
    if (!this.byFrame.has(frame)) this.byFrame.set(frame, new Map());
    return this.byFrame.get(frame);
  }

  async say(frame, tag, verdict) {
    const row = await this.api.sendJson("POST", `${this.path}/frames/${frame}/feedback`, { tag, verdict });
    this.of(frame).set(tag, row);
  }

  async takeBack(frame, tag) {
    await forget(this.api, this.of(frame).get(tag).id);
    this.of(frame).delete(tag);
  }
}

/** Take feedback back; that somebody else did so first is as good. */
export async function forget(api, id) {
  try {
    await api.sendJson("DELETE", `v1/feedback/${id}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
}
