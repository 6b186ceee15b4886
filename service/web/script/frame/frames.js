// A film's key frames, loaded in stretches around the one that is looked at, so that the next one is there before it is asked for.

const AHEAD = 5; // neighbours that are wanted on either side
const STRETCH = 25; // frames of a request

export class Frames {
  /** total: key frames of the film, null until the first answer. thresholds: {tag: score from which it holds in the film}. */
  constructor(api, movie, signal) {
    this.total = null;
    this.thresholds = {};
    this.known = new Map();
    this.ask = (offset) => api.getJson(`v1/movies/${encodeURIComponent(movie)}/frames`, { query: { offset, limit: STRETCH }, signal });
  }

  /** The frame of this number, or null where the film has no such frame. */
  async at(number) {
    if (!this.known.has(number)) await this.load(number);
    return this.known.get(number) ?? null;
  }

  /** Whether frames near this one are still to be loaded. */
  lacks(number) {
    return this.around(number, AHEAD).some((each) => !this.known.has(each));
  }

  /** Those that are known of the frame and its neighbours, `reach` on either side. */
  near(number, reach) {
    return this.around(number, reach).map((each) => this.known.get(each)).filter(Boolean);
  }

  async load(number) {
    const { frames, total, thresholds } = await this.ask(Math.max(0, number - Math.floor(STRETCH / 2)));
    this.total = total;
    this.thresholds = thresholds;
    for (const frame of frames) this.known.set(frame.number, frame);
  }

  around(number, reach) {
    const last = Math.min(number + reach, (this.total ?? 0) - 1);
    const first = Math.max(0, number - reach);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place);
  }
}
