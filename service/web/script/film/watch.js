// What becomes of a film: told by its events while it is at work, looked at now and then when it is not.

import { Problem, getJson, stream } from "../api.js";
import { isUnfinished } from "../movie.js";

const LOOK_EVERY_MS = 15_000;

/** `on`: {movie(movie), deleted()}. Returns {look, leave}. */
export function watch(movie, on) {
  let end = null;
  let timer = null;
  let isOver = false;

  function follow(now) {
    end?.();
    clearTimeout(timer);
    end = null;
    if (isOver) return;
    if (isUnfinished(now)) {
      end = stream(now.links.events, { movie: (told) => heard(told), deleted: gone, error: () => later() });
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, LOOK_EVERY_MS);
  }

  function heard(told) {
    if (isOver) return;
    on.movie(told);
    if (!isUnfinished(told)) follow(told);
    else later();
  }

  function gone() {
    leave();
    on.deleted();
  }

  async function look() {
    if (isOver) return;
    if (document.hidden) return later();
    try {
      const now = await getJson(movie.links.self);
      if (isOver) return;
      on.movie(now);
      follow(now);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) gone();
      else later();
    }
  }

  function leave() {
    isOver = true;
    end?.();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  }

  const seen = () => !document.hidden && look();
  document.addEventListener("visibilitychange", seen);
  follow(movie);
  return { look, follow, leave };
}
