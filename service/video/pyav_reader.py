"""Frames by PyAV: it can leave packets undecoded, which is what makes key frames fast."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from service.errors import NotAVideo, TooManyDecodeFailures
from service.records import FilmFacts
from service.video.containers import open_container
from service.video.frames import LOOK_BURST, LOOK_STEP_MS, Beat, ReadLimits, frames_for
from service.video.geometry import Picture
from service.video.pictures import PictureMaker
from service.video.probe import sample_aspect
from service.video.timeline import DEFAULT_FRAME_MS, JUMPING_CONTAINERS, Timeline

THREADS = 4  # of the decoder: pictures in the making, so that it goes on while one is looked at
MAX_CONCEALED = 25  # damaged pictures in a row that are passed over; then they are taken as they are
MAX_READ_FAILURES = 50  # in a row; then the rest of the file is taken to be missing
REFERENCES_ONLY_MS = 4000  # times this far apart are found without decoding the frames that no other needs

Skip: TypeAlias = Literal["NONE", "NONREF", "NONKEY"]
Packet: TypeAlias = "av.Packet[VideoStream]"
Chosen: TypeAlias = Callable[[Packet, int], bool]  # of a packet and its time from the container's zero


@dataclass(frozen=True)
class PyAvFrame:
    """A decoded frame with its film time."""

    time_ms: int
    frame: av.VideoFrame
    maker: PictureMaker

    def picture(self, side: int) -> Picture:
        """See `Frame.picture`."""
        return self.maker.picture(self.frame, side)


class PyAvReader:
    """See `FrameReader`."""

    def __init__(self, path: Path, facts: FilmFacts, limits: ReadLimits, beat: Beat) -> None:
        self.frames_decoded = 0
        self.failures = 0
        self.end_ms = 0
        self.frames_met = 0
        self._path = path
        self._facts = facts
        self._limits = limits
        self._beat = beat
        self._failures_in_a_row = 0
        self._concealed_in_a_row = 0
        self._is_gap = False  # whether packets were left out since the last one that was decoded
        self._key_times: list[int] = []  # of the key packets that the last reading of key frames decoded, from the container's zero
        self._last_key_ms = 0  # time of the last key packet, and how much time is still to be spent on looking
        self._unlooked_ms = 0
        self._origin: int | None = None  # the first frame's timestamp, and the same in milliseconds
        self._origin_ms = 0

    def key_frames(self) -> Iterator[PyAvFrame]:
        """See `FrameReader.key_frames`: packets that hold no key frame never reach the decoder."""
        self._key_times = []
        self._unlooked_ms = LOOK_BURST * LOOK_STEP_MS
        yield from self._read("NONKEY", self._is_looked_at)

    def all_frames(self) -> Iterator[PyAvFrame]:
        """See `FrameReader.all_frames`."""
        yield from self._read("NONE", lambda _packet, _stamp_ms: True)

    def frames_at(self, times_ms: Sequence[int]) -> Iterator[PyAvFrame]:
        """See `FrameReader.frames_at`: groups of pictures that hold none of the times are not decoded."""
        apart = all(after - before >= REFERENCES_ONLY_MS for before, after in pairwise(times_ms))
        skip: Skip = "NONREF" if apart else "NONE"
        yield from frames_for(times_ms, self._read(skip, self._in_groups_of(times_ms)))

    def _is_looked_at(self, packet: Packet, stamp_ms: int) -> bool:
        if not packet.is_keyframe:
            return False
        if self._key_times:
            self._unlooked_ms += max(0, stamp_ms - self._last_key_ms)
            self._unlooked_ms = min(self._unlooked_ms, LOOK_BURST * LOOK_STEP_MS)
        self._last_key_ms = stamp_ms
        if self._unlooked_ms < LOOK_STEP_MS:
            return False
        self._unlooked_ms -= LOOK_STEP_MS
        self._key_times.append(stamp_ms)
        return True

    def _in_groups_of(self, times_ms: Sequence[int]) -> Chosen:
        """Whether one of the times lies between the key frames around a packet."""
        groups = {bisect_right(self._key_times, time_ms + self._origin_ms) for time_ms in times_ms}
        group = 0

        def chosen(packet: Packet, stamp_ms: int) -> bool:
            nonlocal group
            if packet.is_keyframe:
                group = bisect_right(self._key_times, stamp_ms)
            return group in groups

        return chosen

    def _read(self, skip: Skip, chosen: Chosen) -> Iterator[PyAvFrame]:
        self.frames_met = 0
        self._is_gap = False
        with open_container(self._path, self._limits.max_pixels) as container:
            stream = self._stream(container, skip)
            timeline = self._timeline(stream)
            maker = PictureMaker(sample_aspect(stream), self._facts.rotation)
            for packet in self._chosen_packets(container, stream, timeline, chosen):
                for frame in self._decoded(stream, packet):
                    time_ms = timeline.frame_time(frame)
                    if time_ms is not None:
                        yield PyAvFrame(time_ms, frame, maker)
            self._origin = timeline.origin
            self._origin_ms = timeline.stamp_ms(timeline.origin or 0)
            self.end_ms = max(self.end_ms, timeline.end_ms)

    def _chosen_packets(
        self, container: InputContainer, stream: VideoStream, timeline: Timeline, chosen: Chosen
    ) -> Iterator["Packet | None"]:
        """The packets to decode; None where the decoder has to give out what it holds."""
        for packet in self._packets(container, stream):
            self.frames_met += 1
            stamp_ms = timeline.follow(packet)
            if chosen(packet, stamp_ms):
                if self._is_gap:
                    # Without this a decoder takes what follows for a neighbour, and orders open groups of pictures wrongly.
                    yield None
                    stream.codec_context.flush_buffers()
                self._is_gap = False
                yield packet
            else:
                self._is_gap = True
        yield None

    def _stream(self, container: InputContainer, skip: Skip) -> VideoStream:
        stream = container.streams[self._facts.stream_index]
        if not isinstance(stream, VideoStream):
            raise NotAVideo(f"{self._path} changed while it was read")
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        stream.codec_context.skip_frame = skip
        stream.thread_type = ThreadType.AUTO
        stream.codec_context.thread_count = 1 if skip == "NONKEY" else THREADS  # key frames come one at a time
        return stream

    def _timeline(self, stream: VideoStream) -> Timeline:
        rate = self._facts.frame_rate
        return Timeline(
            tick_ms=(stream.time_base or Fraction(1, 1000)) * 1000,
            frame_ms=1000 / rate if rate else DEFAULT_FRAME_MS,
            jumps_forward=self._facts.container in JUMPING_CONTAINERS,
            origin=self._origin,
        )

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
        """Packets to the end of what can be read, damage skipped."""
        failures = 0
        while failures <= MAX_READ_FAILURES:
            try:
                for packet in container.demux(stream):
                    failures = 0
                    self._beat()
                    if packet.size:
                        yield packet
                return
            except av.FFmpegError:
                self.failures += 1
                failures += 1

    def _decoded(self, stream: VideoStream, packet: "Packet | None") -> list[av.VideoFrame]:
        try:
            frames = stream.decode(packet)
        except EOFError:
            return []
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError) as error:
            self._count_failure(error)
            return []
        self.frames_decoded += len(frames)
        return [frame for frame in frames if self._is_sound(frame)]

    def _is_sound(self, frame: av.VideoFrame) -> bool:
        """Whether a frame was decoded without guesses; where nothing else comes for long, what comes is taken."""
        if frame.is_corrupt and self._concealed_in_a_row < MAX_CONCEALED:
            self.failures += 1
            self._concealed_in_a_row += 1
            return False
        self._concealed_in_a_row = self._concealed_in_a_row if frame.is_corrupt else 0
        self._failures_in_a_row = 0
        return True

    def _count_failure(self, error: Exception) -> None:
        self.failures += 1
        self._failures_in_a_row += 1
        if self._failures_in_a_row > self._limits.max_failures_in_a_row:
            text = f"{self._path}: more than {self._limits.max_failures_in_a_row} damaged frames in a row"
            raise TooManyDecodeFailures(text) from error
