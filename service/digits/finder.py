"""Find the digits on a photo of paper."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from service.digits.field import FIELD, on_field
from service.digits.ink import OF_FULL_INK, find_ink
from service.digits.marks import Mark, digit_marks, find_marks, surroundings, united
from service.digits.sheet import skew_of, turned, without_ruled_lines

EDGE = 0.15  # of full ink; the soft edge of a stroke down to this comes along, noise below does not
FLAT = 24  # grey levels that the edge of a picture of MNIST's form may differ by, as JPEG makes them
MOSTLY = 0.8  # of that edge; a few digits of MNIST run into it
SPECK = 0.03  # of the largest stroke; less ink is dirt


@dataclass(frozen=True)
class FoundDigit:
    """One digit, or something of a digit's size that the network must tell from one."""

    x: int  # of the box around its ink, pixels of the picture
    y: int
    width: int
    height: int
    image: NDArray[np.uint8]  # (28, 28), ink bright on dark


def find_digits(picture: NDArray[np.uint8]) -> list[FoundDigit]:
    """What is written on `picture` (height, width, 3) RGB or (height, width), upright: rows from the top, each from the left.

    Ink may be darker or brighter than the paper, the light uneven, the sheet turned by up to 20 degrees.
    """
    ink = find_ink(picture)
    on_paper = ink.amount * ~surroundings(ink.mask)  # now: once turned, they do not come from the edge any more
    amount, matrix = turned(on_paper, skew_of(find_marks(ink.mask), ink.amount.shape))
    mask = without_ruled_lines(amount >= OF_FULL_INK)
    marks = digit_marks(find_marks(mask))
    return [_found(mark, amount, matrix, ink.scale, picture.shape) for row in _rows(marks) for mark in row]


def whole_picture(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All ink of `picture` as one digit (28, 28); black where there is none.

    A picture that has MNIST's form already comes back as it is, only with its ink bright.
    """
    if picture.shape[:2] == (FIELD, FIELD):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
        frame = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        ground = np.median(frame)
        if np.mean(np.abs(frame - ground) <= FLAT) >= MOSTLY:
            return np.asarray(grey if ground < 128 else 255 - grey, np.uint8)
    ink = find_ink(picture)
    marks = find_marks(ink.mask)
    if not marks:
        return np.zeros((FIELD, FIELD), np.uint8)
    most = max(mark.ink.sum() for mark in marks)
    return _image(united(mark for mark in marks if mark.ink.sum() >= SPECK * most), ink.amount)


def _rows(marks: list[Mark]) -> list[list[Mark]]:
    """Marks in reading order: those whose heights overlap by half are in one row."""
    rows: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: mark.y + mark.height / 2):
        for row in rows:
            last = row[-1]
            overlap = min(mark.bottom, last.bottom) - max(mark.y, last.y)
            if overlap >= 0.4 * min(mark.height, last.height):
                row.append(mark)
                break
        else:
            rows.append([mark])
    return [sorted(row, key=lambda mark: mark.x) for row in rows]


def _found(mark: Mark, amount: NDArray[np.float32], matrix: NDArray[np.float64], scale: float, shape: tuple[int, ...]) -> FoundDigit:
    back = cv2.invertAffineTransform(matrix)
    y, x = np.nonzero(mark.ink)
    places = (np.stack([x + mark.x + 0.5, y + mark.y + 0.5], axis=1) @ back[:, :2].T + back[:, 2]) / scale
    half = 0.5 / scale
    left, top = np.floor(places.min(axis=0) - half + 0.01).clip(0).astype(int)
    right, bottom = np.ceil(places.max(axis=0) + half - 0.01).clip(max=[shape[1], shape[0]]).astype(int)
    return FoundDigit(int(left), int(top), int(right - left), int(bottom - top), _image(mark, amount))


def _image(mark: Mark, amount: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The ink of a mark with its soft edge, and nothing of its neighbours."""
    reach = 2
    own = cv2.dilate(np.pad(mark.ink, reach).astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    around = np.pad(amount, reach)[mark.y : mark.y + mark.height + 2 * reach, mark.x : mark.x + mark.width + 2 * reach]
    ink = np.clip((around - EDGE) / (1 - EDGE), 0, 1) * own
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0), np.flatnonzero(ink.max(axis=0) > 0)
    return on_field(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32), mark.stroke)
