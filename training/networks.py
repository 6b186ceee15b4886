"""Write networks in OpenVINO's format: fed uint8 RGB, preprocessing inside, no path of this machine in the file."""

import errno
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from service.video.geometry import INPUT_SIZE, Picture
from training.weights import Weights

if TYPE_CHECKING:
    import keras

HALF_RANGE = 127.5  # of a byte: [0, 255] becomes [-1, 1]
_CONVERTER_NOTES = re.compile(r"\s*<conversion_parameters>.*?</conversion_parameters>", re.DOTALL)


def backbone_network(backbone: "keras.Model", fed: int | None = None) -> ov.Model:
    """Convert a backbone that takes pictures in [-1, 1]; it is fed pictures of `fed` pixels a side, those of its own size by default.

    The way leads through TensorFlow's format: that backend only.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"Converting a backbone needs Keras on TensorFlow, not {keras.backend.backend()}: set KERAS_BACKEND=tensorflow.")
    with tempfile.TemporaryDirectory() as folder:
        backbone.export(folder, format="tf_saved_model", verbose=False)
        network = ov.convert_model(folder)
    steps = _fed_bytes(network)
    changes = steps.input().preprocess().convert_element_type(ov.Type.f32)
    if fed is not None and fed != backbone.input_shape[1]:
        steps.input().tensor().set_shape([-1, fed, fed, 3])
        changes = changes.resize(ov.preprocess.ResizeAlgorithm.RESIZE_LINEAR)
    changes.mean(HALF_RANGE).scale(HALF_RANGE)
    return steps.build()


def quantize(network: ov.Model, pictures: Sequence[Picture]) -> ov.Model:
    """Weights and activations in 8 bits, with ranges measured on `pictures` (each as the network takes it)."""
    import nncf

    data = nncf.Dataset([picture[np.newaxis] for picture in pictures])
    return nncf.quantize(network, data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(pictures))


def head_network(weights: Weights) -> ov.Model:
    """From `features` (n, width) to `scores` (n, classes)."""
    features = ops.parameter([-1, weights["dense_1/kernel"].shape[0]], np.float32, name="features")
    hidden = ops.relu(_dense(features, weights["dense_1/kernel"], weights["dense_1/bias"]))
    scores = ops.softmax(_dense(hidden, weights["dense_2/kernel"], weights["dense_2/bias"]), axis=1)
    features.output(0).set_names({"features"})
    scores.output(0).set_names({"scores"})
    return ov.Model([ops.result(scores)], [features], "head")


def _dense(inputs: Any, kernel: Any, bias: Any) -> Any:
    product = ops.matmul(inputs, ops.constant(kernel.astype(np.float32)), False, False)
    return ops.add(product, ops.constant(bias.astype(np.float32)))


def sensitive_network(published: Path, size: int = INPUT_SIZE) -> ov.Model:
    """The published network, fed the same pictures as the backbone; it takes 0 to 255 and scales by itself."""
    network = ov.Core().read_model(published)
    steps = _fed_bytes(network)
    steps.input().tensor().set_shape([-1, size, size, 3])
    steps.input().preprocess().convert_element_type(ov.Type.f32).resize(ov.preprocess.ResizeAlgorithm.RESIZE_LINEAR)
    built = steps.build()
    built.outputs[0].set_names({"scores"})
    return built


def _fed_bytes(network: ov.Model) -> Any:
    steps = ov.preprocess.PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NHWC"))
    return steps


def write_network(network: ov.Model, path: Path) -> None:
    """Save as `path` (.xml) and the .bin beside it, without the converter's notes: they name folders of this machine. Raises OSError."""
    try:
        ov.save_model(network, path, compress_to_fp16=False)
    except RuntimeError as error:  # a full disk, most of all
        raise OSError(errno.EIO, "OpenVINO could not write the network (is the disk full?)", str(path)) from error
    path.write_text(_CONVERTER_NOTES.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
