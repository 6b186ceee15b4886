// A picture sent to the service, and what it found there.

import { raw } from "../api.js";

/** The answer to `POST path` with the picture; `query` as for every request. Throws Problem, Away, AbortError. */
export async function askAbout(path, blob, query = {}, signal = undefined) {
  const form = new FormData();
  form.append("file", blob, blob.name ?? "picture.png");
  return raw(path, { method: "POST", body: form, query, signal });
}
