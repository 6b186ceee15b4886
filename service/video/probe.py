"""What a container says of its film, and the refusal of what is no film."""

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from service.errors import CodecMissing, NoVideoStream, PictureSizeRefused
from service.records import FilmFacts
from service.video.containers import open_container

MAX_PIXELS = 8192 * 8192  # width x height; an 8K film (7680x4320) has half of it
MAX_SIDE = 32767
PEEKED_PACKETS = 8  # the first ones: all of them key frames means an editing master
MAX_RATE = 1000  # frames a second; more is a time base passed off as a rate
MAX_ASPECT = 16  # of a sample, and its inverse; more is a damaged header
MAX_DURATION_MS = 30 * 24 * 3600 * 1000  # more is a damaged header
# Raw streams hold no times: what FFmpeg gives as their duration is guessed from a bit rate.
RAW_CONTAINERS = {"h264", "hevc", "vvc", "h263", "h261", "m4v", "mpegvideo", "vc1", "obu", "dirac", "dnxhd", "cavsvideo"}


def probe(path: Path, max_pixels: int = MAX_PIXELS) -> FilmFacts:
    """Read the facts of the film at `path`, or say in one sentence why it cannot be tagged."""
    with open_container(path, max_pixels) as container:
        stream = video_stream(container, path)
        check_size(stream, path, max_pixels)
        rotation, intra_only = _peek(container, stream)
        width, height = displayed_size(stream.width, stream.height, sample_aspect(stream), rotation)
        return FilmFacts(
            file_name=path.name,
            container=container.format.name.split(",")[0],
            codec=stream.codec_context.codec.canonical_name,
            width=width,
            height=height,
            duration_ms=_duration_ms(container, stream),
            frame_rate=frame_rate(stream),
            rotation=rotation,
            start_timecode=_start_timecode(container, stream),
            stream_index=stream.index,
            intra_only=intra_only,
        )


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The film's main video: FFmpeg's choice, or the largest where that is only a cover picture."""
    films = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not films:
        raise NoVideoStream(f"{path} has no video stream, only {_stream_kinds(container)}")
    best = container.streams.best("video")
    chosen = next((stream for stream in films if best is not None and stream.index == best.index), films[0])
    if chosen.codec_context is None:
        decodable = [stream for stream in films if stream.codec_context is not None]
        if not decodable:
            raise CodecMissing(f"{path}: no decoder is built in for its video codec; convert the film to another one, such as H.264")
        chosen = decodable[0]
    return chosen


def sample_aspect(stream: VideoStream) -> Fraction:
    """Width of one stored pixel by its height; 1 where the container does not say."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return aspect if Fraction(1, MAX_ASPECT) <= aspect <= MAX_ASPECT else Fraction(1)


def frame_rate(stream: VideoStream) -> Fraction | None:
    """Nominal frames a second."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 0 < rate <= MAX_RATE:
            return Fraction(rate)
    return None


def displayed_size(width: int, height: int, aspect: Fraction, rotation: int) -> tuple[int, int]:
    """Width and height in square pixels, upright."""
    wide = max(1, round(width * aspect))
    return (height, wide) if rotation in (90, 270) else (wide, height)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _stream_kinds(container: InputContainer) -> str:
    kinds = {stream.type for stream in container.streams}
    names = {"audio": "sound", "subtitle": "subtitles", "video": "a cover picture"}
    return " and ".join(sorted(names.get(kind, kind) for kind in kinds)) or "nothing"


def check_size(stream: VideoStream, path: Path, max_pixels: int) -> None:
    """Refuse pictures without pixels, or with too many."""
    width, height = stream.width, stream.height
    if width <= 0 or height <= 0:  # FFmpeg, too, turns what is beyond the limit into this
        raise PictureSizeRefused(f"{path} claims pictures of no size at all, or of more than the {max_pixels} pixels that are allowed")
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise PictureSizeRefused(f"{path} claims pictures of {width}x{height}, more than the {max_pixels} pixels that are allowed")


def _peek(container: InputContainer, stream: VideoStream) -> tuple[int, bool]:
    """Rotation in degrees clockwise, and whether the first packets are all key frames."""
    rotation: int | None = None
    keys: list[bool] = []
    try:
        for packet in container.demux(stream):
            if packet.size == 0 or len(keys) == PEEKED_PACKETS:
                break
            keys.append(packet.is_keyframe)
            if packet.is_keyframe and rotation is None:
                rotation = _rotation(stream, packet)
    except (av.FFmpegError, EOFError):
        pass  # damage is the decoder's to count
    intra_only = stream.codec_context.codec.intra_only or (len(keys) > 1 and all(keys))
    return rotation or 0, bool(intra_only)


def _rotation(stream: VideoStream, packet: "av.Packet[VideoStream]") -> int | None:
    """The display matrix comes with the decoded frame."""
    try:
        frames = stream.decode(packet) or stream.decode(None)
    except (av.FFmpegError, EOFError):
        return None
    return rotation_of(frames[0]) if frames else None


def rotation_of(frame: av.VideoFrame) -> int:
    """Degrees clockwise by which a decoded frame is to be turned; FFmpeg counts them counter-clockwise."""
    return round(-frame.rotation / 90) * 90 % 360


def _duration_ms(container: InputContainer, stream: VideoStream) -> int | None:
    """The video's own duration before the container's, which may be that of a longer sound track."""
    if container.format.name in RAW_CONTAINERS:
        return None
    if stream.duration and stream.time_base:
        duration = round(stream.duration * stream.time_base * 1000)
    elif stamp := stream.metadata.get("DURATION"):
        duration = _clock_ms(stamp)
    else:
        duration = round((container.duration or 0) * 1000 / av.time_base)
    return duration if 0 < duration <= MAX_DURATION_MS else None


def _clock_ms(stamp: str) -> int:
    """Milliseconds of Matroska's "00:00:10.375000000"; 0 where it is something else."""
    try:
        hours, minutes, seconds = stamp.split(":")
        return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)
    except ValueError:
        return 0


def _start_timecode(container: InputContainer, stream: VideoStream) -> str | None:
    """From the video itself, else a timecode track (QuickTime tmcd), else the container (MXF)."""
    tracks = [other for other in container.streams if other.type == "data"]
    for metadata in (stream.metadata, *(track.metadata for track in tracks), container.metadata):
        for name in ("timecode", "TIMECODE"):  # Matroska writes its tags in capitals
            if timecode := metadata.get(name):
                return timecode
    return None
