// A file of the reader's disk: whether it can be read, and whether it is the one that an upload was begun with.

const END = 64 << 10; // bytes at each end

/** `code`: "unreadable", or "other-name", "other-size", "other-content" where it is not the one that was begun with. */
export class FileProblem extends Error {
  constructor(code) {
    super(code);
    this.name = "FileProblem";
    this.code = code;
  }
}

/** Its bytes. Throws FileProblem where it was changed, moved, or is a folder. */
async function read(part) {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch {
    throw new FileProblem("unreadable");
  }
}

/** Throws FileProblem where it cannot be read from `offset` on: a request would only break, as if the service were away. */
export async function checkReadable(file, offset) {
  await read(file.slice(offset, offset + 1));
}

/** 32 bits of FNV-1a over the first and the last 64 KiB, as hexadecimal text. Plain http addresses have no crypto.subtle. */
export async function fingerprint(file) {
  let hash = 0x811c9dc5;
  for (const end of [file.slice(0, END), file.slice(Math.max(END, file.size - END))]) {
    for (const byte of await read(end)) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** The file's hash, where it is the one of `entry` {name, size, hash}. Throws FileProblem. */
export async function checkSame(file, entry) {
  if (file.name !== entry.name) throw new FileProblem("other-name");
  if (file.size !== entry.size) throw new FileProblem("other-size");
  if ((await fingerprint(file)) !== entry.hash) throw new FileProblem("other-content");
  return entry.hash;
}
