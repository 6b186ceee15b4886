// What the film shows, as rows of the timeline: a row a label, its tracks together where they overlap.

const PEAKS = 6;

/** Rows of GET .../objects, those of most tracks first: {id, kind, label, count, segments, peaks, coverage}. */
export function objectRows({ tracks }, duration) {
  const byLabel = new Map();
  for (const track of tracks) {
    if (!byLabel.has(track.label)) byLabel.set(track.label, []);
    byLabel.get(track.label).push(track);
  }
  const rows = [...byLabel].map(([label, own]) => {
    const segments = together(own);
    const held = segments.reduce((sum, part) => sum + part.end_ms - part.start_ms, 0);
    return { id: `object:${label}`, kind: "object", label, count: own.length, segments, peaks: peaks(own), coverage: duration ? Math.min(1, held / duration) : 0 };
  });
  return rows.sort((one, other) => other.count - one.count);
}

function together(tracks) {
  const found = [];
  for (const { start_ms, end_ms, score } of [...tracks].sort((one, other) => one.start_ms - other.start_ms)) {
    const last = found.at(-1);
    if (last && start_ms <= last.end_ms) Object.assign(last, { end_ms: Math.max(last.end_ms, end_ms), score: Math.max(last.score, score) });
    else found.push({ start_ms, end_ms, score });
  }
  return found;
}

/** The frames that show it best, each of another shot. */
function peaks(tracks) {
  const best = new Map();
  for (const { shot, boxes } of tracks) {
    for (const box of boxes) if (!(best.get(shot)?.score >= box.score)) best.set(shot, box);
  }
  return [...best.values()].sort((one, other) => other.score - one.score).slice(0, PEAKS).map((box) => box.frame);
}
