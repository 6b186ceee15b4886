import keras
import numpy as np
import pytest

from tests.training.examples import example
from training.targets import LabelRule, image_weights, implied, odds_loss, targets

LABELS = ("action", "super_hero")
RULE = LabelRule(complete_from=100, softening=1.0, film_weight=3.0, presence_weight=1.0)
COMPLETE = [example(100 + number, "super_hero", "action") for number in range(15)]


def test_what_goes_together_is_learned_from_complete_labels_alone():
    joint = implied([*COMPLETE, example(1, "super_hero")], LABELS, complete_from=100)
    assert joint[1, 0] == pytest.approx(15 / 20)


def test_a_row_tells_what_is_there_and_what_counts():
    rows = targets([example(100, "action"), example(101)], LABELS, RULE)
    assert rows.tolist() == [[1, 0, 1, 1], [0, 0, 1, 1]]


def test_a_likely_tag_counts_less_where_labels_are_partial():
    partial, complete = targets([*COMPLETE, example(1, "super_hero"), example(200, "super_hero")], LABELS, RULE)[-2:]
    assert partial[2] == pytest.approx(1 - 15 / 21)
    assert complete[2] == 1.0


def test_film_stills_weigh_more():
    assert image_weights([example(1, kind="film"), example(2)], RULE).tolist() == [3.0, 1.0]


def loss(target, *probabilities):
    tensors = (keras.ops.convert_to_tensor(np.array([row], np.float32)) for row in (target, probabilities))
    return float(keras.ops.convert_to_numpy(odds_loss(*tensors))[0])


def test_the_loss_is_cross_entropy_of_the_odds_against_the_background():
    assert loss([1, 0, 1, 1], 0.6, 0.2, 0.2) == pytest.approx(-np.log(0.75) - np.log(0.5), rel=1e-5)


def test_true_tags_do_not_compete_with_each_other():
    assert loss([1, 1, 1, 1], 0.45, 0.45, 0.1) == pytest.approx(2 * loss([1, 0, 1, 0], 0.9, 0.0, 0.2), rel=1e-5)


def test_a_tag_of_weight_zero_is_ignored():
    assert loss([1, 0, 1, 0], 0.5, 0.1, 0.1) == pytest.approx(loss([1, 0, 1, 0], 0.5, 0.4, 0.1))
