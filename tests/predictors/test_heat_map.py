import cv2
import numpy as np
import pytest

from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.heat_map import heat_map, signed_map
from service.predictors.runtime import Network

STEP = 1e-3  # of a change whose effect on the log-odds is measured


@pytest.fixture(scope="module")
def head():
    with np.load(SHIPPED_TAGGER / "head.npz") as weights:
        return {name: weights[name] for name in weights.files}


@pytest.fixture(scope="module")
def maps():
    """What the shipped backbone makes of a bright ring on a dark ground."""
    picture = np.full((299, 299, 3), 30, np.uint8)
    cv2.circle(picture, (90, 90), 50, (250, 200, 40), 18)
    return Network(SHIPPED_TAGGER / "backbone.xml", "map")(picture[None])[0]


def log_odds(head, features, column):
    exact = {name: values.astype(np.float64) for name, values in head.items()}
    hidden = np.maximum(features @ exact["dense_1/kernel"] + exact["dense_1/bias"], 0)
    logits = hidden @ exact["dense_2/kernel"] + exact["dense_2/bias"]
    return logits[column] - logits[-1]


@pytest.mark.parametrize("column", [0, 10, 37])
def test_the_closed_form_is_the_measured_derivative(head, maps, column):
    exact = maps.astype(np.float64)
    features = exact.mean(axis=(0, 1))
    measured = np.zeros(maps.shape[:2])
    for place in np.ndindex(*measured.shape):
        change = STEP * exact[place] / measured.size  # how the features change when this place grows by a thousandth
        measured[place] = (log_odds(head, features + change, column) - log_odds(head, features - change, column)) / (2 * STEP)
    assert signed_map(head, maps, column) == pytest.approx(measured, rel=0.02, abs=0.02 * np.abs(measured).max())


def test_all_places_together_give_what_the_channels_add(head, maps):
    features = maps.astype(np.float64).mean(axis=(0, 1))
    slope = (log_odds(head, features * (1 + 1e-4), 3) - log_odds(head, features * (1 - 1e-4), 3)) / 2e-4
    assert signed_map(head, maps, 3).sum() == pytest.approx(slope, rel=0.02)


def test_what_speaks_against_the_tag_is_left_out(head, maps):
    signed = signed_map(head, maps, 5)
    assert np.array_equal(heat_map(head, maps, 5), np.where(signed > 0, signed, 0))


def test_any_size_of_map_will_do(head, maps):
    assert heat_map(head, maps[:5, :3], 0).shape == (5, 3)
