"""How likely a film shows a tag, given its score: one curve for all tags, moved for each as far as the films bear it out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.judging.films import FilmLabels
from training.judging.measures import Scores

SPREAD = 0.3  # variance of the moves that is expected: small, since most tags are shown by too few films to trust them alone
EDGE = 1e-4  # scores are kept so far from 0 and 1
SLOPES, OFFSETS = (0.05, 20.0), (-20.0, 20.0)


@dataclass(frozen=True)
class ChanceCurve:
    """Log-odds of a tag being there: slope x log-odds of its score + offset + the tag's own move."""

    slope: float
    offset: float
    moves: NDArray[np.float64]  # (tags,)

    def limits(self, chance: float) -> Scores:
        """The score, (tags,), from which each tag is at least this likely."""
        log_odds = (np.log(chance / (1 - chance)) - self.offset - self.moves) / self.slope
        return np.asarray(1 / (1 + np.exp(-log_odds)), np.float32)


def fit_curve(scores: Scores, labels: FilmLabels, free: NDArray[np.bool_]) -> ChanceCurve:
    """Logistic regression with the moves as random effects: their penalty draws a tag of few films to the common curve.

    `scores` are (films, tags); arguable tags and those that are not `free` (tags,) are left out.
    """
    from scipy.optimize import minimize  # takes its time to import, and only tuning needs it

    clipped = np.clip(scores.astype(np.float64), EDGE, 1 - EDGE)
    log_odds = np.log(clipped / (1 - clipped))
    counted = (~labels.arguable & free).astype(np.float64)
    wanted = labels.truth.astype(np.float64)

    def surprise(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset, moves = values[0], values[1], values[2:]
        logits = slope * log_odds + offset + moves
        loss = (counted * (np.logaddexp(0, logits) - wanted * logits)).sum() + (moves**2).sum() / (2 * SPREAD)
        wrong = counted * (0.5 * (1 + np.tanh(logits / 2)) - wanted)
        return float(loss), np.concatenate([[(wrong * log_odds).sum(), wrong.sum()], wrong.sum(axis=0) + moves / SPREAD])

    start = np.concatenate([[1.0, 0.0], np.zeros(scores.shape[1])])
    bounds: list[Any] = [SLOPES, OFFSETS, *([(None, None)] * scores.shape[1])]
    found = minimize(surprise, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return ChanceCurve(float(found[0]), float(found[1]), found[2:])
