// Asks again for what is looked at: soon while a film of it is at work, now and then otherwise, never while nobody looks.

import { isUnfinished } from "../movie.js";

const AT_WORK_MS = 1500;
const CALM_MS = 8000;

/** `films()` are the Films of now, `range()` the places that can be seen; `onError(error)`. Returns {soon, plan, leave}: `plan` begins it. */
export function watching({ films, range, onError }) {
  let timer = 0;
  let isOver = false;

  function plan() {
    clearTimeout(timer);
    if (isOver || document.hidden) return;
    const [first, end] = range();
    const isAtWork = films().loaded.slice(first, end).some(isUnfinished);
    timer = setTimeout(ask, isAtWork ? AT_WORK_MS : CALM_MS);
  }

  async function ask() {
    clearTimeout(timer);
    if (isOver) return;
    const asked = films();
    try {
      await asked.refresh(...range());
    } catch (error) {
      if (error.name === "Away") return; // the shell tells when the service is back, and the view asks again then
      if (error.name !== "AbortError" && asked === films() && !isOver) onError(error);
    }
    plan();
  }

  const seen = () => (document.hidden ? clearTimeout(timer) : ask());
  document.addEventListener("visibilitychange", seen);
  return {
    soon: ask,
    plan,
    leave() {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    },
  };
}
