"""From the head's probabilities to scores of frames, shots and the film, and to the film's compact set of tags.

The formula and its reasons are in docs/aggregation.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

TINY = np.float32(1e-30)  # keeps a ratio of two probabilities that are both nothing finite


@dataclass(frozen=True)
class Aggregation:
    """How frames become a film; kept in the bundle."""

    best_frames: float = 3.0  # a tag's score is the mean of its best frames: at least so many ...
    best_share: float = 0.01  # ... and at least this share of the film's frames
    longest_weight: float = 2.0  # a frame counts by the time it stands for, up to so many times the median
    most_tags: int = 8  # in the compact set


def frame_scores(probabilities: Scores) -> Scores:
    """Scores (frames, tags) from the head's probabilities (frames, tags + background), background last.

    A tag is scored against the background alone, so that two true tags of a frame do not push each other down.
    """
    chances = np.asarray(probabilities, np.float32)
    tags, background = chances[:, :-1], chances[:, -1:]
    scores: Scores = tags / (tags + background + TINY)
    return scores


def shot_scores(scores: Scores, shot_of_frame: NDArray[np.intp]) -> Scores:
    """Mean of each shot's frames: (shots, tags) from (frames, tags); frames of a shot stand together."""
    starts = np.flatnonzero(np.diff(shot_of_frame, prepend=-1))
    counts = np.diff(starts, append=len(shot_of_frame))
    means: Scores = (np.add.reduceat(scores, starts, axis=0) / counts[:, None]).astype(np.float32)
    return means


def film_scores(scores: Scores, seconds: NDArray[np.floating], parameters: Aggregation) -> Scores:
    """Scores (tags,) of a film: for each tag the mean of its best frames, weighted by the time each stands for.

    `scores` is (frames, tags); `seconds` (frames,). The weights sum up to the number of frames, so `best_frames` of
    equally long frames are just that many; of the frame at the edge only the part that still fits counts.
    """
    frames = len(scores)
    if frames == 0:
        return np.zeros(scores.shape[1], np.float32)
    room = min(max(parameters.best_frames, parameters.best_share * frames), float(frames))
    weights = _weights(np.asarray(seconds, np.float64), parameters.longest_weight)
    order = np.argsort(-scores, axis=0, kind="stable")
    ordered = weights[order]
    before = np.cumsum(ordered, axis=0) - ordered
    counted = np.clip(room - before, 0.0, ordered)
    best = np.take_along_axis(scores, order, axis=0)
    means: Scores = ((best * counted).sum(axis=0) / counted.sum(axis=0)).astype(np.float32)
    return means


def _weights(seconds: NDArray[np.float64], longest: float) -> NDArray[np.float64]:
    """Weights with a mean of 1; a frame that stands for more than `longest` medians counts as if it stood for that."""
    median = np.median(seconds)
    if median <= 0:
        return np.ones(len(seconds))
    weights = np.minimum(seconds, longest * median)
    return np.asarray(weights / weights.mean())


def compact_set(scores: Scores, thresholds: Scores, parameters: Aggregation) -> NDArray[np.intp]:
    """Indices of the tags that reach their threshold, best first, at most `most_tags`."""
    chosen = np.flatnonzero(scores >= thresholds)
    order = np.argsort(-scores[chosen], kind="stable")
    return chosen[order][: parameters.most_tags]
