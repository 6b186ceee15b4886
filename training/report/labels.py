"""How tags go together: in the labels, and where the model takes one for another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.judging.judged import Judged
from training.judging.measures import best_tags

MOST_TAGS = 60  # of a matrix; of a longer vocabulary those with the most images
MOST_PAIRS = 15  # that a table names


@dataclass(frozen=True)
class Table:
    """A matrix over tags: row, column."""

    tags: tuple[str, ...]
    counts: NDArray[np.float64]
    shares: NDArray[np.float64]  # of the row's images


@dataclass(frozen=True)
class Pair:
    """One cell that is worth a line."""

    first: str
    second: str
    count: float
    share: float


def together(judged: Judged) -> Table:
    """Of the images of the row's tag, those that show the column's tag too."""
    return _table(judged.tags, judged.together.astype(np.float64), judged.together.diagonal().astype(np.float64))


def confusion(judged: Judged) -> Table:
    """Of the images of the row's tag, those whose best tag is the column's.

    An image is right where its best tag is one of its tags, and counts there; else it counts for each of its tags, in parts.
    """
    there = judged.truth & judged.known
    counts = np.zeros((len(judged.tags),) * 2)
    for row, best in zip(there, best_tags(judged.scores, judged.known, 1)[:, 0], strict=True):
        if row[best]:
            counts[best, best] += 1
        elif row.any():
            counts[row, best] += 1 / row.sum()
    return _table(judged.tags, counts, counts.sum(axis=1))


def _table(tags: tuple[str, ...], counts: NDArray[np.float64], of: NDArray[np.float64]) -> Table:
    """Only tags that occur; the most frequent ones where they are too many."""
    seen = counts.sum(axis=0) + counts.sum(axis=1)
    kept = np.sort(np.argsort(-seen, kind="stable")[: min(MOST_TAGS, int((seen > 0).sum()))])
    part = counts[np.ix_(kept, kept)]
    return Table(tuple(tags[place] for place in kept), part, part / np.maximum(of[kept, None], 1e-9))


def pairs(table: Table, *, both_ways: bool) -> list[Pair]:
    """The largest cells beside the diagonal; a symmetric table has each pair twice, of which one is told."""
    counts = np.triu(table.counts, 1) if both_ways else table.counts - np.diag(table.counts.diagonal())
    order = np.argsort(-counts, axis=None, kind="stable")[:MOST_PAIRS]
    places = (np.unravel_index(place, counts.shape) for place in order)
    return [
        Pair(table.tags[row], table.tags[column], float(counts[row, column]), float(table.shares[row, column]))
        for row, column in places
        if counts[row, column] > 0
    ]
