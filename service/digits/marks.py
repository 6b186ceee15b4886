"""Connected strokes of ink, and which of them are one digit."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_HEIGHT = 12  # pixels at the size worked at; smaller is a speck
OF_THE_TALLEST = 0.4  # a digit is at least this tall beside its neighbours
WIDEST, SLIMMEST = 2.0, 0.04  # width by height
MOST_MARKS = 400  # more are no page of digits but a texture; the largest are kept
OF_THE_DESK = 0.015  # of the longer side: what comes in from the edge and is thicker is no line
SOLID = 0.8  # of its box; a blot is, a stroke is only where it is slim


@dataclass(frozen=True)
class Mark:
    """Ink that hangs together, or was put together."""

    x: int
    y: int
    ink: NDArray[np.bool_]  # (height, width)

    @property
    def height(self) -> int:
        return int(self.ink.shape[0])

    @property
    def width(self) -> int:
        return int(self.ink.shape[1])

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def stroke(self) -> float:
        """Mean width of its strokes, pixels: the area by half the length of its outlines."""
        outlines, _ = cv2.findContours(np.pad(self.ink, 1).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        length = sum(cv2.arcLength(outline, True) for outline in outlines)
        return float(2 * self.ink.sum() / max(length, 1.0))


def find_marks(mask: NDArray[np.bool_]) -> list[Mark]:
    """The larger connected strokes of a mask (height, width), without those that come in from the edge of the picture."""
    return [mark for mark in _connected(mask) if not _comes_from_the_edge(mark, mask.shape)]


def surroundings(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is thick of the ink that comes in from the edge: the desk beside the sheet; not the thin lines that run up to it."""
    brush = np.ones(2 * [max(3, round(OF_THE_DESK * max(mask.shape)))], np.uint8)
    outside = np.zeros(mask.shape, np.uint8)
    for mark in _connected(mask):
        if _comes_from_the_edge(mark, mask.shape):
            outside[mark.y : mark.bottom, mark.x : mark.right] |= mark.ink
    framed = np.pad(outside, len(brush), mode="edge")
    thick = cv2.dilate(cv2.morphologyEx(framed, cv2.MORPH_OPEN, brush), brush)[len(brush) : -len(brush), len(brush) : -len(brush)]
    return np.asarray((thick & outside).astype(bool))


def _connected(mask: NDArray[np.bool_]) -> list[Mark]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = sorted(range(1, count), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))[:MOST_MARKS]
    marks = []
    for label in order:
        x, y, width, height, area = map(int, stats[label])
        if max(width, height) >= LEAST_HEIGHT // 3 and area >= LEAST_HEIGHT // 2:
            marks.append(Mark(x, y, labels[y : y + height, x : x + width] == label))
    return marks


def _comes_from_the_edge(mark: Mark, shape: tuple[int, ...]) -> bool:
    """Of the desk beside the paper, of a shadow; a digit only just touches the edge."""
    touching = 0
    if mark.x == 0:
        touching += int(mark.ink[:, 0].sum())
    if mark.y == 0:
        touching += int(mark.ink[0].sum())
    if mark.right == shape[1]:
        touching += int(mark.ink[:, -1].sum())
    if mark.bottom == shape[0]:
        touching += int(mark.ink[-1].sum())
    return touching > 0.3 * max(mark.width, mark.height)


def united(marks: Iterable[Mark]) -> Mark:
    """Several strokes as one mark."""
    parts = list(marks)
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    ink = np.zeros((max(part.bottom for part in parts) - y, max(part.right for part in parts) - x), bool)
    for part in parts:
        ink[part.y - y : part.bottom - y, part.x - x : part.right - x] |= part.ink
    return Mark(x, y, ink)


def digit_marks(marks: list[Mark]) -> list[Mark]:
    """Strokes put together, touching digits cut apart, and whatever has not the shape of a digit left out."""
    shaped = [mark for mark in marks if not is_line(mark)]
    if not shaped:
        return []
    tall = _usual_height(shaped)
    together = _merged([mark for mark in shaped if max(mark.height, mark.width) >= 0.12 * tall], tall)
    apart = [part for mark in together for part in _cut(mark)]
    return [mark for mark in apart if _has_the_shape(mark, tall)]


def is_line(mark: Mark) -> bool:
    """Far too slim for a digit, however it lies; only a 1 may be slim, and stands."""
    if mark.width > 4 * mark.height or mark.height > 25 * mark.width:
        return True
    if mark.width < mark.height:
        return False
    sides = cv2.minAreaRect(cv2.findNonZero(mark.ink.astype(np.uint8)))[1]
    return bool(max(sides) > 5 * min(sides))


def _usual_height(marks: list[Mark]) -> float:
    """Of digits: the height that most of the ink has."""
    heights = np.array([mark.height for mark in marks], float)
    weights = np.array([mark.ink.sum() for mark in marks], float)
    order = heights.argsort()
    return float(heights[order][np.searchsorted(weights[order].cumsum(), 0.5 * weights.sum())])


def _has_the_shape(mark: Mark, tall: float) -> bool:
    ratio = mark.width / mark.height
    solid = float(mark.ink.mean())
    return (
        mark.height >= max(LEAST_HEIGHT, OF_THE_TALLEST * tall)
        and mark.height <= 3 * tall
        and SLIMMEST <= ratio <= WIDEST
        and not (solid > SOLID and ratio > 0.45)
    )


def _merged(marks: list[Mark], tall: float) -> list[Mark]:
    """Put the strokes of one digit together: the bar of a 5, a 4 of two strokes, a line that the pen broke."""
    rest = sorted(marks, key=lambda mark: -int(mark.ink.sum()))
    merged: list[Mark] = []
    while rest:
        whole = rest.pop(0)
        while (near := next((place for place, part in enumerate(rest) if _belongs(part, whole, tall)), None)) is not None:
            whole = united([whole, rest.pop(near)])
        merged.append(whole)
    return merged


def _belongs(part: Mark, whole: Mark, tall: float) -> bool:
    across = min(part.right, whole.right) - max(part.x, whole.x)
    gap = max(part.y, whole.y) - min(part.bottom, whole.bottom)  # below 0 where both are side by side
    union = max(part.bottom, whole.bottom) - min(part.y, whole.y)
    if union > 1.25 * max(tall, whole.height):
        return False
    above = across >= 0.5 * min(part.width, whole.width) and gap < 0.2 * tall
    beside = part.height < 0.6 * tall and across > -0.08 * tall and gap < 0.06 * tall
    return above or beside


def _cut(mark: Mark) -> list[Mark]:
    """Cut touching digits apart at a column that a single stroke crosses, where both sides are as tall as a digit."""
    if mark.height < LEAST_HEIGHT or mark.width < 1.25 * mark.height:
        return [mark]
    heights = mark.ink.sum(axis=0)
    margin = int(0.3 * mark.height)
    columns = [
        column for column in range(margin, mark.width - margin) if heights[column] <= 1.6 * mark.stroke and _runs(mark.ink[:, column]) == 1
    ]
    middle = mark.width / 2
    for column in sorted(columns, key=lambda place: heights[place] + abs(place - middle) / mark.height * mark.stroke):
        left, right = _trimmed(mark, 0, column), _trimmed(mark, column, mark.width)
        if min(left.height, right.height) >= 0.7 * mark.height and min(left.width, right.width) >= 0.2 * mark.height:
            return [*_cut(left), *_cut(right)]
    return [mark]


def _runs(line: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(np.diff(line.astype(np.int8), prepend=0) == 1))


def _trimmed(mark: Mark, left: int, right: int) -> Mark:
    """The largest piece of the part of a mark between two columns."""
    part = _trim(mark.ink[:, left:right])
    return replace(part, x=mark.x + left + part.x, y=mark.y + part.y)


def _trim(ink: NDArray[np.bool_]) -> Mark:
    """The box of all ink of a mask that has some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return Mark(int(columns[0]), int(rows[0]), ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
