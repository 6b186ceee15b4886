"""The networks for digits, small enough for thousands of pictures a second on a CPU.

The classifiers differ in the size of their kernels, as those of An et al. 2020 (arXiv:2008.10400) do: so they err differently,
and their mean errs less. Each ends in Dropout and Softmax, without the Softmax here: its logits give the energy, too.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras
from keras import layers

from service.predictors.predictions import DIGIT_CLASSES
from training.digits.warps import SIDE
from training.errors import ConfigError

Tensor: TypeAlias = Any
CLASSES = DIGIT_CLASSES
BOTTLENECK = 32  # numbers that the autoencoder describes a digit by
_DROPOUT = 0.4
_WIDTH = 256  # of the autoencoder's hidden layers


def classifier(member: str, name: str | None = None) -> keras.Model:
    """Pictures (n, 28, 28, 1) from 0 to 255 -> logits (n, 10). Layers of interest are named; `member` is a key of MEMBERS."""
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    x = MEMBERS[member](layers.Rescaling(1 / 255, name="ink")(pictures))
    x = layers.Dropout(_DROPOUT, name="dropout")(layers.Flatten(name="flatten")(x))
    return keras.Model(pictures, layers.Dense(CLASSES, name="logits")(x), name=name or member)


def _five(x: Tensor) -> Tensor:
    x = _pool(_convolve(x, 24, 5, "first"), "first")
    x = _convolve(x, 48, 3, "second", "same")
    x = _pool(_convolve(x, 64, 3, "third"), "third")
    return _convolve(x, 128, 3, "fourth")


def _three(x: Tensor) -> Tensor:
    x = _convolve(x, 16, 3, "first")
    x = _pool(_convolve(x, 24, 3, "second"), "second")
    x = _convolve(x, 48, 3, "third")
    x = _pool(_convolve(x, 64, 3, "fourth"), "fourth")
    return _convolve(x, 160, 3, "fifth")


def _seven(x: Tensor) -> Tensor:
    x = _pool(_convolve(x, 32, 7, "first"), "first")
    x = _convolve(x, 48, 5, "second")
    x = _convolve(x, 96, 3, "third")
    return _convolve(x, 128, 3, "fourth")


MEMBERS: dict[str, Callable[[Tensor], Tensor]] = {"five": _five, "three": _three, "seven": _seven}


def check_members(names: Sequence[str]) -> tuple[str, ...]:
    """The names of an ensemble's members. Raises ConfigError."""
    if not names or len(set(names)) < len(names) or not set(names) <= set(MEMBERS):
        raise ConfigError(f"The members {', '.join(names)!r} cannot be an ensemble; allowed are {', '.join(MEMBERS)}, each once.")
    return tuple(names)


def _convolve(x: Tensor, channels: int, kernel: int, name: str, padding: str = "valid") -> Tensor:
    x = layers.Conv2D(channels, kernel, padding=padding, use_bias=False, name=f"{name}_convolution")(x)
    return layers.ReLU(name=name)(layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x))


def _pool(x: Tensor, name: str) -> Tensor:
    return layers.MaxPooling2D(name=f"{name}_pooled")(x)


def autoencoder() -> keras.Model:
    """Pictures (n, 28, 28, 1) from 0 to 255 -> the same from 0 to 1, through a few numbers: it knows no ink but that of digits."""
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(pictures))
    code = layers.Dense(BOTTLENECK, name="code")(layers.Dense(_WIDTH, activation="relu")(x))
    x = layers.Dense(SIDE * SIDE, activation="sigmoid")(layers.Dense(_WIDTH, activation="relu")(code))
    return keras.Model(pictures, layers.Reshape((SIDE, SIDE, 1), name="rebuilt")(x), name="autoencoder")
