"""Non-maximum suppression: of boxes of one label that overlap much, the best one stays."""

import numpy as np
from numpy.typing import NDArray

from service.predictors.detection.candidates import Candidates


def suppress(found: Candidates, overlap: float) -> Candidates:
    """The candidates of which none of their label is better and overlaps them by more than `overlap` (intersection over union), best first.

    The greedy way of the detectors' papers: a box that went suppresses no other.
    """
    best = found.rows(np.argsort(-found.scores, kind="stable"))
    rivals = (overlaps(best.corners) > overlap) & (best.labels[:, None] == best.labels)
    stays = np.ones(len(best.scores), bool)
    for row in np.flatnonzero(np.triu(rivals, 1).any(axis=1)):
        if stays[row]:
            stays[row + 1 :] &= ~rivals[row, row + 1 :]
    return best.rows(np.flatnonzero(stays))


def overlaps(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of each box with each, (n, n), of corners (n, 4); 0 for boxes without an area."""
    left, top, right, bottom = corners.T
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    union = areas[:, None] + areas - shared
    return np.asarray(shared / np.maximum(union, np.finfo(np.float32).tiny), np.float32)
