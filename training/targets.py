"""What the head is taught from partial labels: which tags an image shows, and which it surely does not.

A tag that is absent from the manifest was often just not looked for. So its absence counts the less, the likelier the
tag is beside those that are there. An image without any tag is background: every tag loses against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from training.manifest import Example

Matrix = NDArray[np.float32]

SHRINK = 5.0  # images without the other tag that each estimate of a joint occurrence starts from
TINY = 1e-30  # keeps logarithms finite


@dataclass(frozen=True)
class LabelRule:
    """How far the manifest is trusted."""

    complete_from: int  # images with this number or a higher one carry every tag that fits
    softening: float  # 0: an absent tag is taken as wrong; 1: as wrong with the estimated probability only
    film_weight: float  # of a film still, beside 1 of a photograph
    presence_weight: float  # of a tag that is there, beside 1 of one that is not


def implied(examples: Sequence[Example], labels: Sequence[str], complete_from: int) -> Matrix:
    """How likely tag column is where tag row is, (tags, tags), from the completely labelled images."""
    present = _present([example for example in examples if example.number >= complete_from], labels)
    return np.asarray((present.T @ present) / (present.sum(axis=0)[:, None] + SHRINK), np.float32)


def targets(examples: Sequence[Example], labels: Sequence[str], rule: LabelRule) -> Matrix:
    """(images, 2 x tags): 1 for a tag that is there, then how much each tag's presence or absence counts."""
    present = _present(examples, labels)
    likely = (present[:, :, None] * implied(examples, labels, rule.complete_from)).max(axis=1)
    partial = np.array([[example.number < rule.complete_from] for example in examples])
    weights = np.where(present > 0, rule.presence_weight, 1 - rule.softening * likely * partial)
    return np.concatenate([present, weights], axis=1).astype(np.float32)


def image_weights(examples: Sequence[Example], rule: LabelRule) -> Matrix:
    return np.array([rule.film_weight if example.kind == "film" else 1.0 for example in examples], np.float32)


def odds_loss(target: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """Per image: each tag's cross-entropy of its odds against the background, weighted; tags of weight 0 are ignored.

    `probabilities` come from a softmax, background last. Odds of two of its classes do not depend on the others, so
    true tags do not compete although one softmax holds them all.
    """
    tags = probabilities.shape[-1] - 1
    wanted, weights = target[:, :tags], target[:, tags:]
    logs = keras.ops.log(probabilities + TINY)
    odds = logs[:, :-1] - logs[:, -1:]
    surprise = wanted * keras.ops.softplus(-odds) + (1 - wanted) * keras.ops.softplus(odds)
    return keras.ops.sum(weights * surprise, axis=-1)


def _present(examples: Sequence[Example], labels: Sequence[str]) -> Matrix:
    return np.array([[label in example.tags for label in labels] for example in examples], np.float32).reshape(len(examples), len(labels))
