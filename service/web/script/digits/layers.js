// What each layer of the network makes of the digit: its activation maps.

import { fill, h } from "../dom.js";

/** `{element, show(layers | null)}`, `layers` as the answer has them. */
export function layers(t) {
  const figures = new Map(); // kept, so that pictures change without flicker
  const element = h("div", { class: "digits-layers" });
  return { element, show };

  function show(given) {
    const names = (given ?? []).map(({ name }) => name);
    if (names.join() !== [...figures.keys()].join()) {
      figures.clear();
      for (const name of names) figures.set(name, figure(name));
      fill(element, [...figures.values()].map(({ whole }) => whole));
    }
    for (const { name, channels, png } of given ?? []) {
      const { image, text } = figures.get(name);
      image.src = `data:image/png;base64,${png}`;
      image.alt = t("layer-alt", { name: said(name), count: channels });
      text.textContent = t("layer-maps", { count: channels });
    }
  }

  function figure(name) {
    const image = h("img", { alt: "" });
    const text = h("span", { class: "quiet-text small" });
    return { image, text, whole: h("figure", {}, h("figcaption", {}, h("strong", {}, said(name)), text), image) };
  }

  function said(name) {
    return t(`layer-${name}`);
  }
}
