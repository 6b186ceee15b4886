// Elements made of data. Text is always text: nothing here or elsewhere on the page reads markup.

/**
 * An element. `properties`: `class`, `on` ({event: listener}), `data` ({name: value}), `style` ({property: value}), attributes by name
 * (false, null and undefined leave one out, true writes it empty). Children: nodes, texts, numbers, lists of these; null is left out.
 */
export function h(tag, properties = {}, ...children) {
  const svg = SVG_TAGS.has(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

const SVG_TAGS = new Set(["svg", "path", "rect", "circle", "line", "g", "use", "polyline", "polygon"]);

function set(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
  else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** The element with these children in place of those that it had. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** A line drawing from the 24x24 grid, for the eye alone: whoever holds it has a name of its own. */
export function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  close: "M6 6l12 12M18 6L6 18",
  check: "M4 12.5l5.5 5.5L20 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  download: "M12 4v11m-5-5l5 5 5-5M5 20h14",
  upload: "M12 20V9m-5 5l5-5 5 5M5 4h14",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  retry: "M19 12a7 7 0 1 1-2-5l2 2m0-5v5h-5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12l4.5 4.5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zm10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3m0 14v3M2 12h3m14 0h3M5 5l2 2m10 10l2 2M5 19l2-2M17 7l2-2",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  similar: "M4 5h9v9H4zM11 14v5h9v-9h-7",
  warning: "M12 4l9.5 16h-19zM12 10v4.5m0 2.5v.5",
  wait: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V12l3 2",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4m-4 4.6h4m8-4.6h4m-4 4.6h4",
  pen: "M4 20l1-5L16 4l4 4L9 19z",
};
