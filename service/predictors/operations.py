"""What can be asked of the inference process: for each operation its pictures, what the networks do with them, and the answer.

An answer is a set of named arrays with a row for each row of the request: so requests that went through together are parted again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.predictors.arrays import Arrays
from service.predictors.bundle import TaggerBundle
from service.predictors.detections import Detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits_bundle import DigitsBundle
from service.predictors.facts import DIGITS, OBJECTS, TAGGER
from service.predictors.predictions import (
    DIGIT_CLASSES,
    DIGIT_SIDE,
    FEATURES,
    FLOOR,
    DigitReader,
    DigitScores,
    ObjectDetector,
    Predictions,
)
from service.predictors.sockets import ProtocolError

Pictures = NDArray[np.uint8]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class TaggerNetworks(Protocol):
    """What the inference process needs of a tagger."""

    bundle: TaggerBundle

    def predict(self, views: Pictures, *, sensitive: bool = True) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB."""

    def maps(self, pictures: Pictures) -> NDArray[np.float16]:
        """Last activations of `pictures` (n, side, side, 3) before the pooling; none of a backbone that does not give them."""


class Operation(Protocol[T_co]):
    """One that equals another may share a batch with it. ValueError at birth tells of an option that cannot be used."""

    name: ClassVar[str]
    task: ClassVar[str]
    lead: ClassVar[int]  # axes before those of a picture: rows alone, or rows and views
    most: ClassVar[int]  # pictures that go through the networks at once

    def picture(self, bundle: Any) -> tuple[int, ...]:
        """Shape of one picture that the bundle's networks take."""

    def run(self, networks: Any, pictures: Pictures) -> Arrays:
        """Have the networks answer."""

    def read(self, arrays: Arrays, rows: int) -> T_co:
        """What a client makes of the answer for `rows` rows. Raises ProtocolError where it is another one's."""


@dataclass(frozen=True)
class Predict:
    """Scores of frames by the tags."""

    name: ClassVar[str] = "predict"
    task: ClassVar[str] = TAGGER
    lead: ClassVar[int] = 2
    most: ClassVar[int] = 32
    sensitive: bool = True

    def picture(self, bundle: TaggerBundle) -> tuple[int, ...]:
        """Side by side by 3."""
        return bundle.input_size, bundle.input_size, 3

    def run(self, networks: TaggerNetworks, pictures: Pictures) -> Arrays:
        """`pictures` (frames, views, side, side, 3), RGB."""
        found = networks.predict(pictures, sensitive=self.sensitive)
        return {"scores": found.scores.astype(np.float32), "features": found.features.astype(np.float16)}

    def read(self, arrays: Arrays, rows: int) -> Predictions:
        """Of `rows` frames."""
        return Predictions(_array(arrays, "scores", (rows, None)), _array(arrays, "features", (rows, None, FEATURES)))


@dataclass(frozen=True)
class Maps:
    """The backbone's last activations, place by place, for heat maps."""

    name: ClassVar[str] = "maps"
    task: ClassVar[str] = TAGGER
    lead: ClassVar[int] = 1
    most: ClassVar[int] = 8  # a map takes 256 KB
    picture = Predict.picture

    def run(self, networks: TaggerNetworks, pictures: Pictures) -> Arrays:
        """`pictures` (n, side, side, 3), RGB."""
        return {"maps": networks.maps(pictures)}

    def read(self, arrays: Arrays, rows: int) -> NDArray[np.float16]:
        """Of `rows` pictures."""
        return _array(arrays, "maps", (rows, None, None, FEATURES))


@dataclass(frozen=True)
class Detect:
    """Objects in pictures; the answer is filled up to the picture with the most, and `counts` tells how many there are."""

    name: ClassVar[str] = "detect"
    task: ClassVar[str] = OBJECTS
    lead: ClassVar[int] = 1
    most: ClassVar[int] = 16
    floor: float = FLOOR

    def __post_init__(self) -> None:
        if not 0 <= self.floor <= 1:
            raise ValueError(f"a floor of {self.floor!r}; a score from 0 to 1 is needed")

    def picture(self, bundle: DetectorBundle) -> tuple[int, ...]:
        """Height by width by 3."""
        return bundle.input.height, bundle.input.width, 3

    def run(self, networks: ObjectDetector, pictures: Pictures) -> Arrays:
        """`pictures` (n, height, width, 3), RGB."""
        found = networks.detect(pictures, self.floor)
        counts = np.array([len(one.scores) for one in found], np.int64)
        most = int(counts.max(initial=0))
        return {
            "counts": counts,
            "boxes": _filled([one.boxes for one in found], (len(found), most, 4), np.float32),
            "scores": _filled([one.scores for one in found], (len(found), most), np.float32),
            "labels": _filled([one.labels for one in found], (len(found), most), np.int64),
        }

    def read(self, arrays: Arrays, rows: int) -> list[Detections]:
        """Of `rows` pictures."""
        counts = _array(arrays, "counts", (rows,))
        boxes, scores = _array(arrays, "boxes", (rows, None, 4)), _array(arrays, "scores", (rows, None))
        labels = _array(arrays, "labels", (rows, None))
        return [Detections(boxes[row, :count], scores[row, :count], labels[row, :count]) for row, count in enumerate(counts)]


@dataclass(frozen=True)
class ReadDigits:
    """Which digit a picture shows, and whether it is one at all."""

    name: ClassVar[str] = "digits"
    task: ClassVar[str] = DIGITS
    lead: ClassVar[int] = 1
    most: ClassVar[int] = 256

    def picture(self, bundle: DigitsBundle) -> tuple[int, ...]:  # noqa: ARG002
        """MNIST's size."""
        return DIGIT_SIDE, DIGIT_SIDE

    def run(self, networks: DigitReader, pictures: Pictures) -> Arrays:
        """`pictures` (n, 28, 28), ink bright on dark."""
        return {name: array.astype(np.float32) for name, array in vars(networks.read(pictures)).items()}

    def read(self, arrays: Arrays, rows: int) -> DigitScores:
        """Of `rows` pictures."""
        each = {name: _array(arrays, name, (rows,)) for name in ("energies", "errors", "is_digit")}
        return DigitScores(_array(arrays, "probabilities", (rows, DIGIT_CLASSES)), **each)


@dataclass(frozen=True)
class ReadLayers:
    """What each layer of the reader of digits makes of a picture."""

    name: ClassVar[str] = "layers"
    task: ClassVar[str] = DIGITS
    lead: ClassVar[int] = 1
    most: ClassVar[int] = 4
    picture = ReadDigits.picture

    def run(self, networks: DigitReader, pictures: Pictures) -> Arrays:
        """`pictures` (n, 28, 28), ink bright on dark."""
        each = [networks.layers(picture) for picture in pictures]
        return {name: np.stack([layers[name] for layers in each]).astype(np.float32) for name in each[0]}

    def read(self, arrays: Arrays, rows: int) -> list[dict[str, NDArray[np.float32]]]:
        """Of `rows` pictures."""
        each = {name: _array(arrays, name, (rows, None, None, None)) for name in arrays}
        return [{name: array[row] for name, array in each.items()} for row in range(rows)]


OPERATIONS: Mapping[str, type[Operation[Any]]] = {kind.name: kind for kind in (Predict, Maps, Detect, ReadDigits, ReadLayers)}


def _filled(parts: list[NDArray[Any]], shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    """The parts as rows of one array, with zeros behind the shorter ones."""
    filled: NDArray[Any] = np.zeros(shape, kind)
    for row, part in zip(filled, parts, strict=True):
        row[: len(part)] = part
    return filled


def _array(arrays: Arrays, name: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """One array of an answer; None is any size. Raises ProtocolError where it is not there or has another shape."""
    found = arrays.get(name)
    if (
        found is None
        or len(found.shape) != len(shape)
        or not all(want in (None, size) for want, size in zip(shape, found.shape, strict=True))
    ):
        raise ProtocolError(f"an answer with {name} of {None if found is None else found.shape}, not of {shape}")
    return found
