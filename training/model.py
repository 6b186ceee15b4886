"""The network: Inception-v3 without its last layer, and the head that turns pooled features into tags.

Only Keras 3 and its `keras.ops`, so every backend (TensorFlow, JAX, PyTorch) builds and trains the same model.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.video.geometry import INPUT_SIZE
from training.weights import HEAD_WEIGHTS, Weights

FEATURES = 2048  # width of Inception-v3's last activations
_WITH_WEIGHTS = (("conv2d", keras.layers.Conv2D), ("batch_normalization", keras.layers.BatchNormalization))


def build_backbone(weights: Path | None = None, size: int = INPUT_SIZE) -> keras.Model:
    """Inception-v3 from (n, size, size, 3) scaled to [-1, 1] to `features` (n, 2048) and `map` (n, 8, 8, 2048 at 299).

    `weights` is an archive of arrays named LAYER/WEIGHT; without it the network starts at random.
    """
    network = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(size, size, 3))
    if weights is not None:
        with np.load(weights) as archive:
            _set_weights(network, archive)
    image = keras.Input((size, size, 3), name="image")
    activations = network(image, training=False)
    pooled = keras.layers.GlobalAveragePooling2D(name="features")(activations)
    return keras.Model(image, {"features": pooled, "map": activations}, name="backbone")


def _set_weights(network: keras.Model, archive: Mapping[str, NDArray[Any]]) -> None:
    """Layers are matched by their order: Keras numbers them on within one process, so names shift."""
    for prefix, kind in _WITH_WEIGHTS:
        layers = sorted((layer for layer in network.layers if isinstance(layer, kind)), key=lambda layer: _number(layer.name))
        for place, layer in enumerate(layers):
            name = f"{prefix}_{place}" if place else prefix
            for variable in layer.weights:
                variable.assign(archive[f"{name}/{variable.name}"].astype(np.float32))


def _number(name: str) -> int:
    match = re.search(r"_(\d+)$", name)
    return int(match.group(1)) if match else 0


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
