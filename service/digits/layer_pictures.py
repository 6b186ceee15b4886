"""What each layer of a network makes of a digit, as pictures: the layer's maps side by side."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_MAPS = 64  # of one layer; the first ones
TILE, GAP = 56, 4  # pixels a side of a map that is drawn, and between two


def layer_pictures(layers: Mapping[str, NDArray[np.float32]]) -> dict[str, bytes]:
    """A PNG for each layer, of its activations (channels, height, width); each map has its own scale, dark is its least."""
    return {name: _png(_grid(maps[:MOST_MAPS])) for name, maps in layers.items()}


def _grid(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """All maps (n, height, width) on one picture, nearly square, in viridis' colours (BGR); the numbers of a dense layer in one row."""
    if maps.shape[1:] == (1, 1):
        maps = maps.reshape(1, 1, -1)
    count, (height, width) = len(maps), maps.shape[1:]
    columns = int(np.ceil(np.sqrt(count)))
    factor = max(1, TILE // max(height, width)) if count > 1 or height > 1 else max(1, 8 * TILE // width)
    tall, wide = height * factor, width * factor
    rows = -(-count // columns)
    picture = np.full((rows * (tall + GAP) + GAP, columns * (wide + GAP) + GAP, 3), 255, np.uint8)
    for place, values in enumerate(maps):
        top, left = GAP + place // columns * (tall + GAP), GAP + place % columns * (wide + GAP)
        picture[top : top + tall, left : left + wide] = _coloured(values).repeat(factor, axis=0).repeat(factor, axis=1)
    return picture


def _coloured(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    least, span = float(values.min()), float(np.ptp(values))
    levels = np.zeros(values.shape, np.uint8) if span == 0 else ((values - least) / span * 255).round().astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), np.uint8)


def _png(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())
