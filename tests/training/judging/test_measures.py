import numpy as np
import pytest

from training.judging.measures import (
    average_precision,
    best_tags,
    calibration,
    calibration_error,
    hits_among_best,
    image_precisions,
    precision_recall,
    rates,
)

TRUTH = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], bool)
SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.4, 0.5], [0.1, 0.1, 0.1]], np.float32)
ALL = np.ones_like(TRUTH)


def test_average_precision_is_the_mean_precision_at_the_hits():
    truth = np.array([True, False, True, False])
    assert average_precision(truth, np.array([0.9, 0.8, 0.7, 0.1], np.float32)) == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("positives", [slice(0, 5), slice(45, 50)])
def test_rows_of_one_score_are_one_step_in_whatever_order_they_come(positives):
    truth = np.zeros(50, bool)
    truth[positives] = True
    assert average_precision(truth, np.full(50, 0.5, np.float32)) == pytest.approx(0.1)
    scores = np.where(np.arange(50) < 25, 0.9, 0.1).astype(np.float32)
    assert average_precision(truth, scores) == pytest.approx(5 / 25 if positives.start == 0 else 5 / 50)


def test_a_tag_that_no_image_shows_has_no_precision():
    assert np.isnan(image_precisions(TRUTH, SCORES)[2])


def test_an_image_of_which_nothing_is_known_does_not_count():
    known = ALL.copy()
    known[2, 0] = False
    assert image_precisions(TRUTH, SCORES, known)[0] == 1.0


def test_a_curve_ends_where_everything_is_found():
    recall, precision = precision_recall(TRUTH[:, 0], SCORES[:, 0])
    assert recall.tolist() == [0.5, 1.0]
    assert precision.tolist() == pytest.approx([1, 2 / 3])


def test_rates_come_from_counts():
    found = rates(right=3, said=4, there=6)
    assert (found.precision, found.recall) == (0.75, 0.5)
    assert found.f1 == pytest.approx(0.6)


def test_nothing_said_has_no_precision_and_nothing_there_no_recall():
    assert np.isnan(rates(0, 0, 5).precision)
    assert np.isnan(rates(0, 5, 0).recall)


def test_the_best_tag_is_one_that_something_is_known_of():
    known = ALL.copy()
    known[0, 0] = False
    assert best_tags(SCORES, known, 1)[:, 0].tolist() == [1, 1, 2, 0]


def test_one_right_tag_among_the_best_is_a_hit():
    assert hits_among_best(TRUTH, ALL, SCORES, 1).tolist() == [True, False, False, False]
    assert hits_among_best(TRUTH, ALL, SCORES, 2).tolist() == [True, True, True, False]


def test_scores_that_are_right_as_often_as_they_say_are_calibrated():
    truth = np.arange(1000) % 10 < 7
    assert calibration_error(calibration(truth, np.full(1000, 0.7, np.float32))) == pytest.approx(0, abs=1e-6)


def test_the_calibration_error_is_the_mean_distance():
    truth, scores = np.array([True] * 4), np.array([0.5, 0.5, 1.0, 1.0], np.float32)
    bins = calibration(truth, scores)
    assert [item.count for item in bins] == [2, 2]
    assert calibration_error(bins) == pytest.approx(0.25)
