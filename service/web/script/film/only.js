// Plays the segments of one row, one after another, and nothing between them.

import { placeAfter, placeAt } from "./segments.js";

/** Events: "change" (another segment, or none). */
export class Only extends EventTarget {
  constructor(player) {
    super();
    this.player = player;
    this.segments = null;
    this.place = -1;
    player.addEventListener("time", () => this.#follow());
    player.addEventListener("state", () => this.#begin());
  }

  get isOn() {
    return this.segments !== null;
  }

  /** Play these alone; null plays the film again. */
  set(segments) {
    this.segments = segments?.length ? segments : null;
    this.#stand(this.isOn ? placeAt(this.segments, this.player.ms) : -1);
  }

  /** Go to a segment, by its place. */
  go(place) {
    if (!this.segments?.[place]) return;
    this.#stand(place);
    this.player.seek(this.segments[place].start_ms);
  }

  /** Playing from outside of all segments begins with the next one, or with the first again. */
  #begin() {
    if (!this.isOn || !this.player.isPlaying || placeAt(this.segments, this.player.ms) >= 0) return;
    const next = placeAfter(this.segments, this.player.ms);
    this.go(next < this.segments.length ? next : 0);
  }

  #follow() {
    if (!this.isOn || this.player.isSeeking) return;
    const { ms } = this.player;
    const place = placeAt(this.segments, ms);
    if (place >= 0 || !this.player.isPlaying) return this.#stand(place);
    const next = placeAfter(this.segments, ms);
    if (next < this.segments.length) return this.go(next);
    this.player.pause();
    this.dispatchEvent(new Event("end"));
  }

  #stand(place) {
    if (place === this.place) return;
    this.place = place;
    this.dispatchEvent(new Event("change"));
  }
}
