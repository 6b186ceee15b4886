"""A digit's ink brought to the form of MNIST: 28x28, bright on dark, centred by mass (LeCun et al. 1998)."""

import cv2
import numpy as np
from numpy.typing import NDArray

FIELD, BOX = 28, 20  # pixels a side of the picture, and of the box that the digit fits into
THINNEST = 2.2  # pixels in the box; a finer stroke is made as wide as a pen of MNIST


def on_field(ink: NDArray[np.float32], stroke: float) -> NDArray[np.uint8]:
    """Fit `ink` (height, width), 0 to 1 and cut to its box, into 28x28; `stroke` is the mean width of its strokes in pixels."""
    scale = BOX / max(ink.shape)
    wider = round(THINNEST / scale - stroke)
    if wider >= 1:
        reach = -(-wider // 2)
        brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wider + 1, wider + 1))
        ink = np.asarray(cv2.dilate(np.pad(ink, reach), brush), np.float32)
        scale = BOX / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    if size != (ink.shape[1], ink.shape[0]):
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.float32)
    full = float(np.percentile(ink[ink > 0.3], 75)) if (ink > 0.3).any() else 1.0
    return centred(np.round(np.clip(ink / full, 0, 1) * 255).astype(np.uint8))


def centred(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place `ink` (at most 28 a side) so that its centre of mass is at row and column 14, counted from 0, as in MNIST."""
    mass = float(ink.sum())
    field = np.zeros((FIELD, FIELD), np.uint8)
    if mass == 0:
        return field
    height, width = ink.shape
    middle_y = float(ink.sum(axis=1) @ np.arange(height)) / mass
    middle_x = float(ink.sum(axis=0) @ np.arange(width)) / mass
    top = min(max(round(FIELD / 2 - middle_y), 0), FIELD - height)
    left = min(max(round(FIELD / 2 - middle_x), 0), FIELD - width)
    field[top : top + height, left : left + width] = ink
    return field
