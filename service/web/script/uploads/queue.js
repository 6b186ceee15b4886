// All uploads of this tab, whichever view stands: two at once, and those that another visit left unfinished.

import { checkSame } from "./file.js";
import * as kept from "./kept.js";
import * as tus from "./tus.js";
import { Upload } from "./upload.js";

const AT_ONCE = 2;

/** "change": anything about them, a few times a second at most. "done": a film came, whose id is `detail`. */
class Queue extends EventTarget {
  uploads = [];
  unfinished = []; // of earlier visits, as kept.js has them, with the offset that the service knows
  expired = []; // names of those that are gone
  #timer = 0;

  get isAtWork() {
    return this.uploads.some((upload) => upload.isAtWork || upload.state === "waiting");
  }

  /** Files to send; how many were taken: one that is on its way already is not taken twice. */
  add(files) {
    const isSame = (file) => (upload) => upload.isOpen && upload.file.name === file.name && upload.file.size === file.size && upload.file.lastModified === file.lastModified;
    const fresh = [...files].filter((file) => !this.uploads.some(isSame(file)));
    for (const file of fresh) this.#enter(new Upload(file));
    this.#pump();
    return fresh.length;
  }

  /** Go on with an unfinished upload. Throws FileProblem where this is another file. */
  async resume(entry, file) {
    this.#enter(new Upload(file, entry.id, await checkSame(file, entry)));
    this.#pump();
  }

  /** Look for what an earlier visit left unfinished; what the service has no more is told in `expired` and forgotten. */
  async find() {
    const busy = await kept.inOtherTabs();
    const found = await Promise.all(kept.all().filter(({ id }) => !busy.has(id)).map(standing));
    for (const entry of found.filter(({ is }) => is !== "open")) kept.forget(entry.id);
    this.expired.push(...found.filter(({ is }) => is === "expired").map(({ name }) => name));
    this.unfinished = found.filter(({ is }) => is === "open");
    this.#tell();
  }

  /** Unfinished ones that nobody goes on with. */
  get left() {
    const mine = new Set(this.uploads.map(({ id }) => id));
    const known = new Set(kept.all().map(({ id }) => id));
    return this.unfinished.filter(({ id }) => !mine.has(id) && known.has(id));
  }

  async giveUp(entry) {
    kept.forget(entry.id);
    this.#tell();
    await tus.end(entry.id).catch(() => {}); // what is not removed now expires
  }

  pause(upload) {
    upload.pause();
    this.#pump();
  }

  again(upload) {
    upload.again();
    this.#pump();
  }

  async cancel(upload) {
    this.uploads = this.uploads.filter((other) => other !== upload);
    this.#tell();
    if (upload.isOpen || upload.id) await upload.cancel();
    this.#pump();
  }

  clear() {
    this.uploads = this.uploads.filter(({ state }) => state !== "done");
    this.expired = [];
    this.#tell();
  }

  #enter(upload) {
    upload.addEventListener("change", () => this.#tell());
    this.uploads.push(upload);
  }

  #pump() {
    this.#tell();
    const free = AT_ONCE - this.uploads.filter(({ isAtWork }) => isAtWork).length;
    for (const upload of this.uploads.filter(({ state }) => state === "waiting").slice(0, Math.max(0, free))) this.#run(upload);
  }

  async #run(upload) {
    await upload.run();
    if (upload.state === "done") this.dispatchEvent(new CustomEvent("done", { detail: upload.movie }));
    this.#pump();
  }

  #tell() {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.dispatchEvent(new Event("change"));
    }, 50);
  }
}

async function standing(entry) {
  try {
    const { offset, movie_id: movie } = await tus.recorded(entry.id);
    return { ...entry, offset, is: movie ? "finished" : "open" };
  } catch (error) {
    return { ...entry, is: error.status === 404 || error.status === 410 ? "expired" : "open" };
  }
}

export const queue = new Queue();

kept.tellOthers(() => queue.uploads.filter(({ isOpen, id }) => isOpen && id).map(({ id }) => id));
addEventListener("beforeunload", (event) => {
  if (queue.isAtWork) event.preventDefault();
});
