"""What each layer of a network makes of a digit, as pictures: the layer's maps side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_MAPS = 64  # of one layer; the first ones
TILE, GAP = 56, 4  # pixels a side of a map that is drawn, and between two


@dataclass(frozen=True)
class LayerPicture:
    """One layer's maps."""

    name: str
    channels: int  # of the layer; the picture shows the first 64 at most
    png: bytes


def layer_pictures(layers: Mapping[str, NDArray[np.float32]]) -> list[LayerPicture]:
    """Of each layer's activations (channels, height, width); each map has its own scale, dark is its least."""
    return [LayerPicture(name, len(maps), _png(_grid(maps[:MOST_MAPS] if maps[0].size > 1 else maps))) for name, maps in layers.items()]


def _grid(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """All maps (n, height, width) on one picture, nearly square, in viridis' colours (BGR); the numbers of a dense layer as one map."""
    if maps.shape[1:] == (1, 1):
        maps = _folded(maps.ravel())
    count, (height, width) = len(maps), maps.shape[1:]
    columns = int(np.ceil(np.sqrt(count)))
    factor = max(1, (TILE if count > 1 else 4 * TILE) // max(height, width))
    tall, wide = height * factor, width * factor
    rows = -(-count // columns)
    picture = np.full((rows * (tall + GAP) + GAP, columns * (wide + GAP) + GAP, 3), 255, np.uint8)
    for place, values in enumerate(maps):
        top, left = GAP + place // columns * (tall + GAP), GAP + place % columns * (wide + GAP)
        picture[top : top + tall, left : left + wide] = _coloured(values).repeat(factor, axis=0).repeat(factor, axis=1)
    return picture


def _folded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers (n,) as one map (1, rows, columns), up to 16 in a row; the last row is filled up with the least."""
    columns = min(len(values), 16)
    short = -len(values) % columns
    return np.pad(values, (0, short), constant_values=values.min()).reshape(1, -1, columns)


def _coloured(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    least, span = float(values.min()), float(np.ptp(values))
    levels = np.zeros(values.shape, np.uint8) if span == 0 else ((values - least) / span * 255).round().astype(np.uint8)
    return np.asarray(cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS), np.uint8)


def _png(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())
