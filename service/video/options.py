"""What is asked of a decoding, and what it may cost."""

from dataclasses import dataclass

from service.records import Decoder, Precision
from service.video.probe import MAX_PIXELS


@dataclass(frozen=True)
class DecodeOptions:
    """What is asked of a decoding."""

    precision: Precision = Precision.KEYFRAME
    decoder: Decoder = Decoder.PYAV
    thorough: bool = False  # three views a key frame in place of one
    thumbnail_side: int | None = None  # longer side of the pictures for people, pixels; None for no pictures
    pictures: bool = False  # the key frames as large as they are looked at, too, as objects are found in them


@dataclass(frozen=True)
class DecodeLimits:
    """What a decoding may cost, and what damage it skips over."""

    memory_bytes: int = 3 << 30  # of data in the decoding process; an 8K film needs about 1.5 GB
    stall_seconds: float = 60.0  # without a sign of life
    max_pixels: int = MAX_PIXELS  # width x height of a picture
    max_failures_in_a_row: int = 1000  # damaged packets; at 25 frames a second 40 s of film
