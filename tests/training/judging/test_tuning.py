import numpy as np

from service.timeline.aggregate import Aggregation, compact_set
from training.judging.film_chances import fit_curve
from training.judging.films import FilmLabels
from training.judging.tuning import choose_limits, compact_sets, cross_fit, folds

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
    _, limits = choose_limits(SCORES, LABELS, np.arange(40), fixed, Aggregation())
    assert limits[2] == 0.5
    assert (limits[[0, 1, 3, 4, 5]] != 0.5).all()


def test_a_tag_of_few_films_stays_near_the_common_curve():
    rng = np.random.default_rng(1)
    scores = rng.random((200, 3)).astype(np.float32)
    truth = scores > 0.5
    truth[:, 1] = scores[:, 1] > 0.9  # of many films: its own threshold
    truth[:, 2] = False
    arguable = np.zeros_like(truth)
    arguable[4:, 2] = True  # four films say that it is not there
    labels = FilmLabels(tuple(map(str, range(200))), tuple(map(str, range(200))), truth, arguable)
    first, higher, unsure = fit_curve(scores, labels, np.ones(3, bool)).limits(0.5).tolist()
    assert higher > first + 0.1
    assert abs(unsure - first) < higher - first


def test_films_of_one_answer_only_choose_something():
    nothing = FilmLabels(LABELS.files, LABELS.groups, np.zeros_like(TRUTH), np.zeros_like(TRUTH))
    _, limits = choose_limits(SCORES, nothing, np.arange(40), FREE, Aggregation())
    assert np.isfinite(limits).all()
