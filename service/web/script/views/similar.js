import { fill, h } from "../dom.js";

export async function show(place, address, app) {
  app.title("similar");
  fill(place, h("h1", {}, "similar"));
}
