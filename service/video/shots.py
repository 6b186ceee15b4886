"""Finding shots while frames stream by, at the precision of the frames that are looked at or of every frame."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from service.records import Shot
from service.video.frames import ANALYSIS_SIDE, DETECTION_SIDE, Frame, FrameReader, looked_at
from service.video.geometry import Picture
from service.video.keyframes import Candidate, Candidates

MAX_SHOT_MS = 30_000  # a longer take is recorded as several shots, which bounds memory and the wait for a result

COMPARED_SIZE = (320, 180)  # pixels
COLOUR_BINS = [12, 6, 6]  # of hue, saturation, value
LAYOUT_SIZE = (16, 9)  # pixels that say where light and dark stand
COLOUR_WEIGHT = 0.75  # of the colours' difference; the layout's has the rest
CUT_DIFFERENCE = 0.4  # of 1; nearly all pairs of unrelated clips differ more, most key frames of one shot less

ADAPTIVE_THRESHOLD = 3.5
ADAPTIVE_WINDOW = 3  # frames to each side
MIN_SHOT_MS = 600
MILLISECOND = Fraction(1, 1000)


Reached = Callable[[int], None]  # told the time of every frame that is looked at


@dataclass(frozen=True)
class ShotCandidates:
    """A finished shot and the frames that may stand for it, at least one."""

    shot: Shot
    candidates: list[Candidate]


@dataclass
class ShotBuilder:
    """Turns candidates and cuts, both in time order, into shots; a cut may be told a few frames late."""

    _candidates: Candidates = field(default_factory=Candidates)
    _start_ms: int = 0
    _last_ms: int = 0  # of the newest frame

    def wants(self, time_ms: int) -> bool:
        """Whether a picture of this time is worth converting."""
        return self._candidates.wants(time_ms)

    def add(self, candidate: Candidate) -> None:
        """Keep a candidate."""
        self._candidates.add(candidate)

    def length_at(self, time_ms: int) -> int:
        """How long the running shot would be if it ended here."""
        return time_ms - self._start_ms

    def reach(self, time_ms: int) -> Iterator[ShotCandidates]:
        """Tell that the film goes on to this time; a take that gets too long ends at the last frame before."""
        if time_ms - self._start_ms > MAX_SHOT_MS:
            yield from self.cut(self._last_ms)
        self._last_ms = time_ms

    def cut(self, time_ms: int) -> Iterator[ShotCandidates]:
        """End the running shot here; without a frame on both sides there is no cut."""
        if time_ms <= self._start_ms:
            return
        candidates = self._candidates.take_before(time_ms)
        if candidates:
            yield ShotCandidates(Shot(self._start_ms, time_ms), candidates)
            self._start_ms = time_ms

    def finish(self, end_ms: int) -> Iterator[ShotCandidates]:
        """End the last shot with the film."""
        yield from self.reach(end_ms)
        yield from self.cut(max(end_ms, self._start_ms + 1))

    def lacks_candidate(self) -> bool:
        """Whether the running shot, or what `finish` would split off it, has no candidate yet."""
        return not self._candidates.has_from(self._start_ms)


def keyframe_shots(reader: FrameReader, reached: Reached) -> Iterator[ShotCandidates]:
    """Shots at the precision of the looked-at frames: one that differs strongly from the last begins a shot.

    Black and white frames are fades, not shots: they stay with what stands before them.
    """
    builder = ShotBuilder()
    last: Look | None = None
    for frame in looked_at(reader):
        reached(frame.time_ms)
        yield from builder.reach(frame.time_ms)
        candidate = Candidate(frame.time_ms, frame.picture)
        if not candidate.is_empty:
            look = Look.of(frame.picture)
            if last is not None and look.difference(last) > CUT_DIFFERENCE and builder.length_at(frame.time_ms) >= MIN_SHOT_MS:
                yield from builder.cut(frame.time_ms)
            last = look
        builder.add(candidate)
    yield from builder.finish(reader.end_ms)


def frame_shots(reader: FrameReader, reached: Reached, step_ms: int) -> Iterator[ShotCandidates]:
    """Shots with exact cuts, every frame being compared with its neighbours; candidates stand `step_ms` apart."""
    builder, detector = ShotBuilder(Candidates(step_ms)), AdaptiveCuts()
    newest: Frame | None = None
    for frame in reader.all_frames():
        newest = frame
        reached(frame.time_ms)
        yield from builder.reach(frame.time_ms)
        if builder.wants(frame.time_ms):
            builder.add(Candidate(frame.time_ms, frame.picture(ANALYSIS_SIDE)))
        for cut_ms in detector.cuts(frame.time_ms, frame.picture(DETECTION_SIDE)):
            yield from builder.cut(cut_ms)
    if newest is not None:
        if builder.lacks_candidate():
            builder.add(Candidate(newest.time_ms, newest.picture(ANALYSIS_SIDE)))
        yield from builder.finish(reader.end_ms)


@dataclass(frozen=True)
class Look:
    """What is compared of a picture: its colours, whatever their place, and the layout of its light."""

    colours: cv2.typing.MatLike  # a histogram that sums to 1
    layout: NDArray[np.float64]  # luma of a coarse grid

    @classmethod
    def of(cls, picture: Picture) -> "Look":
        """Measure a picture."""
        small = cv2.resize(picture, COMPARED_SIZE, interpolation=cv2.INTER_AREA)
        hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
        histogram = cv2.calcHist([hsv], [0, 1, 2], None, COLOUR_BINS, [0, 180, 0, 256, 0, 256])
        grid = cv2.cvtColor(cv2.resize(small, LAYOUT_SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        return cls(cv2.normalize(histogram, histogram, 1, 0, cv2.NORM_L1), np.asarray(grid, np.float64).ravel())

    def difference(self, other: "Look") -> float:
        """0 for the same picture, 1 for one that shares nothing with it."""
        colours = cv2.compareHist(self.colours, other.colours, cv2.HISTCMP_BHATTACHARYYA)
        layout = (1 - _correlation(self.layout, other.layout)) / 2
        return COLOUR_WEIGHT * colours + (1 - COLOUR_WEIGHT) * layout


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's; of a flat picture, which has no layout, 1 with another one and 0 with anything else."""
    one, other = one - one.mean(), other - other.mean()
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if 0 in lengths:
        return float(lengths[0] == lengths[1])
    return float(one @ other) / (lengths[0] * lengths[1])


class AdaptiveCuts:
    """PySceneDetect's adaptive detector on our frames and times."""

    def __init__(self) -> None:
        # Imported here: it takes a third of a second, and keyframe precision does without.
        from scenedetect.common import FrameTimecode, Timecode
        from scenedetect.detectors import AdaptiveDetector

        def timecode(time_ms: int) -> FrameTimecode:
            return FrameTimecode(Timecode(time_ms, MILLISECOND), fps=1 / MILLISECOND)

        self._timecode = timecode
        self._detector = AdaptiveDetector(
            adaptive_threshold=ADAPTIVE_THRESHOLD, window_width=ADAPTIVE_WINDOW, min_scene_len=MIN_SHOT_MS / 1000
        )
        self._size: tuple[int, int] | None = None

    def cuts(self, time_ms: int, picture: Picture) -> list[int]:
        """Times of cuts that this frame makes certain, at most the window back."""
        height, width = picture.shape[:2]
        self._size = self._size or (width, height)
        if self._size != (width, height):  # the film changes its size on the way
            picture = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        return [cut.pts for cut in self._detector.process_frame(self._timecode(time_ms), bgr)]
