"""What the head is trained to make small; `training.targets` says what the rows of targets mean."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

Loss: TypeAlias = Callable[[Any, Any], Any]  # (target, probabilities) -> one value an image

TINY = 1e-30  # keeps logarithms finite


def odds_loss(target: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """Per image: each tag's cross-entropy of its odds against the background, weighted; tags of weight 0 are ignored.

    `probabilities` come from a softmax, background last. Odds of two of its classes do not depend on the others, so
    true tags do not compete although one softmax holds them all. The background's logit being fixed at zero, a tag's
    share of these odds is the sigmoid of its logit: this is the loss of as many sigmoids, too.
    """
    tags = probabilities.shape[-1] - 1
    wanted, weights = target[:, :tags], target[:, tags:]
    logs = keras.ops.log(probabilities + TINY)
    odds = logs[:, :-1] - logs[:, -1:]
    surprise = wanted * keras.ops.softplus(-odds) + (1 - wanted) * keras.ops.softplus(odds)
    return keras.ops.sum(weights * surprise, axis=-1)


def softmax_loss(target: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """Per image: each true tag's cross-entropy against the tags that are not there and the background.

    True tags do not compete with each other; an absent tag competes by its weight. In an image without a tag the
    background is what is true.
    """
    tags = probabilities.shape[-1] - 1
    wanted, weights = target[:, :tags], target[:, tags:]
    shown = keras.ops.cast(wanted > 0.5, probabilities.dtype)
    chances, background = probabilities[:, :-1], probabilities[:, -1:]
    against = background + keras.ops.sum((1 - shown) * keras.ops.minimum(weights, 1.0) * chances, axis=-1, keepdims=True)
    surprise = keras.ops.log(chances + against + TINY) - keras.ops.log(chances + TINY)
    nothing = keras.ops.log(against + TINY) - keras.ops.log(background + TINY)
    bare = 1 - keras.ops.max(shown, axis=-1)
    return keras.ops.sum(shown * weights * surprise, axis=-1) + bare * nothing[:, 0]


def loss_of(name: str) -> Loss:
    """The loss that a configuration names."""
    return {"odds": odds_loss, "sigmoid": odds_loss, "softmax": softmax_loss}[name]
