// Where in the library one was, kept with the step of the browser's history: who comes back or loads the page again is there again.

const KEY = "libraryPlace";
const STILL_MS = 150;

/** {restore(), leave()}: `restore` once the films stand; it does something the first time only. */
export function placeKeeper() {
  let wanted = history.state?.[KEY] ?? 0;
  let timer = 0;
  const moved = () => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState({ ...history.state, [KEY]: scrollY }, ""), STILL_MS);
  };
  addEventListener("scroll", moved, { passive: true });
  return {
    restore() {
      if (!wanted) return;
      const top = wanted;
      wanted = 0;
      requestAnimationFrame(() => scrollTo(0, top)); // behind the shell, which begins every view at its top
    },
    leave() {
      clearTimeout(timer);
      removeEventListener("scroll", moved);
    },
  };
}
