from typing import Any

import numpy as np
import pytest

from service.predictors.detection.boxes import Boxes, Columns
from service.predictors.detection.candidates import MOST, Candidates, above, logit, sigmoid
from service.predictors.detection.nanodet import NanoDet
from service.predictors.detection.nms import overlaps, suppress
from service.predictors.detection.yolox import Yolox
from service.predictors.detector_bundle import Convention

SIZE: dict[str, Any] = {"width": 64, "height": 32, "labels": 3}


def candidates(corners, scores, labels):
    return Candidates(np.array(corners, np.float32), np.array(scores, np.float32), np.array(labels, np.int64))


def test_overlaps_are_intersection_over_union():
    corners = np.array([[0, 0, 0.2, 0.2], [0.1, 0, 0.3, 0.2], [0.5, 0.5, 0.5, 0.9], [0, 0, 0.2, 0.2]], np.float32)
    found = overlaps(corners)
    assert found[0, 1] == pytest.approx(1 / 3)
    assert found[0, 3] == pytest.approx(1)
    assert found[2].tolist() == [0, 0, 0, 0]


def test_suppression_keeps_the_best_of_a_label_and_other_labels():
    near, far = [0, 0, 0.2, 0.2], [0.6, 0.6, 0.9, 0.9]
    found = suppress(candidates([near, [0, 0, 0.2, 0.21], near, far, near], [0.5, 0.9, 0.8, 0.1, 0.7], [0, 0, 1, 0, 1]), 0.6)
    assert sorted(zip(found.labels.tolist(), np.round(found.scores * 10).tolist(), strict=True)) == [(0, 1), (0, 9), (1, 8)]


def test_a_suppressed_box_suppresses_none():
    row = [[0, 0, 1, 1], [0.3, 0, 1.3, 1], [0.6, 0, 1.6, 1]]  # each overlaps the next by 0.54, the first the last by 0.25
    assert np.round(suppress(candidates(row, [0.9, 0.8, 0.7], [0, 0, 0]), 0.5).scores * 10).tolist() == [9, 7]


def test_suppressing_nothing_is_nothing():
    assert len(suppress(candidates(np.zeros((0, 4)), [], []), 0.5).scores) == 0


def test_suppression_is_the_plain_greedy_way():
    rng = np.random.default_rng(1)
    starts = rng.random((80, 2)) * 0.7
    found = candidates(np.concatenate([starts, starts + rng.random((80, 2)) * 0.3], axis=1), rng.random(80), rng.integers(0, 3, 80))
    matrix = overlaps(found.corners)
    kept: list[int] = []
    for place in np.argsort(-found.scores):
        if all(found.labels[other] != found.labels[place] or matrix[place, other] <= 0.3 for other in kept):
            kept.append(int(place))
    assert sorted(suppress(found, 0.3).scores.tolist()) == sorted(found.scores[kept].tolist())


def test_of_many_candidates_the_best_are_taken():
    scores = np.linspace(0, 1, 3 * MOST, dtype=np.float32).reshape(-1, 3)
    rows, labels = above(scores, 0.1)
    assert len(rows) == MOST
    assert scores[rows, labels].min() > 0.66


def test_sigmoid_and_its_inverse():
    assert sigmoid(np.array([-1000, 0, 1000], np.float32)).tolist() == [0, 0.5, 1]
    assert sigmoid(np.array([logit(0.05)], np.float32)) == pytest.approx(0.05)
    assert (logit(0), logit(1)) == (-np.inf, np.inf)


def nanodet_outputs(logits=False):
    """A dog seen by the cell in row 1, column 2 of stride 8 (of 8x4 cells), and nothing at stride 16 (of 4x2)."""
    scores = [np.full((1, count, 3), -9.0 if logits else 0.0, np.float32) for count in (32, 8)]
    distances = [np.zeros((1, count, 4 * 8), np.float32) for count in (32, 8)]
    scores[0][0, 1 * 8 + 2, 1] = 2.0 if logits else 0.9
    sides = distances[0].reshape(32, 4, 8)
    for side, distance in enumerate((2, 1, 3, 1)):  # in strides: left, top, right, bottom
        sides[10, side, distance] = 50
    return scores, distances


DOG = [(20 - 16) / 64, (12 - 8) / 32, (20 + 24) / 64, (12 + 8) / 32]  # around the cell's centre, 20 and 12 pixels


@pytest.mark.parametrize("form", ["apart", "together", "one", "channels first"])
def test_nanodet_forms_say_the_same(form):
    scores, distances = nanodet_outputs(logits=form == "channels first")
    both = [np.concatenate(pair, axis=2) for pair in zip(scores, distances, strict=True)]
    if form == "apart":
        reader, outputs = NanoDet(**SIZE, strides=(8, 16), scores=("a", "b"), distances=("c", "d")), [*scores, *distances]
    elif form == "together":
        reader, outputs = NanoDet(**SIZE, strides=(8, 16), scores=("a", "b")), both
    elif form == "one":
        reader, outputs = NanoDet(**SIZE, strides=(8, 16), scores=("a",)), [np.concatenate(both, axis=1)]
    else:
        reader = NanoDet(**SIZE, strides=(8, 16), scores=("a", "b"), logits=True, channels_first=True)
        outputs = [values[0].T.reshape(1, -1, *cells) for values, cells in zip(both, ((4, 8), (2, 4)), strict=True)]
    found = reader.candidates(outputs, 0.1)
    np.testing.assert_allclose(found.corners, [DOG], atol=1e-5)
    assert found.labels.tolist() == [1]
    assert found.scores[0] == pytest.approx(1 / (1 + np.exp(-2)) if form == "channels first" else 0.9)


def test_nanodet_plus_counts_from_the_cells_corner():
    scores, distances = nanodet_outputs()
    found = NanoDet(**SIZE, strides=(8, 16), scores=("a", "b"), distances=("c", "d"), centre=0.0).candidates([*scores, *distances], 0.1)
    np.testing.assert_allclose(found.corners, [np.array(DOG) - np.array([4 / 64, 4 / 32] * 2)], atol=1e-5)


def test_a_distribution_between_two_bins_is_a_distance_between_them():
    scores, distances = nanodet_outputs()
    distances[0].reshape(32, 4, 8)[10, 0, 3] = 50  # left: half 2, half 3 strides
    found = NanoDet(**SIZE, strides=(8, 16), scores=("a", "b"), distances=("c", "d")).candidates([*scores, *distances], 0.1)
    assert found.corners[0, 0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("decoded", [False, True])
def test_yolox_scores_are_those_of_the_object_times_the_class(decoded):
    rows = np.zeros((1, 40, 8), np.float32)
    rows[0, 35, :5] = (1.5, 0.5, np.log(2), np.log(1), 0.8)  # stride 16, row 0, column 3
    if decoded:
        rows[0, 35, :4] = (72, 8, 32, 16)
    rows[0, 35, 5:] = (0.1, 0.5, 0.9)
    rows[0, 4, 5:] = 1  # classes without an object
    found = Yolox(**SIZE, strides=(8, 16), output="a", decoded=decoded).candidates([rows], 0.3)
    assert sorted(found.labels.tolist()) == [1, 2]
    np.testing.assert_allclose(sorted(found.scores), [0.4, 0.72], rtol=1e-6)
    np.testing.assert_allclose(found.corners, [[56 / 64, 0, 88 / 64, 16 / 32]] * 2, rtol=1e-5)


FORMS = {
    ("xyxy", False): (16, 8, 48, 24),
    ("cxcywh", False): (32, 16, 32, 16),
    ("xywh", False): (16, 8, 32, 16),
    ("xyxy", True): (0.25, 0.25, 0.75, 0.75),
    ("cxcywh", True): (0.5, 0.5, 0.5, 0.5),
}


@pytest.mark.parametrize(("form", "relative"), FORMS)
def test_boxes_of_any_form_with_class_numbers(form, relative):
    reader = Boxes(**SIZE, outputs=("boxes", "scores", "labels"), form=form, relative=relative)
    boxes = np.array([[FORMS[form, relative]] * 3], np.float32)
    found = reader.candidates([boxes, np.array([[0.7, 0.2, 0.8]], np.float32), np.array([[2, 1, 77]])], 0.5)
    np.testing.assert_allclose(found.corners, [[0.25, 0.25, 0.75, 0.75]])
    assert found.labels.tolist() == [2]  # 77 is no label


@pytest.mark.parametrize(
    ("activation", "scores"), [("none", (0.1, 0.8, 0.3)), ("sigmoid", (-9, 1.386294, -9)), ("softmax", (0, 9, 0, 7.613706))]
)
def test_boxes_with_scores_of_each_class(activation, scores):
    reader = Boxes(**SIZE, outputs=("boxes", "scores"), form="xyxy", relative=True, activation=activation)
    found = reader.candidates([np.full((1, 1, 4), 0.5, np.float32), np.array([[scores]], np.float32)], 0.5)
    assert found.labels.tolist() == [1]
    assert found.scores[0] == pytest.approx(0.8, abs=1e-3)


def test_class_numbers_with_gaps_are_those_of_the_labels():
    reader = Boxes(**SIZE, outputs=("boxes", "scores"), classes=(1, 3, 17), relative=True)
    scores = np.zeros((1, 1, 91), np.float32)
    scores[0, 0, [2, 17]] = 0.9
    found = reader.candidates([np.full((1, 1, 4), 0.5, np.float32), scores], 0.5)
    assert found.labels.tolist() == [2]


def test_rows_with_named_columns():
    reader = Boxes(**SIZE, outputs=("rows",), columns=Columns(boxes=3, score=2, label=1), relative=True)
    found = reader.candidates([np.array([[[[0, 1, 0.9, 0.1, 0.2, 0.3, 0.4]]]], np.float32)], 0.5)
    assert found.labels.tolist() == [1]
    np.testing.assert_allclose(found.corners, [[0.1, 0.2, 0.3, 0.4]])


def test_a_network_of_other_labels_is_told():
    wrong = np.zeros((1, 4, 7), np.float32)
    pairs: list[tuple[Convention, list[np.ndarray]]] = [
        (NanoDet(**SIZE, strides=(32,), scores=("a",), distances=("b",)), [wrong, wrong]),
        (Yolox(**SIZE, strides=(32,), output="a"), [wrong]),
        (Boxes(**SIZE, outputs=("a", "b")), [wrong[..., :4], wrong]),
    ]
    for reader, outputs in pairs:
        with pytest.raises(ValueError, match="do not belong together"):
            reader.candidates(outputs, 0.5)
