"""One frame of a film by its time, found by a jump: the film is not read from its beginning."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from service.errors import NoDecodableFrame
from service.video.containers import open_stream
from service.video.geometry import Picture
from service.video.pictures import PictureMaker
from service.video.probe import check_size, rotation_of, sample_aspect, video_stream
from service.video.timeline import DEFAULT_FRAME_MS, Timeline

TOLERANCE_MS = 60  # readers and containers disagree by a frame at most
EARLIER_MS = (0, 1000, 10_000)  # a jump may land behind the frame: then from so much before


def frame_at(stream: BinaryIO, name: str, time_ms: int, side: int, max_pixels: int) -> Picture:
    """The frame at a film time, upright, its shorter side at most `side`; `name` is the film's, for messages.

    Raises FilmError: NoDecodableFrame where there is no frame at this time, or none that a jump finds.
    """
    with open_stream(stream, name, max_pixels) as container:
        video = video_stream(container, Path(name))
        check_size(video, Path(name), max_pixels)
        _prepare(container, video)
        first = next(_frames(container, video), None)
        origin = _stamp(first) if first is not None else None
        if first is None or origin is None:
            raise NoDecodableFrame(f"{name}: no frame with a time was found at its beginning")
        timeline = Timeline(_tick_ms(video), DEFAULT_FRAME_MS, jumps_forward=False, origin=origin)
        frame = first if time_ms <= TOLERANCE_MS else _jump(container, video, timeline, time_ms)
        if frame is None:
            raise NoDecodableFrame(f"{name}: no frame was found at {time_ms} ms")
        return PictureMaker(sample_aspect(video), rotation_of(first)).picture(frame, side)


def _prepare(container: InputContainer, video: VideoStream) -> None:
    for other in container.streams:
        if other.index != video.index:
            other.discard = Discard.all
    video.codec_context.thread_count = 1  # each further thread holds further frames


def _jump(container: InputContainer, video: VideoStream, timeline: Timeline, time_ms: int) -> av.VideoFrame | None:
    """The first frame at or after a film time, if it is near."""
    for earlier_ms in EARLIER_MS:
        container.seek((timeline.origin or 0) + round((time_ms - earlier_ms) / timeline.tick_ms), stream=video)
        for frame in _frames(container, video):
            stamp = _stamp(frame)
            behind_ms = -1 if stamp is None else timeline.film_ms(stamp) - time_ms
            if 0 <= behind_ms <= TOLERANCE_MS:
                return frame
            if behind_ms > TOLERANCE_MS:
                break
    return None


def _frames(container: InputContainer, video: VideoStream) -> Iterator[av.VideoFrame]:
    """Decoded frames from where the container stands, the damaged ones left out."""
    for packet in container.demux(video):
        try:
            frames = video.decode(packet)
        except MemoryError:
            raise
        except (av.FFmpegError, EOFError, ValueError):
            continue
        yield from (frame for frame in frames if not frame.is_corrupt)


def _stamp(frame: av.VideoFrame) -> int | None:
    return frame.pts if frame.pts is not None else frame.dts


def _tick_ms(video: VideoStream) -> Fraction:
    return (video.time_base or Fraction(1, 1000)) * 1000
