"""Pictures that are nearly the same, by their fingerprints."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

NEAR_BITS = 8  # of 64 that may differ; at 10 half of the pairs found among 14,600 pictures were wrong, at 8 one in ten
BLOCK = 512  # fingerprints compared with all others at once


def near_pairs(fingerprints: Sequence[int | None]) -> list[tuple[int, int]]:
    """Places of pictures that are nearly the same, the earlier one first; None is like nothing.

    Of many that have the very same fingerprint, as black frames do, each is paired with the next one alone.
    """
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, value in enumerate(fingerprints):
        if value is not None:
            places[value].append(place)
    same = [pair for alike in places.values() for pair in itertools.pairwise(alike)]
    first = [alike[0] for alike in places.values()]
    near = [(first[one], first[other]) for one, other in _near(np.array(list(places), np.uint64))]
    return sorted((*same, *near))


def _near(values: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(values), BLOCK):
        different = np.bitwise_count(values[start : start + BLOCK, None] ^ values[None, start:])
        rows, columns = np.nonzero(different <= NEAR_BITS)
        later = columns > rows
        yield from zip((rows[later] + start).tolist(), (columns[later] + start).tolist(), strict=True)


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """For each of `count` places the first place of its group, where a pair joins the groups of its two."""
    first = list(range(count))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return [root(place) for place in range(count)]
