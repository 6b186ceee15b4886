"""The weights that fine-tuning starts from: those of the shipped INT8 network, ImageNet's, or a file's."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
import openvino as ov
import openvino.opset13 as ops
from numpy.typing import NDArray

from service.predictors.bundle import SHIPPED_TAGGER
from training.errors import WeightsError
from training.model import get_weights, named_layers, read_weights

SHIPPED, IMAGENET = "shipped", "imagenet"

_Node = TypeVar("_Node")


def start_weights(start: str) -> dict[str, NDArray[Any]]:
    """Weights by LAYER/WEIGHT for training.model.build_backbone.

    `start` is "shipped", "imagenet", an .npz file, or the folder of a bundle. Raises WeightsError.
    """
    if start == IMAGENET:
        return _imagenet()
    path = SHIPPED_TAGGER if start == SHIPPED else Path(start)
    if path.is_dir() and (path / "backbone.xml").exists():
        return recovered_weights(path / "backbone.xml")
    if path.is_file():
        return read_weights(path)
    raise WeightsError(f"There are no start weights {start!r}: give {SHIPPED!r}, {IMAGENET!r}, an .npz file, or the folder of a bundle.")


def _imagenet() -> dict[str, NDArray[Any]]:
    try:
        return dict(get_weights(keras.applications.InceptionV3(include_top=False, weights="imagenet")))
    except Exception as error:  # Keras raises a bare Exception when the download fails
        raise WeightsError(
            f"Keras could not download its ImageNet weights ({error}). Without a connection start from {SHIPPED!r}, or from an .npz file."
        ) from error


def recovered_weights(network: Path) -> dict[str, NDArray[Any]]:
    """Float weights of an Inception-v3 in OpenVINO's format, 8-bit or float, whose batch norms were folded into its convolutions.

    The batch norms come out neutral but for their offset, so the Keras network computes what the file's network does.
    """
    convolutions, biases = _folded(network)
    model = keras.applications.InceptionV3(include_top=False, weights=None)
    names = {id(layer): name for name, layer in named_layers(model).items()}
    wanted = [layer for layer in _in_order(model.output, _keras_inputs(model)) if id(layer) in names]
    targets = [layer for layer in wanted if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in wanted if isinstance(layer, keras.layers.BatchNormalization)]
    if [tuple(layer.kernel.shape) for layer in targets] != [kernel.shape for kernel in convolutions]:
        raise WeightsError(f"{network} is no Inception-v3: its convolutions have other shapes.")
    weights: dict[str, NDArray[Any]] = {}
    for layer, norm, kernel, bias in zip(targets, norms, convolutions, biases, strict=True):
        weights[f"{names[id(layer)]}/kernel"] = kernel
        neutral = {"beta": bias, "moving_mean": np.zeros_like(bias), "moving_variance": np.full_like(bias, 1 - norm.epsilon)}
        weights |= {f"{names[id(norm)]}/{name}": values for name, values in neutral.items()}
    return weights


def _folded(path: Path) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Kernels (height, width, in, out) and biases of all convolutions, in the order of `_in_order`."""
    try:
        network = ov.Core().read_model(path)
        found = [node for node in _in_order(network.output("map").get_node(), _openvino_inputs) if node.get_type_name() == "Convolution"]
        sources = [node.input_value(1) for node in found] + [_added(node) for node in found]
        values = _evaluate(sources)
    except RuntimeError as error:
        raise WeightsError(f"{path} cannot be read as the backbone of a bundle: {error}") from error
    kernels = [np.ascontiguousarray(kernel.transpose(2, 3, 1, 0)) for kernel in values[: len(found)]]
    return kernels, [bias.reshape(-1) for bias in values[len(found) :]]


def _added(convolution: Any) -> Any:
    """What is added to a convolution's output: its bias."""
    for user in convolution.output(0).get_target_inputs():
        if user.get_node().get_type_name() == "Add":
            return user.get_node().input_value(1 - user.get_index())
    raise RuntimeError(f"{convolution.get_friendly_name()} has no bias")


def _evaluate(sources: list[Any]) -> list[NDArray[np.float32]]:
    """Values of constant expressions, such as scaled 8-bit weights."""
    constants = ov.Model([ops.result(source) for source in sources], [], "weights")
    answers = ov.Core().compile_model(constants, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})({})
    return [np.array(values, np.float32) for values in answers.to_tuple()]


def _openvino_inputs(node: Any) -> list[Any]:
    return [source.get_source_output().get_node() for source in node.inputs()]


def _keras_inputs(model: keras.Model) -> Callable[[Any], list[Any]]:
    """From a layer, or the model's output, to the layers that feed it."""
    makers = {id(layer.output): layer for layer in model.layers}

    def inputs(what: Any) -> list[Any]:
        if not isinstance(what, keras.layers.Layer):
            return [makers[id(what)]]
        if isinstance(what, keras.layers.InputLayer):
            return []
        return [makers[id(tensor)] for tensor in (what.input if isinstance(what.input, list) else [what.input])]

    return inputs


def _in_order(last: _Node, inputs: Callable[[_Node], list[_Node]]) -> Iterator[_Node]:
    """Every node once, behind all that feed it; two graphs of one network give the same order, whatever their names."""
    seen: set[Any] = set()
    waiting: list[tuple[_Node, bool]] = [(last, False)]
    while waiting:
        node, fed = waiting.pop()
        key = node.get_friendly_name() if hasattr(node, "get_friendly_name") else id(node)
        if fed:
            yield node
        elif key not in seen:
            seen.add(key)
            waiting.append((node, True))
            waiting.extend((source, False) for source in reversed(inputs(node)))
