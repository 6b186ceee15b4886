import numpy as np

from service.timeline.aggregate import Aggregation, compact_set
from training.evaluate import FilmLabels
from training.tune import Choice, compact_sets, cross_fit, folds, tag_noise, thresholds

RNG = np.random.default_rng(0)
SCORES = RNG.random((40, 6)).astype(np.float32)
TRUTH = SCORES > 0.8
LABELS = FilmLabels(tuple(map(str, range(40))), tuple(str(film // 2) for film in range(40)), TRUTH, np.zeros_like(TRUTH))
FREE = np.full(6, np.nan, np.float32)


def test_many_compact_sets_are_those_of_the_service():
    limits, aggregation = np.full(6, 0.4, np.float32), Aggregation(relative=0.6, most_tags=2)
    for row, flags in zip(SCORES, compact_sets(SCORES, limits, aggregation), strict=True):
        assert sorted(compact_set(row, limits, aggregation)) == np.flatnonzero(flags).tolist()


def test_films_of_a_group_are_in_one_fold():
    fold = folds(LABELS.groups, seed=0)
    assert (fold[::2] == fold[1::2]).all()


def test_scores_that_tell_the_truth_are_found_to():
    measures = cross_fit({Aggregation(): SCORES}, LABELS, FREE, seed=0)
    assert measures.mean_ap == 1.0
    assert measures.f1 > 0.8


def test_a_tag_that_scores_high_where_it_is_not_gets_a_higher_threshold():
    noisy = SCORES.copy()
    noisy[:, 0] = 0.9 + 0.1 * noisy[:, 0]
    limits = thresholds(tag_noise(noisy, LABELS, np.arange(40)), Choice(Aggregation(), level=0.5, shrink=1.0), FREE)
    assert limits[0] > limits[1:].max()
