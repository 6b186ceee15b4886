"""From a picture of paper to how much ink there is at each pixel, whatever the light and whichever is darker."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LONGEST, SHORTEST = 1600, 480  # pixels of the longer side that is worked at; larger pictures shrink, smaller ones grow
BACKGROUND_SIDE = 240  # pixels of the longer side at which the paper is told from the ink
WIDEST_STROKE = 0.22  # of the shorter side; anything wider is part of the paper or a shadow on it
LEAST_CONTRAST = 0.09  # of the light of the paper around; a pale pencil takes more away
NOISE_TIMES = 5.0  # how far above the noise ink must be
OF_FULL_INK = 0.45  # a pixel is ink from this share of the contrast of full ink on


@dataclass(frozen=True)
class Ink:
    """What the paper bears, at the size worked at."""

    amount: NDArray[np.float32]  # (height, width), 0 is paper, 1 full ink
    scale: float  # pixels of this for one of the picture's

    @property
    def mask(self) -> NDArray[np.bool_]:
        return np.asarray(self.amount >= OF_FULL_INK)


def find_ink(picture: NDArray[np.uint8]) -> Ink:
    """Of a picture (height, width, 3) RGB or (height, width)."""
    grey, scale = _grey(picture)
    if _ink_is_bright(grey):
        grey = 255.0 - grey
    contrast = np.clip(1 - grey / np.maximum(_paper(grey), 1), 0, 1)
    return Ink(contrast / _full_ink(contrast), scale)


def _grey(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    longer = max(grey.shape)
    scale = min(max(longer, SHORTEST), LONGEST) / longer
    if scale != 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8), scale


def _small(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    factor = min(1.0, BACKGROUND_SIDE / max(grey.shape))
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.clip(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), 0, 255).astype(np.uint8)


def _odd(value: float, least: int = 3) -> int:
    return max(least, int(value) | 1)


def _ink_is_bright(grey: NDArray[np.float32]) -> bool:
    """Ink is the few pixels that differ from the many around them: to which side do they differ further?"""
    small = _small(grey)
    kernel = min(_odd(2 * WIDEST_STROKE * min(small.shape)), 255)
    framed = cv2.copyMakeBorder(small, *4 * [kernel // 2], cv2.BORDER_REFLECT)
    around = cv2.medianBlur(framed, kernel)[kernel // 2 :, kernel // 2 :][: small.shape[0], : small.shape[1]]
    difference = small.astype(np.float64) - around
    return bool((difference**3).sum() > 0)


def _paper(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The light of the paper under the ink: a closing takes away what is dark and narrow, and leaves the edges of shadows."""
    small = _small(grey)
    size = _odd(WIDEST_STROKE * min(small.shape))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    smooth = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 1.5)
    paper = cv2.resize(smooth, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(paper, np.float32)


def _full_ink(contrast: NDArray[np.float32]) -> float:
    """The contrast of full ink, but no less than what noise alone would not reach."""
    fine = contrast - cv2.GaussianBlur(contrast, (0, 0), 3)
    noise = 1.4826 * float(np.median(np.abs(fine)))
    least = max(LEAST_CONTRAST, NOISE_TIMES * noise)
    inked = contrast[contrast > least]
    return max(float(np.percentile(inked, 80)) if inked.size else 1.0, least / OF_FULL_INK)
