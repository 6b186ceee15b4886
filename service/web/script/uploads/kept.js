// Unfinished uploads, kept over the tab's end: a browser keeps no file, but it can tell whether it is given the same one again.

const PLACE = "movietags-uploads";
const ASK_MS = 150; // for other tabs to answer

/** {id, name, size, hash, offset, begun}: `id` is the service's, `offset` how much of it the service had when it was heard of last. */
export function all() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter(({ id }) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function keep(upload) {
  write([...all().filter(({ id }) => id !== upload.id), upload]);
}

export function forget(id) {
  write(all().filter((upload) => upload.id !== id));
}

function write(uploads) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(uploads));
  } catch {
    // A full or forbidden store: the upload goes on, and cannot be resumed in another tab.
  }
}

/** Answer other tabs which uploads are at work in this one: `mine()` gives their ids. */
export function tellOthers(mine) {
  const channel = new BroadcastChannel(PLACE);
  channel.addEventListener("message", ({ data }) => data === "who" && channel.postMessage(mine()));
}

/** Ids of uploads that are at work in other tabs. */
export function inOtherTabs() {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(PLACE);
    const found = new Set();
    channel.addEventListener("message", ({ data }) => Array.isArray(data) && data.forEach((id) => found.add(id)));
    channel.postMessage("who");
    setTimeout(() => {
      channel.close();
      resolve(found);
    }, ASK_MS);
  });
}
