"""How the sheet lies in the picture: its skew, and the lines that are ruled on it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from service.digits.marks import Mark, digit_marks, is_line

MOST_SKEW = 22.0  # degrees to either side; beyond, a 6 could be a 9
COARSE, FINE = 1.0, 0.25  # degrees between the angles tried
PROFILE_SIDE = 300  # pixels of the longer side at which angles are tried
RULED = 0.6  # of the width or height of the picture; a line that long is ruled
THICKEST = 0.012  # of the longer side; what is thicker was written with a pen


def skew_of(marks: list[Mark], shape: tuple[int, ...]) -> float:
    """Degrees by which lines fall to the right; 0 for a single digit.

    The angle at which the rows of the picture are most unlike each other: lines, ruled or written, and the space between
    (Postl 1986). A lone digit says nothing of how its sheet lies, and turning it could make another of it.
    """
    lines = [mark for mark in marks if is_line(mark) and mark.width >= RULED * shape[1]]
    telling = lines or digit_marks(marks)
    if not lines and len(telling) < 2:
        return 0.0
    points, weights = _points(telling, shape)
    angle = 0.0
    for span, step in ((MOST_SKEW, COARSE), (COARSE, FINE)):
        angles = angle + np.arange(-span, span + step / 2, step)
        angle = float(max(angles, key=lambda degrees: _sharpness(points, weights, degrees)))
    return angle if abs(angle) <= MOST_SKEW else 0.0


def _points(marks: list[Mark], shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (n, 2) of ink as x, y and what each counts; each mark counts the same."""
    factor = PROFILE_SIDE / max(shape)
    places, weights = [], []
    for mark in marks:
        y, x = np.nonzero(mark.ink)
        places.append(np.stack([x + mark.x, y + mark.y], axis=1) * factor)
        weights.append(np.full(len(x), 1 / len(x)))
    return np.concatenate(places), np.concatenate(weights)


def _sharpness(points: NDArray[np.float64], weights: NDArray[np.float64], degrees: float) -> float:
    turn = np.deg2rad(degrees)
    rows = points[:, 1] * np.cos(turn) - points[:, 0] * np.sin(turn)
    profile = np.bincount((rows - rows.min()).astype(int), weights)
    return float((profile**2).sum()) * (1 - 1e-4 * degrees**2)


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
