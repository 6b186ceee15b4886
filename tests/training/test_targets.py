import keras
import numpy as np
import pytest

from tests.training.examples import example
from training.config import LabelConfig
from training.losses import loss_of, odds_loss, softmax_loss
from training.targets import image_weights, implied, known, presence, targets

LABELS = ("action", "super_hero")
RULE = LabelConfig(softening=1.0, film_weight=3.0, presence_weight=1.0)
COMPLETE = [example(100 + number, "super_hero", "action") for number in range(15)]


def test_what_goes_together_is_learned_from_complete_labels_alone():
    joint = implied([*COMPLETE, example(1, "super_hero", labelling="partial")], LABELS)
    assert joint[1, 0] == pytest.approx(15 / 20)


def test_a_row_tells_what_is_there_and_what_counts():
    rows = targets([example(100, "action"), example(101)], LABELS, RULE)
    assert rows.tolist() == [[1, 0, 1, 1], [0, 0, 1, 1]]


def test_a_likely_tag_counts_less_where_labels_are_partial():
    examples = [*COMPLETE, example(1, "super_hero", labelling="partial"), example(200, "super_hero")]
    partial, complete = targets(examples, LABELS, RULE)[-2:]
    assert partial[2] == pytest.approx(1 - 15 / 21)
    assert complete[2] == 1.0


def test_frequencies_are_those_of_the_training_images():
    (row,) = targets([example(1, "super_hero", labelling="partial")], LABELS, RULE, counted=COMPLETE)
    assert row[2] == pytest.approx(1 - 15 / 20)


def test_of_a_correction_only_named_tags_count():
    right, wrong = example(1, "action", labelling="named"), example(2, labelling="named", absent=("action",))
    assert targets([right, wrong], LABELS, RULE).tolist() == [[1, 0, 1, 0], [0, 0, 1, 0]]
    assert known([right, wrong], LABELS).tolist() == [[True, False], [True, False]]


def test_a_tag_named_as_absent_counts_in_full_where_labels_are_partial():
    looked_for = example(1, "super_hero", labelling="partial", absent=("action",))
    assert targets([looked_for], LABELS, RULE, counted=COMPLETE)[0, 2] == 1.0


def test_balance_makes_a_rare_tags_presence_weigh_more():
    examples = [*(example(number, "action") for number in range(30)), *(example(50 + number, "super_hero") for number in range(10))]
    rows = targets(examples, LABELS, RULE.model_copy(update={"balance": 1.0}))
    common, rare = rows[0, 2], rows[-1, 3]
    assert rare == pytest.approx(3 * common)
    assert rows[:, 2:][presence(examples, LABELS)].mean() == pytest.approx(1)


def test_smoothing_doubts_every_label_a_little():
    row = targets([example(1, "action")], LABELS, RULE.model_copy(update={"smoothing": 0.1}))[0]
    assert row[:2].tolist() == pytest.approx([0.95, 0.05])


def test_film_stills_weigh_more():
    assert image_weights([example(1, kind="film"), example(2)], RULE).tolist() == [3.0, 1.0]


def test_tags_that_are_not_learned_are_left_out():
    assert presence([example(1, "action", "war")], LABELS).tolist() == [[True, False]]


def loss(target, *probabilities, of=odds_loss):
    tensors = (keras.ops.convert_to_tensor(np.array([row], np.float32)) for row in (target, probabilities))
    return float(keras.ops.convert_to_numpy(of(*tensors))[0])


def test_the_loss_is_cross_entropy_of_the_odds_against_the_background():
    assert loss([1, 0, 1, 1], 0.6, 0.2, 0.2) == pytest.approx(-np.log(0.75) - np.log(0.5), rel=1e-5)


def test_true_tags_do_not_compete_with_each_other():
    assert loss([1, 1, 1, 1], 0.45, 0.45, 0.1) == pytest.approx(2 * loss([1, 0, 1, 0], 0.9, 0.0, 0.2), rel=1e-5)


def test_a_tag_of_weight_zero_is_ignored():
    assert loss([1, 0, 1, 0], 0.5, 0.1, 0.1) == pytest.approx(loss([1, 0, 1, 0], 0.5, 0.4, 0.1))
    assert loss([1, 0, 1, 0], 0.5, 0.1, 0.4, of=softmax_loss) == pytest.approx(loss([1, 0, 1, 0], 0.5, 0.0, 0.4, of=softmax_loss))


def test_sigmoids_lose_what_their_odds_lose():
    logits = np.array([1.5, -0.7], np.float32)
    chances = np.exp([*logits, 0.0]) / np.exp([*logits, 0.0]).sum()
    sigmoids = 1 / (1 + np.exp(-logits))
    expected = -np.log(sigmoids[0]) - np.log(1 - sigmoids[1])
    assert loss([1, 0, 1, 1], *chances, of=loss_of("sigmoid")) == pytest.approx(expected, rel=1e-5)


def test_softmax_is_cross_entropy_where_one_tag_is_shown():
    assert loss([1, 0, 1, 1], 0.5, 0.3, 0.2, of=softmax_loss) == pytest.approx(-np.log(0.5), rel=1e-5)


def test_softmax_lets_two_true_tags_share():
    assert loss([1, 1, 1, 1], 0.45, 0.45, 0.1, of=softmax_loss) == pytest.approx(-2 * np.log(0.45 / 0.55), rel=1e-5)


def test_softmax_teaches_the_background_where_nothing_is_shown():
    assert loss([0, 0, 1, 1], 0.5, 0.3, 0.2, of=softmax_loss) == pytest.approx(-np.log(0.2), rel=1e-5)
