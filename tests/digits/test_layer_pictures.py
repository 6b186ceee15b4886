import cv2
import numpy as np
import pytest

from service.digits.layer_pictures import GAP, layer_pictures


def decoded(png):
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def test_every_layer_has_its_maps_side_by_side():
    maps = np.zeros((4, 14, 14), np.float32)
    maps[3, :7] = 1
    (layer,) = layer_pictures({"first": maps})
    picture = decoded(layer.png)
    assert (layer.name, layer.channels, picture.shape) == ("first", 4, (2 * 56 + 3 * GAP, 2 * 56 + 3 * GAP, 3))
    last = picture[56 + 2 * GAP : -GAP, 56 + 2 * GAP : -GAP].astype(int)
    assert last[:28].sum(axis=2).min() > last[28:].sum(axis=2).max()


@pytest.mark.parametrize("shape", [(1, 28, 28), (160, 3, 3), (10, 1, 1), (100, 1, 1), (1, 1, 1)])
def test_layers_of_any_size_make_a_picture(shape):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    (layer,) = layer_pictures({"any": values})
    assert layer.channels == shape[0]
    assert 0 < max(decoded(layer.png).shape[:2]) < 700
