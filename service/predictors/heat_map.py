"""Where in a picture the head saw a tag: Grad-CAM, which for this head needs no derivative to be computed by a library."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]


def heat_map(head: Mapping[str, NDArray[np.float32]], maps: NDArray[np.floating], column: int) -> Map:
    """What each place of `maps` (rows, columns, channels) adds to the tag of `column`; (rows, columns), nowhere below 0.

    `maps` are the backbone's last activations, whose mean over the places are the features, and `head` its weights by name.
    The unit is that of the tag's log-odds against the background: the score is the sigmoid of those.
    """
    return np.maximum(signed_map(head, maps, column), 0)


def signed_map(head: Mapping[str, NDArray[np.float32]], maps: NDArray[np.floating], column: int) -> Map:
    """The same with what speaks against the tag below 0.

    A channel's weight in Grad-CAM is the derivative of the log-odds by that channel, averaged over the places. Being a
    mean, each feature passes 1/places of its own derivative to every place, and the head's derivative by its features
    is the product of its two kernels over the hidden units that are not at rest.
    """
    places = maps.shape[0] * maps.shape[1]
    activations = maps.astype(np.float32)
    features = activations.mean(axis=(0, 1))
    awake = features @ head["dense_1/kernel"] + head["dense_1/bias"] > 0
    against_background = head["dense_2/kernel"][:, column] - head["dense_2/kernel"][:, -1]
    slope = head["dense_1/kernel"] @ (awake * against_background)
    return np.asarray(activations @ slope / places, np.float32)
