// A list laid out as a grid, of which only what can be seen (and a little around it) is in the document. The window scrolls it.

import { h } from "./dom.js";

const AROUND = 0.6; // of the window's height, above and below what can be seen
const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

/**
 * `label` names the list. `layout(width)` gives {columns, height} in pixels for a list of this width. `keyOf(index)` tells which item stands
 * there: its element is kept for as long as it does. `render(index)` gives what stands in an item; `update(element, index)` brings it up
 * to date. What arrow keys move to carries `data-main`. `onRange(first, end)` hears what can be seen, with what is around it, after every change.
 * Returns {element, refresh(count), range(), focus(index), leave()}.
 */
export function windowedGrid({ label, layout, keyOf, render, update = () => {}, onRange = () => {}, gap = 16 }) {
  const element = h("ul", { class: "windowed", role: "list", "aria-label": label, on: { keydown } });
  const items = new Map(); // by key: {element, index}
  let count = 0;
  let shape = { columns: 1, height: 100, width: 100 };
  let shown = [0, 0];
  let pinned = -1; // an item that is about to be moved to
  let frame = 0;

  const observer = new ResizeObserver(later);
  observer.observe(element);
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later, { passive: true });

  function later() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      lay();
    });
  }

  function measure() {
    const width = element.clientWidth;
    const { columns, height } = layout(width);
    shape = { columns, height, width: (width - gap * (columns - 1)) / columns };
    element.style.setProperty("height", `${Math.max(0, Math.ceil(count / columns) * (height + gap) - gap)}px`);
  }

  /** [first, end] of what lies within the window, or near. */
  function within() {
    const step = shape.height + gap;
    const top = -element.getBoundingClientRect().top;
    const around = AROUND * innerHeight;
    const rows = [Math.floor((top - around) / step), Math.ceil((top + innerHeight + around) / step)];
    return rows.map((row) => Math.min(count, Math.max(0, row * shape.columns)));
  }

  function lay(isFresh = false) {
    if (!element.isConnected) return;
    measure();
    const [first, end] = within();
    const focused = [...items.values()].find((item) => item.element.contains(document.activeElement));
    const lost = focused && (focused.index >= count || keyOf(focused.index) !== focused.element.dataset.key) ? focused.index : -1;
    place(indices(first, end, lost < 0 ? focused?.index : undefined), isFresh);
    if (lost >= 0 && !focused.element.isConnected) refocus(lost);
    shown = [first, end];
    onRange(first, end);
  }

  function indices(first, end, focused) {
    const all = new Set(Array.from({ length: end - first }, (_, step) => first + step));
    for (const index of [focused, pinned]) if (index >= 0 && index < count) all.add(index);
    return [...all].sort((a, b) => a - b);
  }

  function place(wanted, isFresh) {
    const keys = new Map(wanted.map((index) => [String(keyOf(index)), index]));
    for (const [key, item] of items) {
      if (!keys.has(key)) {
        item.element.remove();
        items.delete(key);
      }
    }
    let next = element.firstChild;
    for (const [key, index] of keys) {
      const item = items.get(key) ?? made(key, index);
      if (item.element === next) next = next.nextSibling;
      else element.insertBefore(item.element, next);
      if (isFresh && !item.isNew) update(item.element.firstChild, index);
      item.isNew = false;
      position(item, index);
    }
  }

  function made(key, index) {
    const item = { element: h("li", { class: "windowed-item", data: { key } }, render(index)), index, isNew: true };
    items.set(key, item);
    return item;
  }

  function position(item, index) {
    const [row, column] = [Math.floor(index / shape.columns), index % shape.columns];
    const places = { top: row * (shape.height + gap), left: column * (shape.width + gap), width: shape.width, height: shape.height };
    for (const [name, pixels] of Object.entries(places)) item.element.style.setProperty(name, `${pixels}px`);
    item.element.setAttribute("aria-setsize", count);
    item.element.setAttribute("aria-posinset", index + 1);
    item.index = index;
  }

  /** What had the focus is gone: what stands in its place takes it. */
  function refocus(index) {
    if (!count || !focus(Math.min(index, count - 1))) document.querySelector("main h1")?.focus({ preventScroll: true });
  }

  function focus(index, selector = "[data-main]") {
    pinned = index;
    lay();
    pinned = -1;
    const item = [...items.values()].find((one) => one.index === index);
    const target = item?.element.querySelector(selector) ?? item?.element.querySelector("a, button, input");
    if (!target) return false;
    target.focus({ preventScroll: true });
    item.element.scrollIntoView({ block: "nearest" });
    return true;
  }

  function keydown(event) {
    const item = event.target.closest(".windowed-item");
    if (!item || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const index = items.get(item.dataset.key)?.index ?? 0;
    const goal = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : index + (STEPS[event.key]?.(shape.columns) ?? 0);
    if (goal === index || goal < 0 || goal >= count) return;
    event.preventDefault();
    focus(goal, event.target.matches("input") ? "input" : "[data-main]");
  }

  return {
    element,
    /** There are so many items now, and they may have changed: each that is kept is brought up to date. */
    refresh(length) {
      count = length;
      lay(true);
    },
    range: () => shown,
    focus,
    leave() {
      observer.disconnect();
      removeEventListener("scroll", later);
      removeEventListener("resize", later);
      cancelAnimationFrame(frame);
    },
  };
}
