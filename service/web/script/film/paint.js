// Draws what of the timeline is seen: the ruler with its shots, and each row's scores and ribbons. Darker is surer.

import { score, time } from "../forms.js";
import { placeAfter } from "./segments.js";

const STEPS = 10000; // of a shot's score
const SHADES = [[0.9, 1], [0.8, 0.82], [0.7, 0.42], [0.6, 0.28], [0, 0.16]]; // from which score on, how much colour; texts on them keep 4.5 to 1
const DARK = 0.8; // shades from here on carry light text
const LEAST_WIDTH = 3;
const NAMED_WIDTH = 46; // a ribbon with its score written on it

/** How much of the colour a ribbon of this score has, 0..1. */
export function shade(value) {
  return SHADES.find(([least]) => value >= least)[1];
}

/**
 * `view`: {width, height, left, top, row} in pixels (names are left of `left`, the ruler is above `top`, rows are `row` high), {scrollLeft,
 * scrollTop}, scale, rows [{kind, segments, scores, marked}], shots, colours, active (place of the row with peaks) and peakTimes.
 */
export function paint(context, view) {
  context.clearRect(0, 0, view.width, view.height);
  context.save();
  context.beginPath();
  context.rect(view.left, 0, view.width - view.left, view.height);
  context.clip();
  ruler(context, view);
  context.beginPath();
  context.rect(view.left, view.top, view.width - view.left, view.height - view.top);
  context.clip();
  const first = Math.max(0, Math.floor(view.scrollTop / view.row));
  const last = Math.min(view.rows.length, Math.ceil((view.scrollTop + view.height - view.top) / view.row));
  for (let place = first; place < last; place++) lane(context, view, view.rows[place], view.top + place * view.row - view.scrollTop);
  context.restore();
}

/** Where a time is on the canvas. */
function place(view, ms) {
  return view.left + view.scale.x(ms) - view.scrollLeft;
}

function seen(view) {
  return [view.scale.ms(view.scrollLeft), view.scale.ms(view.scrollLeft + view.width - view.left)];
}

function ruler(context, view) {
  const { colours, top } = view;
  const [from, to] = seen(view);
  context.fillStyle = colours.lineStrong;
  let before = -1;
  for (let shot = Math.max(0, placeAfter(view.shots, from) - 1); shot < view.shots.length && view.shots[shot].start_ms <= to; shot++) {
    const x = Math.round(place(view, view.shots[shot].start_ms));
    if (x > before + 1) context.fillRect(x, top - 7, 1, 7);
    before = Math.max(before, x);
  }
  context.fillStyle = colours.textQuiet;
  context.font = "500 12px system-ui, sans-serif";
  context.textBaseline = "middle";
  const step = view.scale.mark;
  for (let ms = Math.floor(from / step) * step; ms <= to; ms += step) {
    const x = Math.round(place(view, ms));
    context.fillRect(x, 4, 1, top - 14);
    context.fillText(time(ms, step < 1000), x + 5, (top - 6) / 2 + 1);
  }
}

function lane(context, view, row, y) {
  if (row.scores) chart(context, view, row, y);
  const [from, to] = seen(view);
  const { segments } = row;
  for (let at = firstSeen(segments, from); at < segments.length && segments[at].start_ms <= to; at++) {
    ribbon(context, view, row, segments[at], y, at === row.marked);
  }
  for (const ms of row.peakTimes ?? []) peak(context, view, place(view, ms), y);
}

function firstSeen(segments, from) {
  return Math.max(0, placeAfter(segments, from) - 1);
}

/** The scores of all shots, faint, behind the ribbons: they tell what another threshold would give. */
function chart(context, view, row, y) {
  const columns = columnsOf(view, row.scores);
  const room = view.row - 6;
  context.fillStyle = view.colours.line;
  let begin = 0;
  for (let x = 1; x <= columns.length; x++) {
    if (x < columns.length && columns[x] === columns[begin]) continue;
    const height = Math.round((columns[begin] / STEPS) * room);
    if (height > 0) context.fillRect(view.left + begin, y + 3 + room - height, x - begin, height);
    begin = x;
  }
}

/** The best score under each pixel that is seen. */
function columnsOf(view, scores) {
  const columns = new Uint16Array(Math.max(0, Math.ceil(view.width - view.left)));
  const [from, to] = seen(view);
  for (let shot = Math.max(0, placeAfter(view.shots, from) - 1); shot < view.shots.length && view.shots[shot].start_ms <= to; shot++) {
    const begin = Math.max(0, Math.floor(place(view, view.shots[shot].start_ms) - view.left));
    const end = Math.min(columns.length, Math.max(begin + 1, Math.floor(place(view, view.shots[shot].end_ms) - view.left)));
    for (let x = begin; x < end; x++) if (scores[shot] > columns[x]) columns[x] = scores[shot];
  }
  return columns;
}

function ribbon(context, view, row, segment, y, isMarked) {
  const from = place(view, segment.start_ms);
  const width = Math.max(LEAST_WIDTH, place(view, segment.end_ms) - from - 1);
  const strength = shade(segment.score);
  const isObject = row.kind === "object";
  context.beginPath();
  context.roundRect(from, y + 3, width, view.row - 6, Math.min(4, width / 2));
  context.fillStyle = view.colours.surface;
  context.fill();
  context.globalAlpha = strength;
  context.fillStyle = isObject ? view.colours.warm : view.colours.accent;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = isMarked ? 3 : 1;
  context.strokeStyle = isMarked ? view.colours.text : context.fillStyle;
  context.stroke();
  const left = Math.max(from, view.left);
  const right = Math.min(from + width, view.width);
  if (right - left < NAMED_WIDTH) return;
  context.fillStyle = strength >= DARK ? (isObject ? view.colours.surface : view.colours.accentText) : view.colours.text;
  context.font = "600 11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillText(score(segment.score), left + 7, y + view.row / 2 + 0.5);
}

function peak(context, view, x, y) {
  const middle = y + view.row - 6;
  context.beginPath();
  context.moveTo(x, middle - 5);
  context.lineTo(x + 5, middle);
  context.lineTo(x, middle + 5);
  context.lineTo(x - 5, middle);
  context.closePath();
  context.fillStyle = view.colours.warm;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = view.colours.surface;
  context.stroke();
}
