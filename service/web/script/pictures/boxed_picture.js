// A picture with boxes over it, which come and go without the picture being drawn anew.

import { fill, h } from "../dom.js";

/**
 * `{element, show(blob, name), boxes(list, size), clear()}`: `list` holds {box: {x, y, width, height} in pixels, text, colour (0 to 7)},
 * `size` is {width, height} of the upright picture. `onUnshowable` is told of a picture that this browser cannot show.
 */
export function boxedPicture(onUnshowable) {
  const image = h("img", { alt: "" });
  const layer = h("div", { class: "pictures-boxes", "aria-hidden": "true" });
  const element = h("div", { class: "pictures-boxed", hidden: true }, image, layer);
  image.addEventListener("error", onUnshowable);
  return { element, show, boxes, clear };

  function show(blob, name) {
    clear();
    image.src = URL.createObjectURL(blob);
    image.alt = name;
    element.hidden = false;
  }

  function boxes(list, size) {
    const share = (value, whole) => `${(100 * value) / whole}%`;
    fill(layer, list.map(({ box, text, colour }) => h("div", {
      class: "pictures-box", data: { colour: colour % 8 },
      style: { left: share(box.x, size.width), top: share(box.y, size.height), width: share(box.width, size.width), height: share(box.height, size.height) },
    }, h("span", {}, text))));
  }

  function clear() {
    if (image.src) URL.revokeObjectURL(image.src);
    fill(layer);
    element.hidden = true;
  }
}
