"""What the head is taught: which tags an image shows, which it surely does not, and how much each answer counts.

How far an absent tag is believed depends on the labelling of the image. `complete`: fully. `partial`: the tag was often just
not looked for, so its absence counts the less, the likelier the tag is beside those that are there. `named`: only tags that
are named, as shown or as absent, count at all. An image without any tag is background: every tag loses against it.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.config import LabelConfig
from training.data.examples import STILL, Example

Matrix: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

SHRINK = 5.0  # images without the other tag that each estimate of a joint occurrence starts from
LARGEST_BALANCE = 20.0  # how many times a rare tag's presence may count, beside the mean


def presence(examples: Sequence[Example], labels: Sequence[str]) -> Flags:
    """Which tags each image shows, (images, tags)."""
    columns = {label: column for column, label in enumerate(labels)}
    flags = np.zeros((len(examples), len(labels)), np.bool_)
    for row, example in enumerate(examples):
        flags[row, [columns[tag] for tag in example.tags if tag in columns]] = True
    return flags


def known(examples: Sequence[Example], labels: Sequence[str]) -> Flags:
    """Whether anything is known of a tag in an image, (images, tags); a correction names only some."""
    flags = np.ones((len(examples), len(labels)), np.bool_)
    for row, example in enumerate(examples):
        if example.labelling == "named":
            flags[row] = [label in example.tags or label in example.absent for label in labels]
    return flags


def implied(examples: Sequence[Example], labels: Sequence[str]) -> Matrix:
    """How likely tag column is where tag row is, (tags, tags), from the completely labelled images."""
    present = presence([example for example in examples if example.labelling == "complete"], labels).astype(np.float32)
    return np.asarray((present.T @ present) / (present.sum(axis=0)[:, None] + SHRINK), np.float32)


def targets(examples: Sequence[Example], labels: Sequence[str], config: LabelConfig, counted: Sequence[Example] | None = None) -> Matrix:
    """(images, 2 x tags): 1 for a tag that is there, then how much each tag's presence or absence counts.

    Frequencies are counted on `counted`, the training images, where `examples` are others.
    """
    counted = examples if counted is None else counted
    present = presence(examples, labels)
    absence = 1 - config.softening * _likely(examples, labels, implied(counted, labels))
    absence *= known(examples, labels)
    absence[_surely_absent(examples, labels)] = 1.0
    weights = np.where(present, config.presence_weight * _balance(counted, labels, config.balance), absence)
    wanted = present * (1 - config.smoothing) + config.smoothing / 2
    return np.concatenate([wanted, weights], axis=1).astype(np.float32)


def image_weights(examples: Sequence[Example], config: LabelConfig) -> Matrix:
    return np.array([config.film_weight if example.kind == STILL else 1.0 for example in examples], np.float32)


def _likely(examples: Sequence[Example], labels: Sequence[str], joint: Matrix) -> Matrix:
    """The chance that a tag not named in a partly labelled image is there after all; 0 for the others."""
    likely = np.zeros((len(examples), len(labels)), np.float32)
    partial = np.array([example.labelling == "partial" for example in examples], np.bool_)
    present = presence(examples, labels) & partial[:, None]
    for place in range(len(labels)):  # tag by tag, for a long vocabulary's (images, tags, tags) would not fit in memory
        rows = np.flatnonzero(present[:, place])
        likely[rows] = np.maximum(likely[rows], joint[place])
    return likely


def _surely_absent(examples: Sequence[Example], labels: Sequence[str]) -> Flags:
    flags = np.zeros((len(examples), len(labels)), np.bool_)
    for row, example in enumerate(examples):
        if example.absent:
            flags[row] = [label in example.absent for label in labels]
    return flags


def _balance(examples: Sequence[Example], labels: Sequence[str], share: float) -> Matrix:
    """What a tag's presence counts, (tags,): all 1 at share 0, by the inverse of its count at 1; the mean over what is shown is 1."""
    counts = np.maximum(presence(examples, labels).sum(axis=0), 1).astype(np.float64)
    weights = np.minimum((counts.mean() / counts) ** share, LARGEST_BALANCE)
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), np.float32)
