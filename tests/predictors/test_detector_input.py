import numpy as np
import pytest

from service.predictors.detections import Detections
from service.predictors.detector_input import GRAY, DetectorInput, in_picture, network_picture


def one(*box):
    return Detections(np.array([box], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64))


def test_a_stretched_picture_fills_the_networks_and_boxes_stay_fractions():
    wanted = DetectorInput(64, 32)
    picture = np.full((300, 100, 3), 200, np.uint8)
    assert (network_picture(picture, wanted) == 200).all()
    np.testing.assert_allclose(in_picture(one(0.1, 0.2, 0.3, 0.4), 100, 300, wanted).boxes, [[0.1, 0.2, 0.3, 0.4]], atol=1e-6)


@pytest.mark.parametrize(("width", "height", "filled"), [(100, 100, (32, 32)), (200, 50, (64, 16)), (3, 300, (1, 32)), (10, 20, (16, 32))])
def test_a_letterboxed_picture_keeps_its_aspect(width, height, filled):
    seen = network_picture(np.full((height, width, 3), 200, np.uint8), DetectorInput(64, 32, resize="letterbox"))
    assert seen.shape == (32, 64, 3)
    assert (seen[: filled[1], : filled[0]] == 200).all()
    assert (seen == 200).all(axis=2).sum() == filled[0] * filled[1]
    assert (seen[(seen != 200).any(axis=2)] == GRAY).all()


def test_the_way_back_from_a_letterboxed_picture():
    wanted = DetectorInput(64, 32, resize="letterbox")
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[50:, 25:75] = 255
    rows, columns = np.nonzero(network_picture(picture, wanted)[..., 0] == 255)
    box = (columns.min() / 64, rows.min() / 32, (columns.max() + 1 - columns.min()) / 64, (rows.max() + 1 - rows.min()) / 32)
    np.testing.assert_allclose(in_picture(one(*box), 100, 100, wanted).boxes, [[0.25, 0.5, 0.5, 0.5]], atol=1e-6)


def test_what_lies_beside_a_letterboxed_picture_is_cut_off():
    wanted = DetectorInput(64, 32, resize="letterbox")
    np.testing.assert_allclose(in_picture(one(0.25, 0, 0.5, 1), 100, 100, wanted).boxes, [[0.5, 0, 0.5, 1]], atol=1e-6)
    assert len(in_picture(one(0.6, 0, 0.4, 1), 100, 100, wanted)) == 0
