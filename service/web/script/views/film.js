import { fill, h } from "../dom.js";

export async function show(place, address, app) {
  app.title("film");
  fill(place, h("h1", {}, "film"));
}
