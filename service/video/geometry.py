"""From an upright picture to what the network sees: black bars cut, the whole rest resized to a square.

Training and serving share these functions, so a picture means the same on both sides.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]  # (height, width, 3), RGB, upright, square pixels

INPUT_SIZE = 299  # pixels a side; Inception-v3's own input

BAR_LUMA = 24  # full-range luma; encoder noise in a black bar stays below it
BAR_PERCENTILE = 98  # of a line's pixels; lets a hot pixel or a small logo stand in a bar
BAR_MIN = 0.02  # of the side; thinner borders are left alone
BAR_MAX = 0.35  # of the side, each; more than that is a dark picture, not a bar


def cut_black_bars(picture: Picture) -> Picture:
    """Return the part of `picture` (a view) without letterbox or pillarbox bars.

    Bars are taken to be symmetric: both sides lose what the thinner one shows, so subtitles in the lower bar
    or a night sky at the top cut nothing of the picture.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    top = _bar(luma)
    left = _bar(luma.T)
    height, width = luma.shape
    return picture[top : height - top, left : width - left]


def _bar(luma: NDArray[np.uint8]) -> int:
    """Thickness in lines of the bar that both ends of axis 0 have in common; 0 for none."""
    size = luma.shape[0]
    limit = int(size * BAR_MAX)
    if limit == 0:
        return 0
    ends = (luma[: limit + 1], luma[::-1][: limit + 1])
    thickness = min(_dark_lines(end) for end in ends)
    return thickness if size * BAR_MIN <= thickness <= limit else 0


def _dark_lines(lines: NDArray[np.uint8]) -> int:
    """How many lines from the first on are black."""
    allowed = lines.shape[1] * (100 - BAR_PERCENTILE) // 100
    bright = np.count_nonzero(lines >= BAR_LUMA, axis=1) > allowed
    return int(bright.argmax()) if bright.any() else len(lines)


def network_input(picture: Picture, size: int = INPUT_SIZE) -> Picture:
    """Cut the bars and resize the whole rest to (size, size, 3); the aspect ratio is not kept."""
    return _square(cut_black_bars(picture), size)


def network_crops(picture: Picture, size: int = INPUT_SIZE) -> list[Picture]:
    """The whole picture and two square crops at the ends of its longer side, each (size, size, 3)."""
    cut = cut_black_bars(picture)
    side = min(cut.shape[:2])
    return [_square(part, size) for part in (cut, cut[:side, :side], cut[-side:, -side:])]


def _square(picture: Picture, size: int) -> Picture:
    return resized(picture, size, size)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """The whole picture as (height, width, 3), by area where no side grows; the aspect ratio is not kept."""
    shrinks = picture.shape[0] >= height and picture.shape[1] >= width
    return np.ascontiguousarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))
