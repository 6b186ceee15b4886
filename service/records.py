"""What travels between the stages: frozen records; times are integer milliseconds from presentation timestamps.

Times count from the film's first frame: a container that starts at another time is shifted to 0. A range holds its
start and not its end.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


class Precision(StrEnum):
    """How closely a film is looked at."""

    KEYFRAME = "keyframe"  # the encoder's own key frames: fast, enough for tags
    FRAME = "frame"  # every frame: exact cuts


class Decoder(StrEnum):
    """Which library decodes."""

    PYAV = "pyav"
    OPENCV = "opencv"


@dataclass(frozen=True)
class FilmFacts:
    """What a container says of its film."""

    file_name: str
    container: str  # demuxer name, such as "mov" or "matroska"
    codec: str  # such as "h264"
    width: int  # pixels as displayed: upright, square
    height: int
    duration_ms: int | None  # None where the container does not say
    frame_rate: Fraction | None  # frames a second, nominal; None where unknown
    rotation: int  # degrees clockwise that were applied to stand upright: 0, 90, 180 or 270
    start_timecode: str | None  # embedded start timecode such as "01:00:00:00" or "01:00:00;00"
    stream_index: int  # of the video stream that is looked at
    intra_only: bool  # every frame is a key frame, as in editing masters


@dataclass(frozen=True)
class Shot:
    """A stretch of film between two cuts, milliseconds, end not included."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class KeyFrame:
    """A frame chosen to stand for its shot."""

    time_ms: int
    views: NDArray[np.uint8]  # (views, 299, 299, 3) RGB, ready for the network; one view, or three when thorough
    thumbnail: NDArray[np.uint8] | None = None  # (height, width, 3) RGB, upright, bars included; only when asked for
    picture: NDArray[np.uint8] | None = None  # the same as large as it is looked at; only when asked for


@dataclass(frozen=True)
class ShotFrames:
    """A shot and the key frames that stand for it, in time order: one to three, more in a short film."""

    shot: Shot
    key_frames: tuple[KeyFrame, ...]


@dataclass(frozen=True)
class DecodeReport:
    """What happened while a film was decoded; known at its end."""

    frames_decoded: int
    decode_failures: int  # damaged packets or frames that were skipped
    duration_ms: int  # from the frames themselves: end of the last shot
    warnings: tuple[str, ...] = field(default=())
