"""Tracks: the same object at several key frames of one shot, by how much its boxes overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from service.images.boxes import Box
from service.predictors.detection.nms import overlaps
from service.records import Shot

MIN_OVERLAP = 0.2  # intersection over union of one object's boxes; key frames are seconds apart, so things have moved


@dataclass(frozen=True)
class FoundObject:
    """What was found at one key frame."""

    label: str
    score: float
    box: Box  # in fractions of the upright picture


@dataclass(frozen=True)
class Sighting:
    """A track at one key frame."""

    time_ms: int
    score: float
    box: Box


@dataclass(frozen=True)
class Track:
    """One object within a shot; between two key frames it changes half way."""

    label: str
    start_ms: int
    end_ms: int  # not part of it
    sightings: tuple[Sighting, ...]  # by time

    @property
    def score(self) -> float:
        """Of its best sighting."""
        return max(each.score for each in self.sightings)


def shot_tracks(shot: Shot, times_ms: Sequence[int], found: Sequence[Iterable[FoundObject]]) -> list[Track]:
    """The tracks of a shot, by time and then best first; `found` holds what each key frame shows, in order of `times_ms`.

    The pair that overlaps most is joined first, then the next. An object that is missed at a key frame may be found again.
    """
    begun: list[tuple[str, list[Sighting]]] = []
    for time_ms, objects in zip(times_ms, found, strict=True):
        begun += _gone_on_with(begun, time_ms, list(objects))
    bounds = [shot.start_ms, *((one + other) // 2 for one, other in pairwise(times_ms)), shot.end_ms]
    starts, ends = dict(zip(times_ms, bounds[:-1], strict=True)), dict(zip(times_ms, bounds[1:], strict=True))
    tracks = [Track(label, starts[seen[0].time_ms], ends[seen[-1].time_ms], tuple(seen)) for label, seen in begun]
    return sorted(tracks, key=lambda track: (track.start_ms, -track.score))


def _gone_on_with(begun: list[tuple[str, list[Sighting]]], time_ms: int, objects: list[FoundObject]) -> list[tuple[str, list[Sighting]]]:
    """Add what a key frame shows to the tracks so far; what belongs to none of them begins new ones."""
    overlap = _overlaps([seen[-1].box for _label, seen in begun], [each.box for each in objects])
    for row, (label, _seen) in enumerate(begun):
        overlap[row, [each.label != label for each in objects]] = 0
    new = dict(enumerate(objects))
    while overlap.size and overlap.max() >= MIN_OVERLAP:
        row, column = divmod(int(overlap.argmax()), overlap.shape[1])
        begun[row][1].append(_sighting(time_ms, new.pop(column)))
        overlap[row, :] = overlap[:, column] = 0
    return [(each.label, [_sighting(time_ms, each)]) for each in new.values()]


def _sighting(time_ms: int, each: FoundObject) -> Sighting:
    return Sighting(time_ms, each.score, each.box)


def _overlaps(ones: Sequence[Box], others: Sequence[Box]) -> NDArray[np.float32]:
    """Intersection over union (ones, others)."""
    corners = [(box.x, box.y, box.right, box.bottom) for box in (*ones, *others)]
    return overlaps(np.array(corners, np.float32).reshape(-1, 4))[: len(ones), len(ones) :]
