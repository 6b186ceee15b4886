import keras
import numpy as np
import openvino as ov
import pytest

from training.convert import convert_backbone
from training.convert import main as convert
from training.errors import WeightsError
from training.networks import backbone_network, head_network, quantize, sensitive_network, write_network
from training.weights import apply_head

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (8, 16, 16, 3), np.uint8)
HEAD = {
    "dense_1/kernel": RNG.normal(size=(4, 5)).astype(np.float32),
    "dense_1/bias": RNG.normal(size=5).astype(np.float32),
    "dense_2/kernel": RNG.normal(size=(5, 3)).astype(np.float32),
    "dense_2/bias": RNG.normal(size=3).astype(np.float32),
}


@pytest.fixture(scope="module")
def backbone():
    """One convolution of four features in place of Inception-v3."""
    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3), name="image")
    activations = keras.layers.Conv2D(4, 3, strides=2, activation="relu")(image)
    return keras.Model(image, {"features": keras.layers.GlobalAveragePooling2D()(activations), "map": activations})


@pytest.fixture(scope="module")
def network(backbone):
    return backbone_network(backbone)


def run(path, inputs):
    return ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(inputs)


def test_a_written_backbone_takes_bytes_and_answers_like_keras(backbone, network, tmp_path):
    write_network(network, tmp_path / "backbone.xml")
    answer = run(tmp_path / "backbone.xml", PICTURES)
    expected = backbone(PICTURES.astype(np.float32) / 127.5 - 1)
    for name in ("features", "map"):
        assert answer[name] == pytest.approx(keras.ops.convert_to_numpy(expected[name]), abs=1e-4)


def test_a_backbone_trained_on_other_pictures_makes_its_own_of_those_it_is_fed(backbone, tmp_path):
    write_network(backbone_network(backbone, 32), tmp_path / "backbone.xml")
    doubled = PICTURES.repeat(2, axis=1).repeat(2, axis=2)
    expected = keras.ops.convert_to_numpy(backbone(PICTURES.astype(np.float32) / 127.5 - 1)["features"])
    assert run(tmp_path / "backbone.xml", doubled)["features"] == pytest.approx(expected, abs=1e-3)


def test_weights_that_cannot_be_converted_are_told_by_the_process_that_tries(tmp_path):
    with pytest.raises(WeightsError, match=r"cannot be converted to OpenVINO's format: there is no file .*weights\.npz"):
        convert_backbone(tmp_path / "weights.npz", tmp_path / "backbone.xml", 299)


def test_weights_of_another_network_are_not_converted(tmp_path):
    (tmp_path / "weights.npz").write_bytes(b"none")
    with pytest.raises(SystemExit, match="cannot be read as weights"):
        convert([str(tmp_path / "weights.npz"), str(tmp_path / "backbone.xml"), "--size", "75"])


def test_a_written_network_names_no_folder_of_this_machine(network, tmp_path):
    write_network(network, tmp_path / "backbone.xml")
    assert "conversion_parameters" not in (tmp_path / "backbone.xml").read_text()


def test_a_quantized_backbone_answers_nearly_alike(backbone, network, tmp_path):
    write_network(quantize(network, list(PICTURES)), tmp_path / "backbone.xml")
    expected = keras.ops.convert_to_numpy(backbone(PICTURES.astype(np.float32) / 127.5 - 1)["features"])
    assert run(tmp_path / "backbone.xml", PICTURES)["features"] == pytest.approx(expected, abs=0.05)


def test_a_written_head_answers_like_its_weights(tmp_path):
    write_network(head_network(HEAD), tmp_path / "head.xml")
    features = RNG.normal(size=(7, 4)).astype(np.float32)
    assert run(tmp_path / "head.xml", features)["scores"] == pytest.approx(apply_head(HEAD, features), abs=1e-5)


def test_the_published_network_is_fed_the_same_pictures(tmp_path):
    pixels = ov.opset13.parameter([-1, 8, 8, 3], np.float32)
    ov.save_model(ov.Model([ov.opset13.reduce_mean(pixels, np.array([1, 2]))], [pixels]), tmp_path / "published.xml")
    write_network(sensitive_network(tmp_path / "published.xml", size=16), tmp_path / "sensitive.xml")
    assert run(tmp_path / "sensitive.xml", np.full((2, 16, 16, 3), 100, np.uint8))["scores"] == pytest.approx(np.full((2, 3), 100.0))


def test_a_network_that_the_disk_does_not_take_is_an_error_of_the_disk(tmp_path):
    (tmp_path / "head.bin").mkdir()
    with pytest.raises(OSError, match=r"could not write the network .*head\.xml"):
        write_network(head_network(HEAD), tmp_path / "head.xml")
