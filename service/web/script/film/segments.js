// Where tags hold, cut from the scores of shots as service/timeline does it: a threshold moves and nothing is asked of the service.

const STEPS = 10000; // of a shot's score

/**
 * Each tag of `timeline` (GET .../timeline) with its segments: [{tag, isTheme, threshold, segments: [{start_ms, end_ms, score}], coverage}].
 * `minScore` takes the place of the tags' own thresholds; null leaves them.
 */
export function cut(timeline, minScore = null) {
  const themes = themesOf(timeline, minScore);
  return timeline.tags.map((row) => {
    const threshold = minScore ?? row.threshold;
    const isTheme = themes.has(row.tag);
    const limit = stepsOf(threshold);
    const reached = isTheme ? Math.min(limit, highest(row.scores)) : limit; // a theme holds at least in its best shot
    const segments = longEnough(runs(timeline, row.scores, reached), timeline.min_segment_ms);
    return { tag: row.tag, isTheme, threshold, segments, coverage: coverage(segments, timeline.duration_ms) };
  });
}

/** The ids of the film's compact set: the best tags that reach their threshold. */
function themesOf(timeline, minScore) {
  const reaching = timeline.tags.filter((row) => Math.round(row.score * STEPS) >= stepsOf(minScore ?? row.threshold));
  const best = reaching.sort((one, other) => other.score - one.score).slice(0, timeline.most_tags);
  return new Set(best.map((row) => row.tag));
}

/** The least number of steps that is not below a threshold; what is off by less than a hundredth of a step is the float's own error. */
function stepsOf(threshold) {
  return Math.ceil(threshold * STEPS - 0.01);
}

function highest(scores) {
  return scores.reduce((one, other) => Math.max(one, other), 0);
}

/** Shots that reach the limit, those with a short gap between them together. */
function runs({ shots, gap_ms }, scores, limit) {
  const found = [];
  let open = null;
  for (let place = 0; place < shots.length; place++) {
    if (scores[place] < limit) continue;
    const { start_ms, end_ms } = shots[place];
    if (!open || start_ms - open.end_ms > gap_ms) found.push((open = { start_ms, end_ms, weighed: 0, length: 0 }));
    const length = Math.max(1, end_ms - start_ms);
    open.end_ms = end_ms;
    open.weighed += scores[place] * length;
    open.length += length;
  }
  return found.map(({ start_ms, end_ms, weighed, length }) => ({ start_ms, end_ms, score: weighed / length / STEPS }));
}

function longEnough(parts, least) {
  const kept = parts.filter((part) => part.end_ms - part.start_ms >= least);
  if (kept.length || !parts.length) return kept;
  return [parts.reduce((one, other) => (other.end_ms - other.start_ms > one.end_ms - one.start_ms ? other : one))];
}

function coverage(parts, duration) {
  const held = parts.reduce((sum, part) => sum + part.end_ms - part.start_ms, 0);
  return duration > 0 ? Math.min(1, held / duration) : 0;
}

/** The place in `parts` (by time) of the one that holds at `ms`; -1 where none does. */
export function placeAt(parts, ms) {
  const place = placeAfter(parts, ms) - 1;
  return place >= 0 && ms < parts[place].end_ms ? place : -1;
}

/** The place of the first part that begins after `ms`; parts.length where none does. */
export function placeAfter(parts, ms) {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (parts[middle].start_ms > ms) high = middle;
    else low = middle + 1;
  }
  return low;
}
