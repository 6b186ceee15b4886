import cv2
import keras
import numpy as np
import pytest

from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.runtime import Network
from training.errors import WeightsError
from training.model import build_backbone, read_weights, set_weights
from training.start import recovered_weights, start_weights

SIDE = 299


@pytest.fixture(scope="module")
def pictures():
    """Soft shapes of colours: nearer to photographs than noise is."""
    rng = np.random.default_rng(0)
    return np.stack([cv2.resize(rng.integers(0, 256, (6, 6, 3), np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for _ in range(2)])


def test_recovered_weights_see_what_the_shipped_network_sees(pictures):
    backbone = build_backbone(start_weights("shipped"))
    ours = keras.ops.convert_to_numpy(backbone(pictures.astype(np.float32) / 127.5 - 1)["features"])
    theirs = Network(SHIPPED_TAGGER / "backbone.xml", "features")(pictures)
    cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.min() > 0.97
    with pytest.raises(WeightsError, match="conv2d/kernel are missing"):
        set_weights(backbone, {})


def test_a_network_that_is_no_backbone_is_told():
    with pytest.raises(WeightsError, match=r"head\.xml"):
        recovered_weights(SHIPPED_TAGGER / "head.xml")


def test_start_weights_that_there_are_not(tmp_path):
    with pytest.raises(WeightsError, match="'shipped', 'imagenet'"):
        start_weights(str(tmp_path / "nothing.npz"))


def test_a_file_that_holds_no_weights_is_told(tmp_path):
    (tmp_path / "weights.npz").write_bytes(b"no archive")
    with pytest.raises(WeightsError, match="LAYER/WEIGHT"):
        read_weights(tmp_path / "weights.npz")
