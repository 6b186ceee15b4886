import { fill, h } from "../dom.js";

export async function show(place, address, app) {
  app.title("feedback");
  fill(place, h("h1", {}, "feedback"));
}
