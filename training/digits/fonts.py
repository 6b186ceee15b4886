"""Letters and digits drawn from fonts, in the form of MNIST."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from service.digits.field import on_field
from training.errors import DataError

DRAWN = 72  # pixels of the font's size
CALIBRATION, EVALUATION = "calibration", "evaluation"  # no family of fonts is in both
# Of the fonts that come with matplotlib, those of letters alone.
_BUILT_IN = ("DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf", "cmr10.ttf", "cmb10.ttf", "cmss10.ttf", "cmtt10.ttf", "cmti10.ttf")
_NO_LETTER = "\uffff"


def fonts_of(split: str, folder: Path | None = None) -> list[Path]:
    """The fonts of "calibration" or "evaluation": matplotlib's own, and all .ttf and .otf of `folder`. Raises DataError."""
    if split not in (CALIBRATION, EVALUATION):
        raise DataError(f"There are no fonts for {split!r}; allowed are {CALIBRATION} and {EVALUATION}.")
    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    found = [path for pattern in _BUILT_IN for path in sorted(own.glob(pattern))]
    if folder is not None:
        more = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".ttf", ".otf"))
        if not more:
            raise DataError(f"{folder} has no fonts; put .ttf or .otf files there, or name no folder.")
        found += more
    return [path for path in found if _split_of(path) == split]


def _split_of(path: Path) -> str:
    """By the first word of the family's name: all weights and versions of a design are on one side."""
    family = str(_face(path).getname()[0]).split()[0].lower()
    return (CALIBRATION, EVALUATION)[hashlib.sha256(family.encode()).digest()[0] % 2]


def _face(path: Path) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(path, DRAWN)
    except OSError as error:
        raise DataError(f"The font {path} cannot be read ({error}); take it out of the folder.") from error


def drawn(fonts: Sequence[Path], letters: str, count: int, random: np.random.Generator) -> tuple[NDArray[np.uint8], list[str]]:
    """Pictures (count, 28, 28) of letters drawn at random from fonts, a little turned, and which letter each is.

    Fonts without a letter are passed over. Raises DataError where hardly any font has one.
    """
    faces = [_face(path) for path in fonts]
    pictures, names = [], []
    for _ in range(20 * count):
        letter = letters[random.integers(len(letters))]
        picture = _letter(faces[random.integers(len(faces))], letter, random) if faces else None
        if picture is not None:
            pictures.append(picture)
            names.append(letter)
        if len(pictures) == count:
            return np.stack(pictures), names
    raise DataError(f"{len(fonts)} fonts have hardly any of the letters {letters}; name a folder with others.")


def _letter(face: ImageFont.FreeTypeFont, letter: str, random: np.random.Generator) -> NDArray[np.uint8] | None:
    mask, none = face.getmask(letter), face.getmask(_NO_LETTER)
    if mask.getbbox() is None or (mask.size == none.size and bytes(mask) == bytes(none)):
        return None
    side = 4 * DRAWN
    canvas = Image.new("L", (side, side))
    ImageDraw.Draw(canvas).text((side // 2, side // 2), letter, 255, face, anchor="mm")
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(-10, 10), 1.0)
    turn[0, 1] += random.uniform(-0.15, 0.15)
    ink = cv2.warpAffine(np.asarray(canvas), turn, (side, side))
    return ink_on_field(np.asarray(ink, np.uint8))


def ink_on_field(ink: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Ink (height, width), 0 to 255, cut to its box and brought to (28, 28) as the service does; None without ink."""
    marked = (ink > 128).astype(np.uint8)
    if not marked.any():
        return None
    outlines, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    stroke = 2 * float(marked.sum()) / max(sum(cv2.arcLength(outline, True) for outline in outlines), 1.0)
    x, y, width, height = cv2.boundingRect(cv2.findNonZero((ink > 16).astype(np.uint8)))
    return on_field((ink[y : y + height, x : x + width] / 255).astype(np.float32), stroke)
