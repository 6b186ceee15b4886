// From milliseconds to pixels and back, at a zoom; and where the ruler has its marks.

const MARKS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000];
const CLOSEST = 0.16; // pixels a millisecond
const MARK_WIDTH = 84; // pixels that a mark with its time needs

export class Scale {
  /** `width`: pixels of the part that is seen. Zoom 1 fits the whole film into it. */
  constructor(duration) {
    this.duration = Math.max(1, duration);
    this.width = 1;
    this.zoom = 1;
  }

  get most() {
    return Math.max(1, (this.duration * CLOSEST) / this.width);
  }

  /** Pixels of the whole film. */
  get length() {
    return Math.round(this.width * this.zoom);
  }

  zoomTo(zoom) {
    this.zoom = Math.min(this.most, Math.max(1, zoom));
  }

  x(ms) {
    return (ms / this.duration) * this.length;
  }

  ms(x) {
    return Math.round(Math.min(this.duration, Math.max(0, (x / this.length) * this.duration)));
  }

  /** Milliseconds between two marks with a time. */
  get mark() {
    const least = this.ms(MARK_WIDTH);
    return MARKS_MS.find((step) => step >= least) ?? Math.ceil(least / 3_600_000) * 3_600_000;
  }
}
