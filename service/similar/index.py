"""The index as those who ask see it: all films' key frames one behind the other, mapped from files, never changed."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.similar.frames import FRAME
from service.similar.vectors import CODE_WORDS, DIMENSIONS, Codes, Vectors, codes_of

CANDIDATES = 4096  # frames whose vectors are compared after their codes were
BLOCK = 1 << 16  # frames whose codes are compared at once: they stay in a core's cache
_LEFT_OUT = DIMENSIONS + 1  # farther than any


@dataclass(frozen=True)
class Place:
    """Where a film's key frames are."""

    start: int
    count: int
    result_key: str  # the result that they are of

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True)
class Index:
    """Rows that belong to no film are passed over."""

    films: Mapping[str, Place]  # by the film's id
    tags: Sequence[str]
    codes: Codes  # (rows, 4)
    frames: NDArray[np.void]  # (rows,) of FRAME

    @cached_property
    def count(self) -> int:
        """Key frames of films."""
        return sum(place.count for place in self.films.values())

    @cached_property
    def _in_order(self) -> tuple[list[str], list[int]]:
        """Films by their place, and the rows where they begin."""
        films = sorted(self.films, key=lambda movie_id: self.films[movie_id].start)
        return films, [self.films[movie_id].start for movie_id in films]

    @cached_property
    def _gaps(self) -> list[tuple[int, int]]:
        """Rows of no film."""
        places = [self.films[movie_id] for movie_id in self._in_order[0]]
        ends, starts = [0, *(place.end for place in places)], [*(place.start for place in places), len(self.frames)]
        return [(end, start) for end, start in zip(ends, starts, strict=True) if end < start]

    def film_of(self, row: int) -> tuple[str, int]:
        """The film that a row belongs to, and the frame's number in it."""
        films, starts = self._in_order
        place = bisect_right(starts, row) - 1
        return films[place], row - starts[place]

    def nearest(
        self, vector: Vectors, without: Sequence[tuple[int, int]] = (), candidates: int = CANDIDATES
    ) -> tuple[list[int], list[float]]:
        """Rows and cosines (0 to 1) of the frames most like `vector` (256,), best first; `without`: ranges of rows to pass over.

        The signs of all vectors are compared (as many differ as the angle is wide: Charikar 2002), then the vectors of those that
        differ least: 32 bytes of each frame are read, and 256 of few.
        """
        rows = _fewest(self._distances(vector, without), candidates)
        near = self.frames["vector"][rows].astype(np.float32)
        wanted = vector.astype(np.float32)
        lengths = np.linalg.norm(near, axis=1) * np.linalg.norm(wanted)
        cosines = np.maximum(near @ wanted / np.maximum(lengths, 1), 0)
        order = np.argsort(-cosines, kind="stable")
        return rows[order].tolist(), cosines[order].tolist()

    def _distances(self, vector: Vectors, without: Sequence[tuple[int, int]]) -> NDArray[np.uint16]:
        """In how many signs each row differs."""
        code = codes_of(vector[np.newaxis])[0]
        distances = np.zeros(len(self.codes), np.uint16)
        for start in range(0, len(distances), BLOCK):
            block, counted = self.codes[start : start + BLOCK], distances[start : start + BLOCK]
            for word in range(CODE_WORDS):
                counted += np.bitwise_count(block[:, word] ^ code[word])
        for start, end in (*self._gaps, *without):
            distances[start:end] = _LEFT_OUT
        return distances


def _fewest(distances: NDArray[np.uint16], count: int) -> NDArray[np.intp]:
    """Rows of the smallest distances, at most so many."""
    up_to = np.bincount(distances, minlength=_LEFT_OUT + 1)[:_LEFT_OUT].cumsum()
    limit = int(np.searchsorted(up_to, count))  # at this distance there may be too many
    nearer = np.flatnonzero(distances < min(limit, _LEFT_OUT))
    at_limit = np.flatnonzero(distances == limit)[: count - len(nearer)] if limit < _LEFT_OUT else nearer[:0]
    return np.concatenate([nearer, at_limit])


def empty() -> Index:
    """Without films."""
    return Index({}, (), np.empty((0, CODE_WORDS), np.uint64), np.empty(0, FRAME))
