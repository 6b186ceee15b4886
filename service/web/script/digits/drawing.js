// A sheet to draw a digit on, with a mouse, a finger, a pen, or the keys.

import { h } from "../dom.js";

const SIDE = 336; // pixels; twelve for each of the network's
const PEN = 24; // pixels; MNIST's strokes are some two of its own wide
const STEP = 12; // pixels that an arrow key moves the pen

/** `{element, blob(), clear(), isEmpty()}`; `onChange` is told after every piece of a stroke. */
export function drawing(name, onChange) {
  const canvas = h("canvas", { width: SIDE, height: SIDE, class: "digits-sheet", tabindex: "0", role: "img", "aria-label": name });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let pen = { x: SIDE / 2, y: SIDE / 4 };
  let isDown = false; // of the keys' pen
  let empty = true;
  begin();
  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("keydown", byKey);
  return { element: canvas, clear, isEmpty: () => empty, blob: () => new Promise((done) => canvas.toBlob(done, "image/png")) };

  function begin() {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, SIDE, SIDE);
    Object.assign(context, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#111111" });
  }

  function clear() {
    begin();
    pen = { x: SIDE / 2, y: SIDE / 4 };
    isDown = false;
    empty = true;
  }

  function line(from, to) {
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    pen = to;
    empty = false;
    onChange();
  }

  function place(event) {
    const frame = canvas.getBoundingClientRect();
    return { x: ((event.clientX - frame.left) * SIDE) / frame.width, y: ((event.clientY - frame.top) * SIDE) / frame.height };
  }

  function press(event) {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const here = place(event);
    line(here, here);
  }

  function move(event) {
    if (!(event.buttons & 1)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) line(pen, place(each));
  }

  function byKey(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === " ") {
      isDown = !isDown;
      if (isDown) line(pen, pen);
    } else if (event.key in ways) {
      const [across, down] = ways[event.key];
      const inside = (value) => Math.min(SIDE - PEN, Math.max(PEN, value));
      const next = { x: inside(pen.x + across * STEP), y: inside(pen.y + down * STEP) };
      if (isDown) line(pen, next);
      else pen = next;
    } else return;
    event.preventDefault();
  }
}
