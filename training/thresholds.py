"""From which score on a tag holds, chosen on validation images."""

import numpy as np
from numpy.typing import NDArray

from training.targets import Flags, Matrix

LEVELS = np.linspace(0.05, 0.95, 91)  # thresholds tried
ENOUGH = 20  # validation images that show a tag, from which it has a threshold of its own
UNKNOWN = 0.5  # where no validation image shows a tag


def choose_thresholds(truth: Flags, known: Flags, scores: Matrix) -> Matrix:
    """A threshold for each tag, (tags,), with the best F1 on (images, tags).

    Tags shown by fewer than ENOUGH images share one level: a level of their own would follow chance. The shared level is
    the best one for all tags taken together.
    """
    limits = np.full(truth.shape[1], _best_level(truth, known, scores), np.float32)
    for tag in np.flatnonzero((truth & known).sum(axis=0) >= ENOUGH):
        limits[tag] = _best_level(truth[:, [tag]], known[:, [tag]], scores[:, [tag]])
    return limits


def _best_level(truth: Flags, known: Flags, scores: Matrix) -> float:
    """The middle of the levels that share the best F1: the farthest from where it begins to fall."""
    if not (truth & known).any():
        return UNKNOWN
    values = np.array([f1(truth, known, scores >= level) for level in LEVELS])
    return float(np.median(LEVELS[np.isclose(values, values.max())]))


def f1(truth: Flags, known: Flags, holds: NDArray[np.bool_]) -> float:
    """F1 over all images and tags of which something is known."""
    right = (holds & truth & known).sum()
    wrong = (holds & ~truth & known).sum()
    missed = (~holds & truth & known).sum()
    return float(2 * right / max(2 * right + wrong + missed, 1))
