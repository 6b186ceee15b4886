"""One film from probe to chosen key frames, within one process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from service.errors import NoDecodableFrame
from service.records import Decoder, DecodeReport, FilmFacts, KeyFrame, Precision, ShotFrames
from service.video.frames import FrameReader, ReadLimits
from service.video.geometry import Picture, network_crops, network_input
from service.video.keyframes import Candidate, candidate_step_ms, choose_key_frames
from service.video.opencv_reader import OpenCvReader
from service.video.options import DecodeLimits, DecodeOptions
from service.video.probe import probe
from service.video.pyav_reader import PyAvReader
from service.video.shots import ShotCandidates, frame_shots, keyframe_shots

READERS: dict[Decoder, Callable[..., FrameReader]] = {Decoder.PYAV: PyAvReader, Decoder.OPENCV: OpenCvReader}

EARLY_END_MS = 1000  # a film that ends before its header says, by more than this and the share below, was cut off
EARLY_END_SHARE = 0.05


class FilmStream:
    """A film that is decoded while one iterates over its shots."""

    def __init__(self, path: Path, options: DecodeOptions, limits: DecodeLimits, beat: Callable[[], None]) -> None:
        self.facts = probe(path, limits.max_pixels)
        self.position_ms = 0  # film time that was looked at so far
        self._path = path
        self._options = options
        read_limits = ReadLimits(limits.max_pixels, limits.max_failures_in_a_row)
        self._reader = READERS[options.decoder](path, self.facts, read_limits, beat)

    def __iter__(self) -> Iterator[ShotFrames]:
        found = None
        for found in self._shots():
            film_ms = self.facts.duration_ms or self._reader.end_ms or None
            chosen = choose_key_frames(found.shot, found.candidates, film_ms)
            yield ShotFrames(found.shot, tuple(self._key_frame(each) for each in chosen))
        if found is None:
            hint = "" if self._options.decoder is Decoder.PYAV else f"; try the decoder {Decoder.PYAV}"
            text = f"{self._path}: not one frame of its {self.facts.codec} video could be decoded by {self._options.decoder}{hint}"
            raise NoDecodableFrame(text)

    def _shots(self) -> Iterator[ShotCandidates]:
        if self._options.precision is Precision.FRAME:
            return frame_shots(self._reader, self._reach, candidate_step_ms(self.facts.duration_ms))
        return keyframe_shots(self._reader, self._reach)

    def report(self) -> DecodeReport:
        """What happened; to be asked for when the iteration has ended."""
        reader = self._reader
        warnings = tuple(_warnings(self.facts, reader))
        return DecodeReport(reader.frames_decoded, reader.failures, reader.end_ms, warnings)

    def _reach(self, time_ms: int) -> None:
        self.position_ms = max(self.position_ms, time_ms)

    def _key_frame(self, chosen: Candidate) -> KeyFrame:
        picture = chosen.picture
        views = network_crops(picture) if self._options.thorough else [network_input(picture)]
        side = self._options.thumbnail_side
        shown = None if side is None else thumbnail(picture, side)
        return KeyFrame(chosen.time_ms, np.stack(views), shown, picture if self._options.pictures else None)


def thumbnail(picture: Picture, side: int) -> Picture:
    """Shrink to a longer side of at most `side`."""
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _warnings(facts: FilmFacts, reader: FrameReader) -> Iterator[str]:
    if reader.failures:
        frames = "frame was" if reader.failures == 1 else "frames were"
        yield f"{reader.failures} damaged {frames} skipped"
    missing_ms = (facts.duration_ms or 0) - reader.end_ms
    if missing_ms > max(EARLY_END_MS, EARLY_END_SHARE * (facts.duration_ms or 0)):
        yield f"the film ends at {reader.end_ms / 1000:.1f} s, though its header says {(facts.duration_ms or 0) / 1000:.1f} s"
