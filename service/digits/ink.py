"""From a picture of paper to how much ink there is at each pixel, whatever the light and whichever is darker."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LONGEST, SHORTEST = 1600, 320  # pixels of the longer side that is worked at; larger pictures shrink, smaller ones grow
BACKGROUND_SIDE = 160  # pixels of the longer side at which the paper is told from the ink
WIDEST_STROKE = 0.3  # of the shorter side; anything wider is part of the paper or a shadow on it
BLACK = 40  # grey levels added to a dark board: black is not dark without end
LEAST_CONTRAST = 0.09  # of the light of the paper around; a pale pencil takes more away
NOISE_TIMES = 8.0  # how far above the noise ink must be
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
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    longer = max(grey.shape)
    fine = cv2.GaussianBlur(_resized(grey, min(1.0, LONGEST / longer)).astype(np.float32), (0, 0), 0.8)
    amount = _amount(fine)  # before it grows: noise that was made larger looks like ink
    grown = max(1.0, SHORTEST / longer)
    return Ink(_resized(amount, grown), amount.shape[1] * grown / grey.shape[1])


def _amount(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    bright = _ink_is_bright(_small(grey))
    paper = _paper(grey, bright)
    depth = np.maximum(grey - paper if bright else paper - grey, 0)
    light = paper + BLACK if bright else np.maximum(paper, 1)  # a shadow takes its share of ink and paper alike
    noise = 1.4826 * float(np.median(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 3))))
    least = np.maximum(LEAST_CONTRAST * light, NOISE_TIMES * noise)
    inked = depth > least
    full = float(np.percentile(depth[inked] / light[inked], 80)) if inked.any() else 0.0
    return np.asarray(depth / np.maximum(full * light, least / OF_FULL_INK), np.float32)


def _resized(grey: NDArray[Any], scale: float) -> NDArray[Any]:
    if scale == 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))


def _small(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(_resized(grey, min(1.0, BACKGROUND_SIDE / max(grey.shape))), 0, 255), np.uint8)


def _ink_is_bright(small: NDArray[np.uint8]) -> bool:
    """Ink differs from most of what is around it, and is narrow; a shadow is not narrow, and paper within a 0 is like that around."""
    kernel = min(_odd(2 * WIDEST_STROKE * min(small.shape)), 255)
    framed = np.pad(small, kernel // 2, mode="edge")
    around = cv2.medianBlur(framed, kernel)[kernel // 2 :, kernel // 2 :][: small.shape[0], : small.shape[1]]
    bright = np.minimum(cv2.subtract(small, around), cv2.morphologyEx(small, cv2.MORPH_TOPHAT, _disc(small)))
    dark = np.minimum(cv2.subtract(around, small), cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, _disc(small)))
    return float((bright.astype(float) ** 3).sum()) > float((dark.astype(float) ** 3).sum())


def _paper(grey: NDArray[np.float32], ink_is_bright: bool) -> NDArray[np.float32]:
    """The light of the paper under the ink: a closing (opening) takes away what is dark (bright) and narrow, no edge of a shadow."""
    small = np.asarray(cv2.medianBlur(_small(grey), 5), np.uint8)  # a closing of noise is as bright as its brightest
    bare = cv2.morphologyEx(small, cv2.MORPH_OPEN if ink_is_bright else cv2.MORPH_CLOSE, _disc(small))
    smooth = cv2.GaussianBlur(bare.astype(np.float32), (0, 0), 1.5)
    return np.asarray(cv2.resize(smooth, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _disc(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = _odd(WIDEST_STROKE * min(small.shape))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _odd(value: float, least: int = 3) -> int:
    return max(least, int(value) | 1)
