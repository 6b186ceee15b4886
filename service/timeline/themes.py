"""From the scores of key frames to shots, segments and the tags that a frame shows; both the first run and later views use it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.records import Shot
from service.timeline.aggregate import Scores, shot_scores
from service.timeline.segments import Segment, segments
from service.timeline.sensitive import agreed_scores

FRAME_TAGS = 3  # the best tags a frame shows (Khan et al. 2020)

Columns = Sequence[int] | NDArray[np.intp]


@dataclass(frozen=True)
class FrameScores:
    """A shot and the scores (key frames, tags) of its key frames."""

    shot: Shot
    times_ms: tuple[int, ...]
    scores: Scores


def scores_by_shot(shots: Sequence[FrameScores], sensitive: Columns, key_frames: int) -> Scores:
    """Scores (shots, tags); in the columns of `sensitive` tags what so many of a shot's key frames agree on."""
    rows = np.concatenate([item.scores for item in shots])
    found = shot_scores(rows, np.repeat(np.arange(len(shots)), [len(item.scores) for item in shots]))
    if len(sensitive):
        found[:, sensitive] = [agreed_scores(item.scores[:, sensitive], key_frames) for item in shots]
    return found


def theme_segments(
    tags: Sequence[str], shots: Sequence[FrameScores], by_shot: Scores, thresholds: Scores, chosen: Columns
) -> list[Segment]:
    """Segments of all tags. A theme of the film (`chosen`) holds somewhere: if in no shot as a whole, then in its best one."""
    reached = thresholds.copy()
    reached[chosen] = np.minimum(thresholds[chosen], by_shot[:, chosen].max(axis=0))
    return segments(tags, [item.shot for item in shots], by_shot, reached)


def agreed_frames(shots: Sequence[FrameScores], by_shot: Scores, sensitive: Columns) -> Scores:
    """Scores (key frames, tags) of the whole film; those of sensitive tags only as far as their shot agrees."""
    rows = np.concatenate([item.scores for item in shots])
    of_shot = np.repeat(by_shot, [len(item.scores) for item in shots], axis=0)
    rows[:, sensitive] = np.minimum(rows[:, sensitive], of_shot[:, sensitive])
    return rows


def shown_tags(scores: Scores, of_shot: Scores, sensitive: Columns, thresholds: Scores) -> list[tuple[int, float]]:
    """A frame's best three columns among those that reach their threshold; sensitive ones only where its shot agrees."""
    shown = scores.copy()
    shown[sensitive] = np.minimum(shown[sensitive], of_shot[sensitive])
    best = np.argsort(-shown, kind="stable")[:FRAME_TAGS]
    return [(int(column), float(shown[column])) for column in best if shown[column] >= thresholds[column]]
