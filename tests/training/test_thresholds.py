import numpy as np
import pytest

from training.thresholds import ENOUGH, UNKNOWN, choose_thresholds


def scored(right, wrong):
    """One tag: the scores of images that show it, then of those that do not."""
    truth = np.array([[True]] * len(right) + [[False]] * len(wrong))
    return truth, np.array([*right, *wrong], np.float32)[:, None]


def test_a_threshold_lies_in_the_middle_between_right_and_wrong():
    truth, scores = scored([0.8] * ENOUGH, [0.2] * ENOUGH)
    assert choose_thresholds(truth, np.ones_like(truth), scores) == pytest.approx([0.505], abs=0.006)


def test_a_tag_of_few_images_takes_the_level_of_all():
    many, many_scores = scored([0.9] * 60, [0.1] * 60)
    few, few_scores = scored([0.6] * 3 + [0.02] * 3, [0.55] * 114)
    truth, scores = np.concatenate([many, few], axis=1), np.concatenate([many_scores, few_scores], axis=1)
    own, shared = choose_thresholds(truth, np.ones_like(truth), scores)
    assert own == pytest.approx(0.5, abs=0.01)
    assert shared > 0.55


def test_what_is_not_known_decides_nothing():
    truth, scores = scored([0.8] * ENOUGH, [0.2] * ENOUGH + [0.95] * ENOUGH)
    known = np.array([[True]] * (2 * ENOUGH) + [[False]] * ENOUGH)
    assert choose_thresholds(truth, known, scores) == pytest.approx([0.505], abs=0.006)


def test_without_a_true_image_a_threshold_is_a_half():
    assert choose_thresholds(np.zeros((5, 2), bool), np.ones((5, 2), bool), np.ones((5, 2), np.float32)).tolist() == [UNKNOWN] * 2
