"""Which images are shown: the mistakes that the model is surest of, and for each tag one that it knows well."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from training.judging.judged import Judged

Kind: TypeAlias = Literal["false alarm", "miss", "right"]

MOST = 12  # of each kind of mistake
MOST_OF_A_TAG = 2  # among them where there are several tags
MOST_RIGHT = 18


@dataclass(frozen=True)
class Choice:
    """An image and the tag that it is shown for."""

    row: int
    column: int
    kind: Kind


def false_alarms(judged: Judged) -> list[Choice]:
    """Tags that were said and are not there, the surest first."""
    wrong = judged.known & ~judged.truth & (judged.scores >= _levels(judged))
    return _varied(judged, np.argwhere(wrong), -judged.scores[wrong], "false alarm")


def misses(judged: Judged) -> list[Choice]:
    """Tags that are there and were not said, the farthest below their threshold first."""
    missed = judged.known & judged.truth & (judged.scores < _levels(judged))
    return _varied(judged, np.argwhere(missed), (judged.scores - _levels(judged))[missed], "miss")


def right_ones(judged: Judged) -> list[Choice]:
    """For each tag the image that it is surest of, of those that show it; of many tags those with the most images."""
    there = judged.known & judged.truth & (judged.scores >= _levels(judged))
    columns = [column for column in np.argsort(-there.sum(axis=0), kind="stable").tolist() if there[:, column].any()]
    best = [int(np.where(there[:, column], judged.scores[:, column], -1).argmax()) for column in columns]
    return [Choice(row, column, "right") for row, column in zip(best, columns, strict=True)][:MOST_RIGHT]


def _levels(judged: Judged) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.fromiter(judged.thresholds.values(), np.float32)


def _varied(judged: Judged, places: Iterable[np.ndarray], order: np.ndarray, kind: Kind) -> list[Choice]:
    """Each image once, and not one tag alone."""
    most = MOST_OF_A_TAG if len(judged.tags) > MOST // MOST_OF_A_TAG else MOST
    tags: Counter[int] = Counter()
    rows: set[int] = set()
    chosen: list[Choice] = []
    for row, column in np.asarray(places)[np.argsort(order, kind="stable")].tolist():
        if row not in rows and tags[column] < most and len(chosen) < MOST:
            rows.add(row)
            tags[column] += 1
            chosen.append(Choice(row, column, kind))
    return chosen
