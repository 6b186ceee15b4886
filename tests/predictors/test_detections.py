import numpy as np
import pytest

from service.predictors.detections import Detections, detections


def some():
    corners = np.array([[0.1, 0.1, 0.3, 0.5], [-0.5, 0.5, 0.5, 1.5], [0.6, 0.6, 0.6, 0.9], [0.2, 0.2, np.nan, 0.9]], np.float32)
    return detections(corners, np.array([0.4, 0.9, 0.8, 0.7], np.float32), np.array([2, 0, 1, 1]))


def test_they_stand_best_first_inside_the_picture_and_have_an_area():
    found = some()
    np.testing.assert_allclose(found.boxes, [[0, 0.5, 0.5, 0.5], [0.1, 0.1, 0.2, 0.4]], atol=1e-6)
    assert found.labels.tolist() == [0, 2]


def test_choosing_among_them():
    found = some()
    assert len(found.at_least(0.4)) == 2
    assert found.at_least(0.5).labels.tolist() == [0]
    assert found.of({2, 5}).labels.tolist() == [2]
    assert found.first(1).labels.tolist() == [0]
    assert len(found.of([])) == 0


def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="do not belong together"):
        Detections(np.zeros((2, 4), np.float32), np.zeros(2, np.float32), np.zeros(3, np.int64))
