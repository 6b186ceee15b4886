"""What is measured on labelled images: arithmetic on arrays (images, tags) of truth, of what is known of it, and of scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Flags = NDArray[np.bool_]

BINS = 15  # of the scores, equally wide, for the calibration


@dataclass(frozen=True)
class Bin:
    """Scores of one width, and how often they were right."""

    low: float
    high: float
    count: int  # pairs of image and tag
    score: float  # their mean
    right: float  # share of them whose tag is there


@dataclass(frozen=True)
class Rates:
    """What comes of thresholds."""

    precision: float  # of the tags said, the share that is right; NaN where nothing is said
    recall: float  # of the tags there, the share that is said; NaN where nothing is there
    f1: float


def average_precision(truth: Flags, scores: Scores) -> float:
    """Area under the steps of precision over recall; 0 without a true row. Rows of one score are one step."""
    precision = precision_recall(truth, scores)[1]
    return float(np.mean(precision)) if len(precision) else 0.0


def last_of_tie(ordered: Scores) -> NDArray[np.intp]:
    """For each place, the last one with the same score; `ordered` has the best first."""
    return np.asarray(np.searchsorted(-ordered, -ordered, side="right") - 1, np.intp)


def image_precisions(truth: Flags, scores: Scores, known: Flags | None = None) -> NDArray[np.float64]:
    """Average precision of each tag, (tags,), over the images where it is known; NaN for a tag that none of them shows."""
    found = np.full(truth.shape[1], np.nan)
    for tag in range(truth.shape[1]):
        rows = slice(None) if known is None else known[:, tag]
        if truth[rows, tag].any():
            found[tag] = average_precision(truth[rows, tag], scores[rows, tag])
    return found


def precision_recall(truth: Flags, scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The steps of one curve, best score first: recall and precision after each true row, and those that score the same."""
    order = np.argsort(-scores, kind="stable")
    ranked = truth[order]
    ends = last_of_tie(scores[order])[ranked]
    found = np.cumsum(ranked)[ends]
    return found / max(len(ends), 1), found / (ends + 1)


def rates(right: float, said: float, there: float) -> Rates:
    """From counts."""
    return Rates(
        right / said if said else float("nan"),
        right / there if there else float("nan"),
        2 * right / (said + there) if said + there else float("nan"),
    )


def best_tags(scores: Scores, known: Flags, count: int) -> NDArray[np.intp]:
    """The best `count` tags of each image, best first; a tag that nothing is known of is passed over."""
    return np.asarray(np.argsort(-np.where(known, scores, -1.0), axis=1, kind="stable")[:, :count], np.intp)


def hits_among_best(truth: Flags, known: Flags, scores: Scores, count: int) -> Flags:
    """Whether one of the best `count` tags of each image is there."""
    best = best_tags(scores, known, count)
    return np.asarray(np.take_along_axis(truth & known, best, axis=1).any(axis=1), bool)


def calibration(truth: Flags, scores: Scores) -> tuple[Bin, ...]:
    """The bins that hold something; `truth` and `scores` are of any one shape."""
    place = np.minimum((scores * BINS).astype(np.intp), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    sums, hits = (np.bincount(place, weights=values, minlength=BINS) for values in (scores, truth))
    return tuple(
        Bin(row / BINS, (row + 1) / BINS, int(counts[row]), float(sums[row] / counts[row]), float(hits[row] / counts[row]))
        for row in np.flatnonzero(counts).tolist()
    )


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """The expected calibration error: how far mean score and share of right ones lie apart, a bin counting by what it holds."""
    total = sum(item.count for item in bins)
    return sum(item.count * abs(item.score - item.right) for item in bins) / max(total, 1)
