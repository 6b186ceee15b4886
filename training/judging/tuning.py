"""Choose the threshold on labelled films, judged on films of other groups."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.timeline.aggregate import Aggregation
from training.judging.films import FilmLabels, Measures, film_measures, set_measures, subset
from training.judging.measures import Flags, Scores

FOLDS, REPEATS = 5, 10  # of the cross-fit; groups are dealt to folds anew in each repeat
EMPTY_LIMIT = 0.45  # tags on films without a theme; the promise is 0.5
LEVELS = np.linspace(0.10, 0.90, 81)  # thresholds tried, one for all tags: most tags are shown by too few films for one of their own


def thresholds(level: float, fixed: Scores) -> Scores:
    """A threshold for each tag: its fixed one, or the level where that is NaN."""
    return np.asarray(np.where(np.isnan(fixed), level, fixed), np.float32)


def compact_sets(scores: Scores, limits: Scores, aggregation: Aggregation) -> Flags:
    """`compact_set` of many films at once, as flags (films, tags)."""
    holds = scores >= limits
    held = np.where(holds, scores, -1.0)
    rank = np.argsort(np.argsort(-held, axis=1, kind="stable"), axis=1)
    return np.asarray(holds & (rank < aggregation.most_tags), bool)


def choose_level(scores: Scores, labels: FilmLabels, rows: NDArray[np.intp], fixed: Scores, aggregation: Aggregation) -> float:
    """The best level on the films `rows`; `fixed` (tags,) holds thresholds that are not chosen here and NaN for the rest."""
    part = subset(labels, rows)

    def value(level: float) -> float:
        f1, tags_without_theme = set_measures(part, compact_sets(scores[rows], thresholds(level, fixed), aggregation))
        return f1 - max(0.0, tags_without_theme - EMPTY_LIMIT)

    return float(max(LEVELS, key=value))


def folds(groups: Sequence[str], seed: int) -> NDArray[np.intp]:
    """The fold of each film; films of one group share it."""
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    fold = {name: place % FOLDS for place, name in enumerate(names)}
    return np.array([fold[group] for group in groups], np.intp)


def cross_fitted_sets(scores: Scores, labels: FilmLabels, fixed: Scores, aggregation: Aggregation, seed: int) -> Flags:
    """Every fold's films are tagged by the level chosen on the other folds."""
    fold = folds(labels.groups, seed)
    chosen = np.zeros(scores.shape, bool)
    for left_out in range(FOLDS):
        judged = np.flatnonzero(fold == left_out)
        level = choose_level(scores, labels, np.flatnonzero(fold != left_out), fixed, aggregation)
        chosen[judged] = compact_sets(scores[judged], thresholds(level, fixed), aggregation)
    return chosen


def cross_fit(scores: Scores, labels: FilmLabels, fixed: Scores, aggregation: Aggregation, seed: int) -> Measures:
    """What the cross-fitted sets of all films are worth together."""
    return film_measures(labels, scores, cross_fitted_sets(scores, labels, fixed, aggregation, seed))
