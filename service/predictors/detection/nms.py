"""Non-maximum suppression: of boxes of one label that overlap much, the best one stays."""

import numpy as np
from numpy.typing import NDArray

from service.predictors.detection.candidates import Candidates


def suppress(found: Candidates, overlap: float) -> Candidates:
    """The candidates of which none of their label is better and overlaps them by more than `overlap` (intersection over union).

    The greedy way of the detectors' papers: a box that went suppresses no other. Label by label, for boxes of different ones are
    never compared.
    """
    by_label = np.lexsort((-found.scores, found.labels))
    borders = np.flatnonzero(np.diff(found.labels[by_label])) + 1
    stay = [rows[_best(found.corners[rows], overlap)] if len(rows) > 1 else rows for rows in np.split(by_label, borders)]
    return found.rows(np.concatenate(stay))


def _best(corners: NDArray[np.float32], overlap: float) -> NDArray[np.bool_]:
    """Which of one label's boxes stay; the best ones stand first."""
    rivals = np.triu(overlaps(corners) > overlap, 1)
    stays = np.ones(len(corners), bool)
    for row in np.flatnonzero(rivals.any(axis=1)):
        if stays[row]:
            stays &= ~rivals[row]
    return stays


def overlaps(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of each box with each, (n, n), of corners (n, 4); 0 for boxes without an area."""
    left, top, right, bottom = np.ascontiguousarray(corners.T)
    width = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    height = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    union = areas[:, None] + areas - shared
    return np.asarray(shared / np.maximum(union, np.finfo(np.float32).tiny), np.float32)
