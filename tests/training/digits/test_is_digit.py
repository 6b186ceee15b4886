"""What is a digit is told by energy and error together, and measured set by set."""

import numpy as np
import pytest

from training.digits.is_digit import APART, area, auroc, calibrate, worst

random = np.random.default_rng(0)


def answers(energy: float, error: float, count: int = 200):
    """Energies and reconstruction errors around these."""
    return (
        random.normal(energy, 1, count).astype(np.float32),
        np.exp(random.normal(np.log(error), 0.3, count)).astype(np.float32),
    )


DIGITS = answers(-10, 0.01)
OTHERS = {"letters": answers(-4, 0.012, 50), "textures": answers(-10, 0.2), APART: answers(-10, 0.01)}


@pytest.fixture(scope="module")
def calibration():
    return calibrate(DIGITS, OTHERS)


def test_digits_are_likely_and_the_other_sets_are_not(calibration):
    assert np.median(calibration.is_digit(*DIGITS)) > 0.9
    for name in ("letters", "textures"):  # each by another of the two signs
        assert np.median(calibration.is_digit(*OTHERS[name])) < 0.1


def test_signs_point_the_right_way(calibration):
    assert calibration.energy < 0 and calibration.error < 0


def test_letters_that_are_digits_to_the_eye_are_not_calibrated_on(calibration):
    assert calibrate(DIGITS, {name: each for name, each in OTHERS.items() if name != APART}) == calibration


def test_a_set_weighs_the_same_however_large_it_is():
    energies, errors = answers(-8, 0.015)  # not easily told from digits, so that weights count
    one = calibrate(DIGITS, {"letters": (energies, errors)})
    many = calibrate(DIGITS, {"letters": (np.tile(energies, 8), np.tile(errors, 8))})
    assert (many.bias, many.energy, many.error) == pytest.approx((one.bias, one.energy, one.error), rel=0.02)


def test_each_set_has_its_area_and_the_worst_leaves_out_what_looks_like_digits(calibration):
    areas = auroc(calibration, DIGITS, OTHERS)
    assert areas.keys() == OTHERS.keys()
    assert areas[APART] == pytest.approx(0.5, abs=0.1)
    assert worst(areas) == min(areas["letters"], areas["textures"]) > 0.95


def test_the_area_is_the_chance_to_score_higher_and_equal_scores_count_half():
    digits, others = np.array([0.9, 0.5], np.float32), np.array([0.5, 0.1], np.float32)
    assert area(digits, others) == (1 + 1 + 0.5 + 1) / 4
    assert area(others, others) == 0.5
