import numpy as np

from service.timeline.aggregate import Aggregation, compact_set
from training.judging.films import FilmLabels
from training.judging.tuning import compact_sets, cross_fit, folds, thresholds

RNG = np.random.default_rng(0)
SCORES = RNG.random((40, 6)).astype(np.float32)
TRUTH = SCORES > 0.8
LABELS = FilmLabels(tuple(map(str, range(40))), tuple(str(film // 2) for film in range(40)), TRUTH, np.zeros_like(TRUTH))
FREE = np.full(6, np.nan, np.float32)


def test_many_compact_sets_are_those_of_the_service():
    limits, aggregation = np.full(6, 0.4, np.float32), Aggregation(most_tags=2)
    for row, flags in zip(SCORES, compact_sets(SCORES, limits, aggregation), strict=True):
        assert sorted(compact_set(row, limits, aggregation)) == np.flatnonzero(flags).tolist()


def test_films_of_a_group_are_in_one_fold():
    fold = folds(LABELS.groups, seed=0)
    assert (fold[::2] == fold[1::2]).all()


def test_scores_that_tell_the_truth_are_found_to():
    measures = cross_fit(SCORES, LABELS, FREE, Aggregation(), seed=0)
    assert measures.mean_ap == 1.0
    assert measures.f1 > 0.8


def test_a_fixed_threshold_stays():
    fixed = FREE.copy()
    fixed[2] = 0.5
    assert thresholds(0.25, fixed).tolist() == [0.25, 0.25, 0.5, 0.25, 0.25, 0.25]
