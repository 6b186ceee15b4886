"""The digits in a picture: from its bytes to pieces of ink of MNIST's form, and from what the network reads to the answer."""

from base64 import b64encode
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from service.digits.finder import FoundDigit, find_digits, whole_picture
from service.digits.layer_pictures import LayerPicture, layer_pictures
from service.images.boxes import Box
from service.images.reading import MAX_PIXELS, ImageFacts, read_image
from service.predictors.predictions import DigitReader, DigitScores
from service.video.geometry import Picture

ENOUGH_SIDE = 1200  # pixels of the shorter side: a page of handwriting keeps its strokes
DIGITS = 4  # of a score in JSON
MOST_EXPLAINED = 10  # digits of one answer; each takes some hundred kilobytes


class Mode(StrEnum):
    """What is in the picture."""

    PAGE = "page"  # any number of digits, anywhere
    SINGLE = "single"  # one, filling it


@dataclass(frozen=True)
class DigitsView:
    """Pieces of ink that may be digits, and what is worth telling of the picture's file."""

    facts: ImageFacts
    boxes: tuple[Box, ...]
    images: Picture  # (n, 28, 28), ink bright on dark


@dataclass(frozen=True)
class ReadDigit:
    """One digit; `layers` only where they were asked for."""

    digit: int
    score: float
    is_digit: float
    probabilities: tuple[float, ...]  # of 0 to 9
    box: Box
    layers: tuple[LayerPicture, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Numbers rounded."""
        answer: dict[str, Any] = {
            "digit": self.digit,
            "score": round(self.score, DIGITS),
            "is_digit": round(self.is_digit, DIGITS),
            "probabilities": [round(probability, DIGITS) for probability in self.probabilities],
            "box": self.box.to_json(),
        }
        return answer if self.layers is None else answer | {"layers": [_layer_json(layer) for layer in self.layers]}


@dataclass(frozen=True)
class DigitsResult:
    """The answer for a picture: rows from the top, each from the left."""

    facts: ImageFacts
    digits: tuple[ReadDigit, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**self.facts.to_json(), "digits": [each.to_json() for each in self.digits], "warnings": list(self.warnings)}


def read_for_digits(data: bytes | Path, mode: Mode = Mode.PAGE, max_pixels: int = MAX_PIXELS) -> DigitsView:
    """Decode a picture and find what may be digits. Raises NotAPicture."""
    image = read_image(data, enough=ENOUGH_SIDE, max_pixels=max_pixels)
    facts = image.facts
    if mode is Mode.SINGLE:
        return DigitsView(facts, (Box(0, 0, facts.width, facts.height),), whole_picture(image.picture)[None])
    height, width = image.picture.shape[:2]
    found = find_digits(image.picture)
    images = np.stack([each.image for each in found]) if found else np.zeros((0, 28, 28), np.uint8)
    return DigitsView(facts, tuple(_box(each).scaled(facts.width / width, facts.height / height) for each in found), images)


def _box(found: FoundDigit) -> Box:
    return Box(found.x, found.y, found.width, found.height)


def read_digits(view: DigitsView, reader: DigitReader, *, explain: bool = False) -> DigitsResult:
    """Ask the network; ink whose `is_digit` is below the bundle's bound is none of the digits."""
    if not len(view.images):
        return DigitsResult(view.facts, (), view.facts.warnings)
    scores = reader.read(view.images)
    places = np.flatnonzero(scores.is_digit >= np.float32(reader.bundle.min_is_digit)).tolist()
    digits = [_digit(scores, place, view.boxes[place]) for place in places]
    if explain:
        some = zip(digits[:MOST_EXPLAINED], places, strict=False)
        digits[:MOST_EXPLAINED] = [replace(digit, layers=tuple(layer_pictures(reader.layers(view.images[place])))) for digit, place in some]
    return DigitsResult(view.facts, tuple(digits), (*view.facts.warnings, *_warnings(len(places), len(view.images), explain)))


def _digit(scores: DigitScores, place: int, box: Box) -> ReadDigit:
    probabilities = scores.probabilities[place]
    best = int(probabilities.argmax())
    return ReadDigit(best, float(probabilities[best]), float(scores.is_digit[place]), tuple(probabilities.tolist()), box)


def _layer_json(layer: LayerPicture) -> dict[str, Any]:
    return {"name": layer.name, "channels": layer.channels, "png": b64encode(layer.png).decode("ascii")}


def _warnings(digits: int, found: int, explain: bool) -> list[str]:
    told = []
    if digits < found:
        told.append(f"{found - digits} of {found} pieces of ink are no digits")
    if explain and digits > MOST_EXPLAINED:
        told.append(f"of {digits} digits the first {MOST_EXPLAINED} are explained")
    return told
