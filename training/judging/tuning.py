"""Choose a threshold for each tag on labelled films, judged on films of other groups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.timeline.aggregate import Aggregation
from training.judging.film_chances import fit_curve
from training.judging.films import FilmLabels, Measures, film_measures, set_measures, subset
from training.judging.measures import Flags, Scores

FOLDS, REPEATS = 5, 10  # of the cross-fit; groups are dealt to folds anew in each repeat
EMPTY_LIMIT = 0.40  # tags on films without a theme
CHANCES = np.linspace(0.10, 0.60, 51)  # how likely a tag must be, tried for all tags together


def compact_sets(scores: Scores, limits: Scores, aggregation: Aggregation) -> Flags:
    """`compact_set` of many films at once, as flags (films, tags)."""
    holds = scores >= limits
    held = np.where(holds, scores, -1.0)
    rank = np.argsort(np.argsort(-held, axis=1, kind="stable"), axis=1)
    return np.asarray(holds & (rank < aggregation.most_tags), bool)


def choose_limits(
    scores: Scores, labels: FilmLabels, rows: NDArray[np.intp], fixed: Scores, aggregation: Aggregation
) -> tuple[float, Scores]:
    """The best chance on the films `rows`, and the score of each tag (tags,) from which it is as likely as that.

    `fixed` (tags,) holds thresholds that are not chosen here and NaN for the rest.
    """
    part, known = subset(labels, rows), scores[rows]
    curve = fit_curve(known, part, np.isnan(fixed))

    def limits(chance: float) -> Scores:
        return np.asarray(np.where(np.isnan(fixed), curve.limits(chance), fixed), np.float32)

    def value(chance: float) -> float:
        f1, tags_without_theme = set_measures(part, compact_sets(known, limits(chance), aggregation))
        return f1 - max(0.0, tags_without_theme - EMPTY_LIMIT)

    best = float(max(CHANCES, key=value))
    return best, limits(best)


def folds(groups: Sequence[str], seed: int) -> NDArray[np.intp]:
    """The fold of each film; films of one group share it."""
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    fold = {name: place % FOLDS for place, name in enumerate(names)}
    return np.array([fold[group] for group in groups], np.intp)


def cross_fitted_sets(scores: Scores, labels: FilmLabels, fixed: Scores, aggregation: Aggregation, seed: int) -> Flags:
    """Every fold's films are tagged by the thresholds chosen on the other folds."""
    fold = folds(labels.groups, seed)
    chosen = np.zeros(scores.shape, bool)
    for left_out in range(FOLDS):
        judged = np.flatnonzero(fold == left_out)
        _, limits = choose_limits(scores, labels, np.flatnonzero(fold != left_out), fixed, aggregation)
        chosen[judged] = compact_sets(scores[judged], limits, aggregation)
    return chosen


def cross_fit(scores: Scores, labels: FilmLabels, fixed: Scores, aggregation: Aggregation, seed: int) -> Measures:
    """What the cross-fitted sets of all films are worth together."""
    return film_measures(labels, scores, cross_fitted_sets(scores, labels, fixed, aggregation, seed))
