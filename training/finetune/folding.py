"""Batch norms that only use stored statistics are a fixed scale and offset: folded into the convolutions before them, they cost nothing.

A backbone is folded before it is fine-tuned and unfolded afterwards, so that its weights keep their usual names.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def fold(backbone: keras.Model, precision: str = "float32") -> keras.Model:
    """A copy whose convolutions carry the batch norms behind them; layers keep their names. `precision` is a Keras dtype policy."""
    norms = {conv.name: norm for conv, norm in _pairs(backbone)}
    folded = {norm.name for norm in norms.values()}

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name in folded:
            return keras.layers.Identity(name=layer.name)
        config = layer.get_config() | {"dtype": precision}
        return type(layer).from_config(config | {"use_bias": True} if layer.name in norms else config)

    def call(layer: keras.layers.Layer, *inputs: Any, **options: Any) -> Any:
        return inputs[0] if isinstance(layer, keras.layers.Identity) else layer(*inputs, **options)

    clone = keras.models.clone_model(backbone, clone_function=copy, call_function=call)
    for layer in backbone.layers:
        if layer.name in norms:
            clone.get_layer(layer.name).set_weights(_folded(layer, norms[layer.name]))
        elif layer.name not in folded and layer.weights:
            clone.get_layer(layer.name).set_weights(layer.get_weights())
    return clone


def unfold(folded: keras.Model, backbone: keras.Model) -> None:
    """Give `backbone` what its folded copy has learned; its batch norms become neutral but for their offset."""
    pairs = {conv.name: norm for conv, norm in _pairs(backbone)}
    done = {norm.name for norm in pairs.values()}
    for layer in backbone.layers:
        if layer.name in pairs:
            kernel, bias = folded.get_layer(layer.name).get_weights()
            layer.set_weights([kernel, np.zeros_like(bias)] if layer.use_bias else [kernel])
            _neutral(pairs[layer.name], bias)
        elif layer.name not in done and layer.weights:
            layer.set_weights(folded.get_layer(layer.name).get_weights())


def _pairs(backbone: keras.Model) -> Iterator[tuple[keras.layers.Layer, keras.layers.Layer]]:
    """Convolutions with the batch norms that they feed."""
    makers = {id(layer.output): layer for layer in backbone.layers}
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            conv = makers[id(layer.input)]
            if isinstance(conv, keras.layers.Conv2D) and conv.activation is keras.activations.linear:
                yield conv, layer


def _folded(conv: keras.layers.Layer, norm: keras.layers.Layer) -> list[NDArray[Any]]:
    kernel, *bias = conv.get_weights()
    values = {variable.name: keras.ops.convert_to_numpy(variable) for variable in norm.weights}
    scale = values.get("gamma", 1.0) / np.sqrt(values["moving_variance"] + norm.epsilon)
    offset = values.get("beta", 0.0) + ((bias[0] if bias else 0.0) - values["moving_mean"]) * scale
    return [kernel * scale, offset]


def _neutral(norm: keras.layers.Layer, offset: NDArray[Any]) -> None:
    values = {"gamma": 1.0, "beta": offset, "moving_mean": 0.0, "moving_variance": 1 - norm.epsilon}
    for variable in norm.weights:
        variable.assign(np.broadcast_to(np.asarray(values[variable.name], np.float32), variable.shape))
