import { fill, h } from "../dom.js";

export async function show(place, address, app) {
  app.title("objects");
  fill(place, h("h1", {}, "objects"));
}
