"""Frames by OpenCV's VideoCapture, the plain way: it decodes every frame, so it is slower and knows less.

What it cannot do, and PyAV can: tell key frames (it looks once a second instead), leave packets undecoded, choose the
video stream by its number in the container, deinterlace, say how many packets were damaged, tone-map HDR, and decode
what the FFmpeg inside OpenCV was built without (`CANNOT_DECODE`).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from service.records import FilmFacts
from service.video.containers import OPTIONS, check_file
from service.video.frames import Beat, ReadLimits, fitted_size, frames_for
from service.video.geometry import Picture
from service.video.pictures import turned
from service.video.probe import RAW_CONTAINERS

CANNOT_DECODE = {"av1"}  # codecs; opencv-python-headless is built without dav1d
LOOK_EVERY_MS = 1000  # in keyframe precision
DEFAULT_FRAME_MS = 40  # where the film states no rate
CAPTURE_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"


@dataclass(frozen=True)
class OpenCvFrame:
    """A decoded frame with its film time."""

    time_ms: int
    stored: NDArray[np.uint8]  # BGR, as the file holds it: not turned, pixels not square
    facts: FilmFacts

    def picture(self, side: int) -> Picture:
        """See `Frame.picture`."""
        upright = turned(self.stored, self.facts.rotation)
        width, height = fitted_size(self.facts.width, self.facts.height, side)
        small = cv2.resize(upright, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)


class OpenCvReader:
    """See `FrameReader`."""

    def __init__(self, path: Path, facts: FilmFacts, limits: ReadLimits, beat: Beat) -> None:
        self.frames_decoded = 0
        self.failures = 0
        self.end_ms = 0
        self.frames_met = 0
        self._path = path
        self._facts = facts
        self._beat = beat
        rate = facts.frame_rate
        self._has_no_times = facts.container in RAW_CONTAINERS
        self._frame_ms = max(1, round(1000 / rate)) if rate else DEFAULT_FRAME_MS
        options = OPTIONS | {"max_pixels": str(limits.max_pixels)}
        # VideoCapture has no argument for FFmpeg's options; this process decodes one film and ends.
        os.environ[CAPTURE_OPTIONS] = "|".join(f"{name};{value}" for name, value in options.items())

    def key_frames(self) -> Iterator[OpenCvFrame]:
        """See `FrameReader.key_frames`: one frame a second, since VideoCapture does not tell key frames."""
        yield from self._read(LOOK_EVERY_MS)

    def all_frames(self) -> Iterator[OpenCvFrame]:
        """See `FrameReader.all_frames`."""
        yield from self._read(0)

    def frames_at(self, times_ms: Sequence[int]) -> Iterator[OpenCvFrame]:
        """See `FrameReader.frames_at`."""
        yield from frames_for(times_ms, self._read(0))

    def _read(self, step_ms: int) -> Iterator[OpenCvFrame]:
        self.frames_met = 0
        check_file(self._path)
        capture = cv2.VideoCapture(str(self._path.absolute()), cv2.CAP_FFMPEG)
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        try:
            yield from self._frames(capture, step_ms)
        finally:
            capture.release()

    def _frames(self, capture: cv2.VideoCapture, step_ms: int) -> Iterator[OpenCvFrame]:
        origin: float | None = None
        last_ms, due_ms = -1, 0
        while capture.grab():
            self._beat()
            self.frames_met += 1
            self.frames_decoded += 1
            stamp = capture.get(cv2.CAP_PROP_POS_MSEC)
            origin = stamp if origin is None else origin
            time_ms = (self.frames_met - 1) * self._frame_ms if self._has_no_times else round(stamp - origin)
            if time_ms <= last_ms:
                continue
            last_ms = time_ms
            self.end_ms = max(self.end_ms, time_ms + self._frame_ms)
            if time_ms >= due_ms:
                due_ms = time_ms - time_ms % step_ms + step_ms if step_ms else 0
                found, stored = capture.retrieve()
                if found and stored is not None:
                    yield OpenCvFrame(time_ms, np.asarray(stored, np.uint8), self._facts)
