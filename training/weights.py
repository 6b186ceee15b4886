"""Weights of heads as arrays: merged and applied without Keras."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]  # "layer/weight" -> values
HEAD_WEIGHTS = ("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias")


def merge_heads(heads: Iterable[Weights]) -> Weights:
    """One head that gives the mean of the logits of several: hidden layers side by side, last layers stacked.

    A softmax over the mean of logits is the (normalised) geometric mean of the heads' answers, so an ensemble
    of seeds costs no more than one wider head.
    """
    heads = list(heads)
    return {
        "dense_1/kernel": np.concatenate([head["dense_1/kernel"] for head in heads], axis=1),
        "dense_1/bias": np.concatenate([head["dense_1/bias"] for head in heads]),
        "dense_2/kernel": np.concatenate([head["dense_2/kernel"] / np.float32(len(heads)) for head in heads]),
        "dense_2/bias": np.mean([head["dense_2/bias"] for head in heads], axis=0, dtype=np.float32),
    }


def apply_head(weights: Weights, features: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities (n, classes) of a head given as weights, in plain numpy."""
    hidden = np.maximum(features.astype(np.float32) @ weights["dense_1/kernel"] + weights["dense_1/bias"], 0)
    logits = hidden @ weights["dense_2/kernel"] + weights["dense_2/bias"]
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)
