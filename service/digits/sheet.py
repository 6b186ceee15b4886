"""How the sheet lies in the picture: its skew, and the lines that are ruled on it."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from service.digits.marks import Mark, digit_marks, is_line

Places: TypeAlias = NDArray[np.float64]  # (n, 2): x, y

MOST_SKEW = 22.0  # degrees to either side; beyond, a 6 could be a 9
FARTHEST = 2.0  # heights of a digit between it and the next one of its row
RULED = 0.6  # of the width or height of the picture; a line that long is ruled
THICKEST = 0.012  # of the longer side; what is thicker was written with a pen


def skew_of(marks: list[Mark], shape: tuple[int, ...]) -> float:
    """Degrees by which lines fall to the right: ruled ones where there are any, else the rows of digits; 0 for a single digit.

    A lone digit says nothing of how its sheet lies, and turning it could make another of it. The slope of rows is fitted to
    the digits' middles, each digit joined to its nearest neighbour (after Hashizume, Yeh and Rosenfeld 1986).
    """
    lines = [mark for mark in marks if is_line(mark) and mark.width >= RULED * shape[1]]
    slopes = [_slope([_ink_of(line)]) for line in lines] or [_slope(_rows_of_middles(digit_marks(marks)))]
    degrees = float(np.rad2deg(np.arctan(np.median(slopes))))
    return degrees if abs(degrees) <= MOST_SKEW else 0.0


def _slope(rows: list[Places]) -> float:
    """The one slope that fits all rows best."""
    apart = np.concatenate([row - row.mean(axis=0) for row in rows]) if rows else np.zeros((1, 2))
    spread = float((apart[:, 0] ** 2).sum())
    return float(apart[:, 0] @ apart[:, 1]) / spread if spread > 0 else 0.0


def _ink_of(mark: Mark) -> Places:
    y, x = np.nonzero(mark.ink)
    return np.stack([x, y], axis=1).astype(np.float64)


def _rows_of_middles(marks: list[Mark]) -> list[Places]:
    """Middles of digits, those of a row together: each digit goes with the nearest one to its left that it may be level with."""
    rows: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: mark.x + mark.width / 2):
        near = [(_distance(before, mark), place) for place, row in enumerate(rows) for before in row if _may_be_level(before, mark)]
        if near:
            rows[min(near)[1]].append(mark)
        else:
            rows.append([mark])
    return [np.array([_middle(mark) for mark in row]) for row in rows]


def _middle(mark: Mark) -> tuple[float, float]:
    return mark.x + mark.width / 2, mark.y + mark.height / 2


def _distance(one: Mark, other: Mark) -> float:
    return float(np.hypot(*np.subtract(_middle(one), _middle(other))))


def _may_be_level(left: Mark, right: Mark) -> bool:
    across, down = np.subtract(_middle(right), _middle(left))
    height = max(left.height, right.height)
    return right.x - left.right <= FARTHEST * height and abs(down) <= np.tan(np.deg2rad(MOST_SKEW)) * across + 0.25 * height


def turned(picture: NDArray[np.float32], degrees: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The picture turned back by a skew, grown so that nothing is cut off, and the matrix (2, 3) that did it."""
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (int(np.ceil(width * cosine + height * sine)), int(np.ceil(width * sine + height * cosine)))
    matrix[:, 2] += np.array(size) / 2 - np.array([width, height]) / 2
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR), np.float32), matrix


def without_ruled_lines(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take away straight thin lines over most of the picture; strokes that cross them stay whole."""
    ink = mask.astype(np.uint8)
    return np.asarray(_without_level_lines(_without_level_lines(ink).T).T.astype(bool))


def _without_level_lines(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    piece = max(15, ink.shape[1] // 16)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
    joined = cv2.dilate(level, np.ones((5, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    widths = stats[:, cv2.CC_STAT_WIDTH]
    thicknesses = np.bincount(labels[level > 0], minlength=count) / widths
    is_ruled = (widths >= RULED * ink.shape[1]) & (thicknesses <= max(4.0, THICKEST * max(ink.shape)))
    is_ruled[0] = False  # what is not joined to anything
    ruled = cv2.dilate(level * is_ruled[labels].astype(np.uint8), np.ones((3, 1), np.uint8)) & ink
    if not ruled.any():
        return ink
    rest = ink & ~ruled
    crossing = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((_thickness(ruled) + 4, 1), np.uint8)) & ruled
    return np.asarray(rest | crossing, np.uint8)


def _thickness(ruled: NDArray[np.uint8]) -> int:
    """Of the lines, pixels."""
    columns = ruled.sum(axis=0)
    runs = np.count_nonzero(np.diff(ruled.astype(np.int8), axis=0, prepend=0) == 1, axis=0)
    return int(np.ceil(np.median(columns[runs > 0] / runs[runs > 0])))
