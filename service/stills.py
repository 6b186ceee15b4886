"""The tags of a single picture, such as a poster or a photograph."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from service.errors import NotAPicture
from service.predictors.predictions import Predictor
from service.video.geometry import Picture, network_input

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")  # no plug-in that starts another program
MAX_PIXELS = 50_000_000  # width x height; four bytes each while it is decoded
MIN_SIDE = 8  # pixels; less shows nothing
ENOUGH_SIDE = 720  # pixels of the shorter side; larger pictures are shrunk before anything else is done to them
DIGITS = 4  # of a score in JSON
# What Pillow raises on damaged files, beside OSError and ValueError.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, ArithmeticError, struct.error, zlib.error)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Still:
    """A picture as the network sees it, and what is worth telling of its file."""

    format: str
    width: int  # pixels, upright
    height: int
    pictures: int  # in the file; the first one is looked at
    view: Picture


@dataclass(frozen=True)
class StillResult:
    """The answer for a picture."""

    format: str
    width: int
    height: int
    scores: dict[str, float]  # all tags of the vocabulary
    tags: tuple[tuple[str, float], ...]  # that reach their threshold, best first
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types, scores rounded."""
        tags = [{"tag": tag, "score": round(score, DIGITS)} for tag, score in self.tags]
        return asdict(self) | {
            "scores": {tag: round(score, DIGITS) for tag, score in self.scores.items()},
            "tags": tags,
            "warnings": list(self.warnings),
        }


def tag_still(data: bytes | Path, predictor: Predictor, *, min_score: float | None = None, max_pixels: int = MAX_PIXELS) -> StillResult:
    """Score one picture by all tags.

    A sensitive tag holds only where several frames of a shot agree, and a still is one frame: such tags have a score and
    are never among `tags`. Raises NotAPicture.
    """
    still = read_still(data, max_pixels)
    row = predictor.predict(still.view[None, None]).scores[0]
    scores = dict(zip(predictor.vocabulary.ids, row.tolist(), strict=True))
    bundle = predictor.bundle
    limits = {tag: bundle.thresholds[tag] if min_score is None else min_score for tag in scores if tag not in bundle.sensitive.tags}
    reached = [(tag, scores[tag]) for tag, limit in limits.items() if np.float32(scores[tag]) >= np.float32(limit)]
    tags = tuple(sorted(reached, key=lambda pair: -pair[1]))
    return StillResult(still.format, still.width, still.height, scores, tags, tuple(_warnings(still)))


def read_still(data: bytes | Path, max_pixels: int = MAX_PIXELS) -> Still:
    """Decode a picture, upright, and bring it to the form of a film's frames. Raises NotAPicture."""
    with _opened(data, max_pixels) as image:
        width, height = _upright_size(image)
        return Still(image.format or "", width, height, getattr(image, "n_frames", 1), network_input(_picture(image)))


def read_picture(data: bytes | Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a picture, upright, its shorter side below twice ENOUGH_SIDE. Raises NotAPicture."""
    with _opened(data, max_pixels) as image:
        return _picture(image)


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
    except _DAMAGE as error:
        raise NotAPicture(f"{name} cannot be read as one of {', '.join(FORMATS)}: {_short(error)}") from error


def _short(error: Exception) -> str:
    """Without the object that Pillow names where nothing was recognized."""
    return "it is none of them" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise NotAPicture(f"{name} has {width}x{height} pixels, more than the {max_pixels} that are allowed; send a smaller one")
    if min(width, height) < MIN_SIDE:
        raise NotAPicture(f"{name} has {width}x{height} pixels; at least {MIN_SIDE}x{MIN_SIDE} are needed")


def _upright_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)  # EXIF orientation: on its side
    return (image.height, image.width) if turned else image.size


def _picture(image: Image.Image) -> Picture:
    """RGB, upright, not larger than needed."""
    shrink = min(image.size) // ENOUGH_SIDE
    image.draft("RGB", (image.width // max(1, shrink), image.height // max(1, shrink)))  # JPEG alone; others pass it by
    shrink = min(image.size) // ENOUGH_SIDE
    small: Image.Image = image
    if shrink > 1 and image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        small = image.reduce(shrink)
    small.getexif()[0x0112] = image.getexif().get(0x0112, 1)
    return np.asarray(_rgb(ImageOps.exif_transpose(small)), np.uint8)


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB; what is transparent is white, as on paper."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Deep gray values: whole numbers are 16 bits unless none is above 255, others from 0 to 1 unless some are above."""
    numbers = np.nan_to_num(values.astype(np.float32))
    top = float(numbers.max(initial=0))
    if np.issubdtype(values.dtype, np.floating):
        scale = 255.0 if top <= 1 else 255 / top
    else:
        scale = 1.0 if top <= 255 and values.dtype != np.uint16 else 255 / max(top, 65535)
    return np.asarray(np.clip(numbers * scale + 0.5, 0, 255), np.uint8)


def _warnings(still: Still) -> list[str]:
    return [f"of the {still.pictures} pictures in the file the first was looked at"] if still.pictures > 1 else []
