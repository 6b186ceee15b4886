// The timeline by keyboard: up and down between rows, left and right between the segments of a row, Enter goes there.

import { placeAfter, placeAt } from "./segments.js";

export function listenToKeys(timeline, player) {
  const { rows } = timeline;

  timeline.grid.addEventListener("keydown", (event) => {
    const row = rows.of(event.target);
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const cell = event.target.closest("button") ? "name" : "lane";
    const act = ACTS[event.key];
    if (!act || (cell === "name" && (event.key === "Enter" || event.key === " "))) return;
    event.preventDefault();
    act({ timeline, rows, player, row, cell });
  });
}

const ACTS = {
  ArrowDown: (at) => toRow(at, 1),
  ArrowUp: (at) => toRow(at, -1),
  ArrowRight: (at) => (at.cell === "name" ? at.rows.focus(at.row.id, "lane") : toSegment(at, at.timeline.marked + 1)),
  ArrowLeft: (at) => (at.cell === "lane" && at.timeline.marked <= 0 ? at.rows.focus(at.row.id, "name") : toSegment(at, at.timeline.marked - 1)),
  Home: (at) => toSegment(at, 0),
  End: (at) => toSegment(at, at.row.segments.length - 1),
  Enter: ({ timeline, row }) => row.segments[timeline.marked] && timeline.jump(row.segments[timeline.marked].start_ms),
  " ": ({ player }) => (player.isPlaying ? player.pause() : player.play()),
  "+": ({ timeline }) => timeline.zoom(2),
  "-": ({ timeline }) => timeline.zoom(0.5),
  0: ({ timeline }) => timeline.fit(),
};

function toRow({ rows, row, cell }, step) {
  const next = rows.list[rows.list.indexOf(row) + step];
  if (next) rows.focus(next.id, cell);
}

function toSegment({ timeline, row, cell }, place) {
  if (cell === "lane" && row.segments[place]) timeline.mark(place);
}

/** The segment of a row that a reader who comes to it means: the one at the playhead, else the next one, else the last. */
export function nearest(segments, ms) {
  const here = placeAt(segments, ms);
  return here >= 0 ? here : Math.min(placeAfter(segments, ms), segments.length - 1);
}
