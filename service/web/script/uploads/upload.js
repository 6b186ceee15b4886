// One film on its way to the service: piece after piece, again after every break, until a film is made of it.

import { Away, Problem, events, getJson } from "../api.js";
import { checkReadable, fingerprint } from "./file.js";
import * as kept from "./kept.js";
import * as tus from "./tus.js";

const PIECE = 8 << 20;
const LONGEST_WAIT_MS = 30_000;
const SPEED_OVER_MS = 5000; // the speed is a mean over so long
const PASSING = new Set([408, 423, 429, 502, 503, 504]); // by the next attempt it may be over
const MOST_ATTEMPTS = 5; // where it may be our own mistake

/**
 * `state`: "waiting" (for its turn), "sending", "away" (waits, and tries again by itself), "paused", "finishing" (all is sent, the service
 * looks at it), "done", "failed". `sent` of `file.size` bytes have left; `movie` is the film in the end. "change" tells of everything.
 */
export class Upload extends EventTarget {
  state = "waiting";
  sent = 0;
  error = null;
  movie = null;
  wasThere = false; // the service had this film already
  #hash = null;
  #ending = new AbortController();
  #beginning = null; // who pauses and goes on at once begins one upload, not two
  #attempts = 0;
  #samples = []; // [milliseconds, bytes sent]

  constructor(file, id = null, hash = null) {
    super();
    this.file = file;
    this.id = id;
    this.#hash = hash;
  }

  get isOpen() {
    return !["done", "failed"].includes(this.state);
  }

  get isAtWork() {
    return ["sending", "away", "finishing"].includes(this.state);
  }

  /** Bytes a second, or null while that is not known. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (this.state !== "sending" || !first || last[0] - first[0] < 500) return null;
    return ((last[1] - first[1]) * 1000) / (last[0] - first[0]);
  }

  /** Send it; resolves at its end, however that is, or when it was paused. */
  async run() {
    const ending = (this.#ending = new AbortController());
    this.#attempts = 0;
    this.#set("sending");
    while (!ending.signal.aborted) {
      try {
        return await this.#transfer(ending.signal);
      } catch (error) {
        if (ending.signal.aborted) return;
        const wait = this.#waitAfter(error);
        if (wait === null) return this.#fail(error);
        this.#set("away", error);
        await rest(wait, ending.signal);
      }
    }
  }

  pause() {
    this.#ending.abort();
    this.#set("paused");
  }

  /** It stands in the line again. */
  again() {
    this.#set("waiting");
  }

  /** End it, here and in the service. */
  async cancel() {
    this.#ending.abort();
    this.#set("failed", new DOMException("", "AbortError"));
    if (!this.id) return;
    kept.forget(this.id);
    await tus.end(this.id).catch(() => {}); // what is not removed now expires
  }

  async #transfer(signal) {
    await (this.#beginning ??= this.#begin().finally(() => (this.#beginning = null)));
    let { offset, movie } = await tus.look(this.id, signal);
    this.#samples = [];
    while (!movie) {
      await checkReadable(this.file, offset);
      this.#reach(offset, true);
      const piece = this.file.slice(offset, offset + PIECE);
      const start = offset;
      ({ offset, movie } = await tus.send(this.id, piece, start, { signal, onProgress: (bytes) => this.#reach(start + Math.min(bytes, piece.size)) }));
      this.#attempts = 0;
    }
    await this.#finish(movie);
  }

  /** Find this very file's unfinished upload, or begin one. */
  async #begin() {
    this.#hash ??= await fingerprint(this.file);
    if (this.id) return;
    const { name, size, type } = this.file;
    const busy = await kept.inOtherTabs();
    const known = kept.all().find((one) => one.name === name && one.size === size && one.hash === this.#hash && !busy.has(one.id));
    this.id = known?.id ?? await tus.begin(size, { filename: name, filetype: type.startsWith("video/") ? type : "" });
    this.#keep(known?.offset ?? 0);
  }

  #reach(bytes, isSafe = false) {
    this.sent = bytes;
    if (isSafe) this.#keep(bytes);
    const now = performance.now();
    this.#samples = [...this.#samples.filter(([time]) => now - time < SPEED_OVER_MS), [now, bytes]];
    this.#set(bytes < this.file.size ? "sending" : "finishing");
  }

  #keep(offset) {
    kept.keep({ id: this.id, name: this.file.name, size: this.file.size, hash: this.#hash, offset });
  }

  async #finish(movie) {
    kept.forget(this.id);
    this.sent = this.file.size;
    this.movie = movie;
    this.wasThere = await wasThere(this.id, movie);
    this.#set("done");
  }

  /** Milliseconds until the next attempt; null where another one is of no use. */
  #waitAfter(error) {
    const growing = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.#attempts++);
    if (error instanceof Away) return growing;
    if (!(error instanceof Problem)) return null;
    if (PASSING.has(error.status)) return error.retryAfter ? error.retryAfter * 1000 : growing;
    if (this.#attempts > MOST_ATTEMPTS) return null;
    if (error.type === "offset-mismatch") return 0;
    if (this.id && (error.status === 404 || error.status === 410)) { // it expired, or was removed: from the beginning
      kept.forget(this.id);
      this.id = null;
      return 0;
    }
    return error.status === 500 ? growing : null;
  }

  #fail(error) {
    const isRefused = error instanceof Problem && [413, 415, 422, 460].includes(error.status); // the service keeps nothing of it
    if (isRefused && this.id) {
      kept.forget(this.id);
      this.id = null;
    }
    this.#set("failed", error);
  }

  #set(state, error = null) {
    this.state = state;
    this.error = error;
    this.dispatchEvent(new Event("change"));
  }
}

/** Whether the film was in the library before this upload began. Not worth an error. */
async function wasThere(id, movie) {
  try {
    const [upload, film] = await Promise.all([tus.recorded(id), getJson(`v1/movies/${movie}`)]);
    return film.created_at < upload.created_at;
  } catch {
    return false;
  }
}

/** Wait, but no longer than until the service is back. */
function rest(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(over, ms);
    function over() {
      clearTimeout(timer);
      events.removeEventListener("back", over);
      signal.removeEventListener("abort", over);
      resolve();
    }
    events.addEventListener("back", over);
    signal.addEventListener("abort", over);
  });
}
