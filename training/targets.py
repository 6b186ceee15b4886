"""What the head is taught from partial labels: which classes an image shows, and which it surely does not.

A tag that is absent from the manifest was often just not looked for. So an image's true tags compete, in the softmax,
only with classes that are known or likely to be absent, each weighted by how likely; never with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from training.manifest import Example

Matrix = NDArray[np.float32]

SHRINK = 5.0  # images without the other tag that each estimate of a joint occurrence starts from
TINY = 1e-12  # keeps logarithms finite


@dataclass(frozen=True)
class LabelRule:
    """How far the manifest is trusted."""

    complete_from: int  # images with this number or a higher one carry every tag that fits
    softening: float  # 0: an absent tag is taken as wrong; 1: as wrong with the estimated probability only
    film_weight: float  # of a film still, beside 1 of a photograph
    background_weight: float = 1.0  # of the background as a competitor of the true tags


def implied(examples: Sequence[Example], labels: Sequence[str], complete_from: int) -> Matrix:
    """How likely tag column is where tag row is, (tags, tags), from the completely labelled images."""
    present = _present([example for example in examples if example.number >= complete_from], labels)
    return np.asarray((present.T @ present) / (present.sum(axis=0)[:, None] + SHRINK), np.float32)


def targets(examples: Sequence[Example], labels: Sequence[str], rule: LabelRule) -> Matrix:
    """(images, 2 x classes): the share of each true class, then each other class's weight as a competitor."""
    present = _present(examples, labels)
    background = (present.sum(axis=1, keepdims=True) == 0).astype(np.float32)
    true = np.concatenate([present, background], axis=1)
    likely = (present[:, :, None] * implied(examples, labels, rule.complete_from)).max(axis=1)
    partial = np.array([[example.number < rule.complete_from] for example in examples])
    absent = 1 - rule.softening * likely * partial
    weights = np.concatenate([absent, np.full_like(background, rule.background_weight)], axis=1) * (1 - true)
    return np.concatenate([true / true.sum(axis=1, keepdims=True), weights], axis=1).astype(np.float32)


def image_weights(examples: Sequence[Example], rule: LabelRule) -> Matrix:
    return np.array([rule.film_weight if example.kind == "film" else 1.0 for example in examples], np.float32)


def competing_loss(target: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """Per image: mean over its true classes of -log(p / (p + weighted sum of its competitors)).

    Classes of weight 0 are ignored. Ratios of a softmax's probabilities do not depend on the classes left out.
    """
    classes = probabilities.shape[-1]
    true, competing = target[:, :classes], target[:, classes:]
    against = keras.ops.sum(competing * probabilities, axis=-1, keepdims=True)
    surprise = keras.ops.log(probabilities + against + TINY) - keras.ops.log(probabilities + TINY)
    return keras.ops.sum(true * surprise, axis=-1)


def _present(examples: Sequence[Example], labels: Sequence[str]) -> Matrix:
    return np.array([[label in example.tags for label in labels] for example in examples], np.float32).reshape(len(examples), len(labels))
