"""A picture that somebody brings, read upright as 8-bit RGB; what cannot be one is refused in words."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from service.errors import NotAPicture
from service.images.colours import to_rgb
from service.images.counting import MOST_COUNTED, pictures_in
from service.images.unknown import what_it_seems
from service.video.geometry import Picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")  # no plug-in that starts another program
MAX_PIXELS = 50_000_000  # width x height; four bytes each while it is decoded
MIN_SIDE = 8  # pixels; less shows nothing
ENOUGH_SIDE = 720  # pixels of the shorter side that tags and objects need
ORIENTATION = 0x0112  # EXIF
# What Pillow raises on damaged files, beside OSError and ValueError.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, ArithmeticError, struct.error, zlib.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (5, 6, 7, 8)


@dataclass(frozen=True)
class ImageFacts:
    """What is worth telling of a picture's file."""

    format: str
    width: int  # pixels, upright, whatever was read of it
    height: int
    pictures: int  # in the file, counted up to MOST_COUNTED; the first one is looked at

    def to_json(self) -> dict[str, Any]:
        """How answers begin."""
        return {"format": self.format, "width": self.width, "height": self.height}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the answer must say."""
        if self.pictures == 1:
            return ()
        number = f"{self.pictures} or more" if self.pictures >= MOST_COUNTED else str(self.pictures)
        return (f"of the {number} pictures in the file the first was looked at",)


@dataclass(frozen=True)
class ReadImage:
    """A picture and the facts of its file."""

    facts: ImageFacts
    picture: Picture


def read_image(data: bytes | Path, *, enough: int | None = ENOUGH_SIDE, max_pixels: int = MAX_PIXELS) -> ReadImage:
    """Decode a picture, upright.

    `enough` pixels of the shorter side suffice: it comes with less than twice as many; None takes it as large as it is.
    Raises NotAPicture.
    """
    with _opened(data, max_pixels) as image:
        turn = 1 if image.format == "TIFF" else image.getexif().get(ORIENTATION, 1)  # Pillow turns TIFFs by itself
        width, height = (image.height, image.width) if turn in _ON_ITS_SIDE else image.size
        facts = ImageFacts(image.format or "", width, height, pictures_in(image))
        return ReadImage(facts, _picture(image, turn, enough or max(image.size)))


def read_picture(data: bytes | Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a picture, upright, its shorter side below twice ENOUGH_SIDE. Raises NotAPicture."""
    return read_image(data, max_pixels=max_pixels).picture


@contextmanager
def _opened(data: bytes | Path, max_pixels: int) -> Iterator[Image.Image]:
    """An image whose size is allowed; what goes wrong with it, also while it is decoded, is NotAPicture."""
    name = str(data) if isinstance(data, Path) else "The picture"
    try:
        with Image.open(data if isinstance(data, Path) else io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, name, max_pixels)
            yield image
    except _BOMB as error:
        raise NotAPicture(f"{name} claims more than the {max_pixels} pixels that are allowed: {error}") from error
    except UnidentifiedImageError as error:
        raise NotAPicture(f"{name} cannot be read as one of {', '.join(FORMATS)}: it is none of them{what_it_seems(data)}") from error
    except _DAMAGE as error:
        raise NotAPicture(f"{name} cannot be read as one of {', '.join(FORMATS)}: {error or type(error).__name__}") from error


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise NotAPicture(f"{name} has {width}x{height} pixels, more than the {max_pixels} that are allowed; send a smaller one")
    if min(width, height) < MIN_SIDE:
        raise NotAPicture(f"{name} has {width}x{height} pixels; at least {MIN_SIDE}x{MIN_SIDE} are needed")


def _picture(image: Image.Image, turn: int, enough: int) -> Picture:
    """RGB, upright, not larger than needed."""
    shrink = min(image.size) // enough
    image.draft("RGB", (image.width // max(1, shrink), image.height // max(1, shrink)))  # JPEG alone; others pass it by
    shrink = min(image.size) // enough
    small: Image.Image = image
    if shrink > 1 and image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        small = image.reduce(shrink)
    upright = small.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else small
    return np.asarray(to_rgb(upright), np.uint8)
