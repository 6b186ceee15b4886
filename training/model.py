"""The network: Inception-v3 without its last layer, and the head that turns pooled features into tags.

Only Keras 3 and its `keras.ops`, so every backend (TensorFlow, JAX, PyTorch) builds and trains the same model.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.video.geometry import INPUT_SIZE
from training.errors import WeightsError
from training.weights import HEAD_WEIGHTS, Weights

FEATURES = 2048  # width of Inception-v3's last activations
_NUMBERED = re.compile(r"^(.*?)_(\d+)$")


def build_backbone(weights: Mapping[str, NDArray[Any]] | Path | None = None, size: int = INPUT_SIZE) -> keras.Model:
    """Inception-v3 from (n, size, size, 3) scaled to [-1, 1] to `features` (n, 2048) and `map` (n, 8, 8, 2048 at 299).

    `weights` are arrays named LAYER/WEIGHT (or the .npz file of them); without them the network starts at random.
    Its batch norms always use their stored statistics: a batch of few stills says too little of all pictures.
    """
    image = keras.Input((size, size, 3), name="image")
    network = keras.applications.InceptionV3(include_top=False, weights=None, input_tensor=image)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D(name="features")(network.output)
    backbone = keras.Model(image, {"features": pooled, "map": network.output}, name="backbone")
    if weights is not None:
        set_weights(backbone, weights)
    return backbone


def named_layers(network: keras.Model) -> dict[str, keras.layers.Layer]:
    """Layers that have weights, of nested networks too, by names counted from the start: Keras numbers on within one process."""
    kinds = defaultdict(list)
    for layer in network._flatten_layers(include_self=False):
        if layer._trainable_variables or layer._non_trainable_variables:
            match = _NUMBERED.match(layer.name)
            prefix, number = (match.group(1), int(match.group(2))) if match else (layer.name, 0)
            kinds[prefix].append((number, layer))
    return {
        f"{prefix}_{place}" if place else prefix: layer
        for prefix, layers in kinds.items()
        for place, (_, layer) in enumerate(sorted(layers, key=lambda pair: pair[0]))
    }


def get_weights(network: keras.Model) -> Weights:
    """All of a network's weights as LAYER/WEIGHT."""
    return {
        f"{name}/{variable.name}": keras.ops.convert_to_numpy(variable).astype(np.float32)
        for name, layer in named_layers(network).items()
        for variable in layer.weights
    }


def set_weights(network: keras.Model, weights: Mapping[str, NDArray[Any]] | Path) -> None:
    """Set every weight. Raises WeightsError where one is missing or has another shape."""
    if isinstance(weights, Path):
        weights = read_weights(weights)
    for name, layer in named_layers(network).items():
        for variable in layer.weights:
            key = f"{name}/{variable.name}"
            values = weights.get(key)
            if values is None or tuple(values.shape) != tuple(variable.shape):
                found = "are missing" if values is None else f"have the shape {tuple(values.shape)}"
                raise WeightsError(f"The weights do not fit the network: {key} {found}, wanted is {tuple(variable.shape)}.")
            variable.assign(values.astype(np.float32))


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays of an .npz file by name. Raises WeightsError."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path} cannot be read as weights: {error}. Wanted is an .npz file of arrays named LAYER/WEIGHT.") from error


class ZeroLast(keras.constraints.Constraint):  # type: ignore[misc]  # Keras carries no types
    """Keeps the weights of the last class, the background, at zero: the fixed point that tags are measured against."""

    def __call__(self, weights: keras.KerasTensor) -> keras.KerasTensor:
        kept = np.ones(weights.shape[-1], np.float32)
        kept[-1] = 0
        return weights * keras.ops.convert_to_tensor(kept)


def build_head(classes: int, hidden: int, dropout: float, features: int = FEATURES) -> keras.Model:
    """Dropout, Dense with ReLU, Dropout, softmax over `classes`; the last class is the background, which is no tag."""
    return keras.Sequential(
        [
            keras.Input((features,), name="features"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(hidden, activation="relu", name="dense_1"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes, activation="softmax", kernel_constraint=ZeroLast(), bias_constraint=ZeroLast(), name="scores"),
        ],
        name="head",
    )


def head_weights(head: keras.Model, mean: NDArray[np.float32], basis: NDArray[np.float32]) -> Weights:
    """The head's weights, with the projection (features - mean) @ basis folded into the first layer."""
    first, second = (layer for layer in head.layers if isinstance(layer, keras.layers.Dense))
    kernel, bias = (keras.ops.convert_to_numpy(variable).astype(np.float32) for variable in first.weights)
    folded = basis @ kernel
    values = (folded, bias - mean @ folded, *(keras.ops.convert_to_numpy(variable).astype(np.float32) for variable in second.weights))
    return dict(zip(HEAD_WEIGHTS, values, strict=True))
