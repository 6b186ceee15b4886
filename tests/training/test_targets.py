import keras
import numpy as np
import pytest

from tests.training.examples import example
from training.targets import LabelRule, competing_loss, image_weights, implied, targets

LABELS = ("action", "super_hero")
RULE = LabelRule(complete_from=100, softening=1.0, film_weight=3.0)
COMPLETE = [example(100 + number, "super_hero", "action") for number in range(15)]


def test_what_goes_together_is_learned_from_complete_labels_alone():
    joint = implied([*COMPLETE, example(1, "super_hero")], LABELS, complete_from=100)
    assert joint[1, 0] == pytest.approx(15 / 20)


def test_true_classes_share_the_target_and_the_rest_competes():
    rows = targets([example(100, "action"), example(101)], LABELS, RULE)
    assert rows[0].tolist() == [1, 0, 0, 0, 1, 1]
    assert rows[1].tolist() == [0, 0, 1, 1, 1, 0]


def test_a_likely_tag_competes_less_where_labels_are_partial():
    partial, complete = targets([*COMPLETE, example(1, "super_hero"), example(200, "super_hero")], LABELS, RULE)[-2:]
    assert partial[3] == pytest.approx(1 - 15 / 21)
    assert complete[3] == 1.0


def test_film_stills_weigh_more():
    assert image_weights([example(1, kind="film"), example(2)], RULE).tolist() == [3.0, 1.0]


def test_true_tags_do_not_compete_with_each_other():
    target = targets([example(100, "action", "super_hero")], LABELS, RULE)
    even, one = np.array([[0.45, 0.45, 0.1]], np.float32), np.array([[0.9, 0.0, 0.1]], np.float32)
    loss = [
        float(keras.ops.convert_to_numpy(competing_loss(keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(p)))[0])
        for p in (even, one)
    ]
    assert loss[0] == pytest.approx(-np.log(0.45 / 0.55), rel=1e-4)
    assert loss[0] < loss[1]


def test_with_one_true_class_the_loss_is_cross_entropy():
    target = targets([example(100, "action")], LABELS, RULE)
    probabilities = keras.ops.convert_to_tensor(np.array([[0.2, 0.5, 0.3]], np.float32))
    loss = competing_loss(keras.ops.convert_to_tensor(target), probabilities)
    assert float(keras.ops.convert_to_numpy(loss)[0]) == pytest.approx(-np.log(0.2), rel=1e-5)
