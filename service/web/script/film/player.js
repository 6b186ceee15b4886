// The film's own picture and clock. Where the browser cannot play the film, its key frames stand in and the clock is moved by hand.

import { Problem, raw } from "../api.js";
import { fill, h } from "../dom.js";

/** Events: "time" (the clock moved), "state" (playing or not), "still" (no playing here: `reason` is a key of the words). */
export class Player extends EventTarget {
  /** `startMs`: where it stands at first. */
  constructor(movie, t, startMs) {
    super();
    this.duration = movie.film?.duration_ms ?? 0;
    this.ms = startMs;
    this.isStill = false;
    this.address = movie.links.file;
    const cover = movie.picture && !movie.picture.blurred && !startMs ? movie.picture.image : null;
    this.video = h("video", { class: "film-video", controls: true, playsinline: true, preload: "metadata", poster: cover, src: this.address, "aria-label": t("player", { title: movie.title }) });
    this.element = h("div", { class: "film-screen" }, this.video);
    this.frame = 0;
    this.#listen();
  }

  #listen() {
    const { video } = this;
    video.addEventListener("loadedmetadata", () => {
      if (!video.videoWidth) this.#becomeStill("still-codec"); // sound alone is played: the picture's codec is unknown here
      else if (this.ms) video.currentTime = this.ms / 1000;
    });
    video.addEventListener("error", () => this.#whyStill());
    for (const name of ["timeupdate", "seeking", "seeked"]) video.addEventListener(name, () => this.#tick());
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.#turned());
  }

  get isPlaying() {
    return !this.isStill && !this.video.paused && !this.video.ended;
  }

  get isSeeking() {
    return !this.isStill && this.video.seeking;
  }

  seek(ms) {
    this.ms = Math.min(Math.max(0, ms), this.duration);
    if (!this.isStill && this.video.readyState) this.video.currentTime = this.ms / 1000;
    this.dispatchEvent(new Event("time"));
  }

  /** Where the browser does not want to begin by itself, its own button is there. */
  async play() {
    if (this.isStill) return;
    try {
      await this.video.play();
    } catch (error) {
      if (!["NotAllowedError", "AbortError", "NotSupportedError"].includes(error.name)) throw error;
    }
  }

  pause() {
    this.video.pause();
  }

  leave() {
    cancelAnimationFrame(this.frame);
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** In a film that cannot be played: this takes the place of the video. */
  show(element) {
    fill(this.element, element);
  }

  #tick() {
    if (this.isStill || !this.video.readyState) return;
    this.ms = Math.min(Math.round(this.video.currentTime * 1000), this.duration);
    this.dispatchEvent(new Event("time"));
  }

  /** While it plays the clock is looked at for every picture of the screen; "timeupdate" alone comes four times a second. */
  #turned() {
    cancelAnimationFrame(this.frame);
    const look = () => {
      this.#tick();
      if (this.isPlaying) this.frame = requestAnimationFrame(look);
    };
    look();
    this.dispatchEvent(new Event("state"));
  }

  async #whyStill() {
    if (this.isStill || !this.video.getAttribute("src")) return;
    let reason = "still-codec";
    try {
      await raw(this.address, { method: "HEAD" });
    } catch (error) {
      if (error instanceof Problem) reason = error.status === 410 ? "still-gone" : "still-codec";
      else reason = "still-away";
    }
    this.#becomeStill(reason);
  }

  #becomeStill(reason) {
    if (this.isStill) return;
    this.isStill = true;
    this.reason = reason;
    this.video.pause();
    this.dispatchEvent(new Event("still"));
  }
}
