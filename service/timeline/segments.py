"""Segments: for each tag, the ranges of time where it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.records import Shot

GAP_MS = 2000  # a tag that is away for no longer than this between two shots holds through
MIN_SEGMENT_MS = 1000  # what is shorter is dropped, unless the tag has nothing longer


@dataclass(frozen=True)
class Segment:
    """A range of time where a tag holds; milliseconds, end not included."""

    tag: str
    start_ms: int
    end_ms: int
    score: float  # mean of its shots' scores by their length; shots in bridged gaps do not count


def segments(tags: Sequence[str], shots: Sequence[Shot], scores: NDArray[np.float32], thresholds: NDArray[np.float32]) -> list[Segment]:
    """Segments of all tags, by tag in the order given, then by time.

    `scores` is (shots, tags), `thresholds` (tags,): a tag holds in a shot whose score reaches its threshold.
    Edges are cuts, so they are as exact as the cuts are.
    """
    found: list[Segment] = []
    for column, tag in enumerate(tags):
        holds = np.flatnonzero(scores[:, column] >= thresholds[column])
        found += _long_enough([_segment(tag, run, shots, scores[:, column]) for run in _runs(holds, shots)])
    return found


def coverage(parts: Sequence[Segment], duration_ms: int) -> float:
    """Share of the film, 0..1, that the segments of one tag cover."""
    return min(1.0, sum(part.end_ms - part.start_ms for part in parts) / duration_ms) if duration_ms > 0 else 0.0


def _runs(holds: NDArray[np.intp], shots: Sequence[Shot]) -> Iterator[list[int]]:
    """Shots where a tag holds, grouped where the gap between them is short."""
    run: list[int] = []
    for place in holds.tolist():
        if run and shots[place].start_ms - shots[run[-1]].end_ms > GAP_MS:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _segment(tag: str, run: list[int], shots: Sequence[Shot], scores: NDArray[np.float32]) -> Segment:
    lengths = [max(1, shots[place].end_ms - shots[place].start_ms) for place in run]
    score = float(np.average(scores[run], weights=lengths))
    return Segment(tag, shots[run[0]].start_ms, shots[run[-1]].end_ms, score)


def _long_enough(parts: list[Segment]) -> list[Segment]:
    kept = [part for part in parts if part.end_ms - part.start_ms >= MIN_SEGMENT_MS]
    if kept or not parts:
        return kept
    return [max(parts, key=lambda part: part.end_ms - part.start_ms)]
