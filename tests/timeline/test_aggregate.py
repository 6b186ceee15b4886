import numpy as np
import pytest

from service.timeline.aggregate import Aggregation, compact_set, film_scores, frame_scores, shot_scores

THREE = Aggregation(best_frames=3, best_share=0.0)


def column(*values):
    return np.array(values, np.float32)[:, None]


def test_a_tag_is_scored_against_the_background_alone():
    scores = frame_scores(np.array([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8]], np.float32))
    assert scores.tolist() == [pytest.approx([6 / 7, 3 / 4]), pytest.approx([1 / 9, 1 / 9])]


def test_impossible_classes_score_zero():
    assert frame_scores(np.array([[1.0, 0.0, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]


def test_a_shot_scores_the_mean_of_its_frames():
    assert shot_scores(column(0.2, 0.4, 0.9), np.array([0, 0, 1])).ravel().tolist() == pytest.approx([0.3, 0.9])


def test_a_film_scores_the_mean_of_its_best_frames():
    scores = column(0.9, 0.1, 0.6, 0.3, 0.0)
    assert film_scores(scores, np.ones(5), THREE)[0] == pytest.approx(0.6)


def test_a_film_of_one_frame_scores_that_frame():
    assert film_scores(column(0.7), np.ones(1), THREE)[0] == pytest.approx(0.7)


def test_a_film_without_frames_scores_nothing():
    assert film_scores(np.zeros((0, 2), np.float32), np.zeros(0), THREE).tolist() == [0, 0]


def test_the_number_of_best_frames_grows_with_the_film():
    scores = column(*[0.9] * 3, *[0.1] * 997)
    assert film_scores(scores, np.ones(1000), THREE)[0] == pytest.approx(0.9)
    assert film_scores(scores, np.ones(1000), Aggregation(best_frames=3, best_share=0.1))[0] < 0.2


def test_a_frame_counts_by_the_time_it_stands_for():
    scores, seconds = column(0.8, 0.2, 0.0, 0.0), np.array([1.0, 3.0, 2.0, 2.0])
    best_two = Aggregation(best_frames=2, best_share=0.0)
    assert film_scores(scores, seconds, best_two)[0] == pytest.approx((0.5 * 0.8 + 1.5 * 0.2) / 2)


def test_one_long_frame_does_not_outweigh_the_film():
    scores = column(1.0, *[0.0] * 99)
    seconds = np.array([1000.0, *[1.0] * 99])
    assert film_scores(scores, seconds, Aggregation(best_frames=10, best_share=0.0, longest_weight=3.0))[0] < 1.0


def test_frames_without_a_length_count_alike():
    assert film_scores(column(0.9, 0.6, 0.3, 0.0), np.zeros(4), THREE)[0] == pytest.approx(0.6)


def test_the_compact_set_is_over_its_thresholds_best_first():
    scores, thresholds = np.array([0.5, 0.9, 0.4], np.float32), np.array([0.5, 0.3, 0.5], np.float32)
    assert compact_set(scores, thresholds, Aggregation()).tolist() == [1, 0]


def test_nothing_over_its_threshold_gives_an_empty_set():
    assert compact_set(np.array([0.1], np.float32), np.array([0.5], np.float32), Aggregation()).tolist() == []


def test_the_compact_set_has_an_end():
    assert len(compact_set(np.ones(30, np.float32), np.zeros(30, np.float32), Aggregation(most_tags=5))) == 5
