"""The seam between the film and everything else: what a decoder must offer, and which frames are looked at.

`PyAvReader` and `OpenCvReader` implement it; no stage after this one knows which of them decodes.
"""

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from service.video.geometry import Picture

ANALYSIS_SIDE = 360  # pixels of the shorter side: enough for the network after bars are cut
DETECTION_SIDE = 108  # pixels of the shorter side, for the comparison of neighbouring frames; 192x108 for a wide film
LONGEST_SIDE = 2048  # pixels; bounds a picture of extreme aspect ratio
LOOK_STEP_MS = 500  # of film for each key frame that is decoded: editing masters have only key frames
LOOK_BURST = 3  # key frames that may stand nearer, as at quick cuts
MIN_LOOKED_AT = 12  # frames of a film, where it has so many: fewer tell clearly less of its themes
SPARSE_RATIO = 2  # a film with fewer frames than this for each wanted one is looked at whole


Beat: TypeAlias = Callable[[], None]  # called with every packet that is met: the decoder is alive


@dataclass(frozen=True)
class ReadLimits:
    """What a reader puts up with."""

    max_pixels: int  # of a picture
    max_failures_in_a_row: int  # damaged packets or frames


class Frame(Protocol):
    """A decoded frame, converted when asked for."""

    @property
    def time_ms(self) -> int:
        """Presentation time from the film's first frame."""

    def picture(self, side: int) -> Picture:
        """RGB, upright, square pixels, its shorter side at most `side`; never upscaled."""


FrameT = TypeVar("FrameT", bound=Frame)


class FrameReader(Protocol):
    """One film, read from its beginning as often as asked; times never go back within one reading."""

    frames_decoded: int
    failures: int  # damaged packets or frames that were skipped
    end_ms: int  # end of the last frame met, once a reading is over
    frames_met: int  # frames that the current reading has passed, decoded or not

    def key_frames(self) -> Iterator[Frame]:
        """The frames that can be decoded cheaply, at most about two a second."""

    def all_frames(self) -> Iterator[Frame]:
        """Every frame."""

    def frames_at(self, times_ms: Sequence[int]) -> Iterator[Frame]:
        """For each of the ascending times the first frame at or after it, where there is one."""


@dataclass(frozen=True)
class LookedAt:
    """A frame that is looked at in keyframe precision, converted."""

    time_ms: int
    picture: Picture


def fitted_size(width: float, height: float, side: int) -> tuple[int, int]:
    """Width and height with a shorter side of at most `side`, a longer one of at most LONGEST_SIDE, never upscaled."""
    scale = min(1.0, side / min(width, height), LONGEST_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def looked_at(reader: FrameReader) -> Iterator[LookedAt]:
    """Key frames in time order; where a film has too few of them, frames of the largest gaps among them."""
    first: list[LookedAt] = []
    frames = reader.key_frames()
    for frame in frames:
        first.append(_converted(frame))
        if len(first) == MIN_LOOKED_AT:
            yield from first
            yield from map(_converted, frames)
            return
    yield from _filled_up(reader, first)


def _filled_up(reader: FrameReader, few: list[LookedAt]) -> Iterator[LookedAt]:
    """The few frames with others between them; the few are all that waits in memory."""
    wanted = min(MIN_LOOKED_AT, reader.frames_met)
    if len(few) >= wanted:
        yield from few
        return
    known = {frame.time_ms for frame in few}
    if reader.frames_met <= wanted * SPARSE_RATIO:
        others = reader.all_frames()
    else:
        others = reader.frames_at(gap_times(sorted(known), reader.end_ms, wanted - len(few)))
    added = (_converted(frame) for frame in others if frame.time_ms not in known)
    yield from heapq.merge(few, added, key=lambda frame: frame.time_ms)


def gap_times(known_ms: Sequence[int], end_ms: int, count: int) -> list[int]:
    """`count` ascending times that split the largest gaps between the known times and the end evenly."""
    starts = list(known_ms) or [0]
    ends = [*starts[1:], max(end_ms, starts[-1])]
    parts = [1] * len(starts)
    for _ in range(count if known_ms else count - 1):
        widest = max(range(len(starts)), key=lambda gap: (ends[gap] - starts[gap]) / parts[gap])
        parts[widest] += 1
    times = {
        start + (end - start) * step // split for start, end, split in zip(starts, ends, parts, strict=True) for step in range(1, split)
    }
    return sorted(times if known_ms else times | {0})


def frames_for(times_ms: Sequence[int], frames: Iterator[FrameT]) -> Iterator[FrameT]:
    """Of ascending frames, the first at or after each of the ascending times."""
    next_time = 0
    for frame in frames:
        if next_time == len(times_ms):
            return
        if frame.time_ms >= times_ms[next_time]:
            next_time = bisect_left(times_ms, frame.time_ms + 1)
            yield frame


def _converted(frame: Frame) -> LookedAt:
    return LookedAt(frame.time_ms, frame.picture(ANALYSIS_SIDE))
