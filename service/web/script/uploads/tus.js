// A small client of tus 1.0, the protocol of resumable uploads (docs/uploads.md).

import { Away, Problem, address, raw } from "../api.js";

const HEADERS = { "Tus-Resumable": "1.0.0" };

/** Begin an upload of `length` bytes; its id. `metadata`: texts by name. */
export async function begin(length, metadata) {
  const encoded = Object.entries(metadata).filter(([, value]) => value).map(([name, value]) => `${name} ${base64(value)}`).join(",");
  const response = await raw("v1/uploads", { method: "POST", headers: { ...HEADERS, "Upload-Length": String(length), "Upload-Metadata": encoded } });
  return response.headers.get("Location").split("/").pop();
}

/** How far an upload is: {offset, movie}; `movie` is the id of the film that was made of it, or null. */
export async function look(id, signal) {
  return standing(await raw(`v1/uploads/${id}`, { method: "HEAD", headers: HEADERS, signal }));
}

/** Its record, {offset, movie_id, created_at, ...}, which disturbs nobody who is writing to it. */
export async function recorded(id) {
  return (await raw(`v1/uploads/${id}`)).json();
}

/** End an upload; what came of it is removed. */
export async function end(id) {
  await raw(`v1/uploads/${id}`, { method: "DELETE", headers: HEADERS });
}

/** Bring a piece; what then stands, as of `look`. `onProgress(bytes)` hears how much of the piece has left. fetch() tells no progress. */
export function send(id, piece, offset, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("PATCH", address(`v1/uploads/${id}`));
    for (const [name, value] of Object.entries({ ...HEADERS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" })) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve(standing({ headers: { get: (name) => request.getResponseHeader(name) } })) : reject(problem(request))));
    request.addEventListener("error", () => reject(new Away()));
    request.addEventListener("abort", () => reject(new DOMException("The upload was stopped.", "AbortError")));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort);
    if (signal.aborted) request.abort();
    else request.send(piece);
  });
}

function standing({ headers }) {
  return { offset: Number(headers.get("Upload-Offset")), movie: headers.get("Movietags-Movie")?.split("/").pop() ?? null };
}

function problem(request) {
  const wait = Number.parseInt(request.getResponseHeader("Retry-After") ?? "", 10);
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    body = { title: request.statusText };
  }
  return new Problem(request.status, body, Number.isNaN(wait) ? null : wait);
}

/** Of the text's UTF-8 bytes. */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
