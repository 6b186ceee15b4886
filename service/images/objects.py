"""The objects in a picture: from its bytes to what the network sees, and from what it found to the answer."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import InvalidRequest
from service.images.boxes import Box
from service.images.drawing import LabelledBox
from service.images.reading import MAX_PIXELS, ImageFacts, read_image
from service.predictors.detections import Detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.detector_input import in_picture, network_picture
from service.predictors.predictions import FLOOR, ObjectDetector
from service.video.geometry import Picture

DIGITS = 4  # of a score in JSON
MOST_NAMED = 5  # labels close to one that there is not


@dataclass(frozen=True)
class WantedObjects:
    """Which of the objects are told."""

    min_score: float
    labels: tuple[int, ...]  # places in the bundle's labels; none: all
    most: int


@dataclass(frozen=True)
class ObjectsView:
    """A picture as the detector sees it, and what is worth telling of its file."""

    facts: ImageFacts
    size: tuple[int, int]  # width and height that `network` was made from: of the facts, or reduced
    network: Picture


@dataclass(frozen=True)
class PictureObject:
    """One object; its box is in pixels, where a key frame's `FoundObject` has fractions."""

    label: str
    number: int  # of the label
    score: float
    box: Box

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "score": round(self.score, DIGITS), "box": self.box.to_json()}


@dataclass(frozen=True)
class ObjectsResult:
    """The answer for a picture, best first."""

    facts: ImageFacts
    objects: tuple[PictureObject, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON types, numbers rounded."""
        return {**self.facts.to_json(), "objects": [each.to_json() for each in self.objects], "warnings": list(self.facts.warnings)}

    def drawn(self) -> list[LabelledBox]:
        """For `draw_boxes`, on the picture at its full size."""
        return [LabelledBox(each.box, f"{each.label} {each.score:.2f}", each.number) for each in self.objects]


def wanted_objects(bundle: DetectorBundle, *, min_score: float | None, labels: Sequence[str], most: int) -> WantedObjects:
    """As it was asked for; `min_score` None is the bundle's own. Raises InvalidRequest for a label that the bundle does not have."""
    places = {label: place for place, label in enumerate(bundle.labels)}
    for label in labels:
        if label not in places:
            close = difflib.get_close_matches(label, bundle.labels, MOST_NAMED, 0.5) or bundle.labels[:MOST_NAMED]
            raise InvalidRequest(
                f"There is no label {label[:80]!r} among the {len(bundle.labels)} of {bundle.name}; there is {', '.join(close)}"
                + (", ..." if len(bundle.labels) > len(close) else "")
            )
    return WantedObjects(bundle.min_score if min_score is None else min_score, tuple(places[label] for label in labels), most)


def read_for_objects(data: bytes | Path, bundle: DetectorBundle, max_pixels: int = MAX_PIXELS) -> ObjectsView:
    """Decode a picture and bring it to the network's size. Raises NotAPicture."""
    image = read_image(data, enough=max(bundle.input.width, bundle.input.height), max_pixels=max_pixels)
    height, width = image.picture.shape[:2]
    return ObjectsView(image.facts, (width, height), network_picture(image.picture, bundle.input))


def find_objects(view: ObjectsView, detector: ObjectDetector, wanted: WantedObjects) -> ObjectsResult:
    """Ask the detector, of whose bundle `view` and `wanted` must be."""
    [found] = detector.detect(view.network[None], _floor(wanted.min_score, detector.bundle))
    found = in_picture(found, *view.size, detector.bundle.input).at_least(wanted.min_score)
    if wanted.labels:
        found = found.of(wanted.labels)
    return ObjectsResult(view.facts, tuple(_objects(found.first(wanted.most), view.facts, detector.bundle.labels)))


def _floor(min_score: float, bundle: DetectorBundle) -> float:
    """From where on the detector looks: not far below what is wanted, as each candidate costs time, and one of few, to share batches."""
    return max((floor for floor in (bundle.min_score, FLOOR) if floor <= min_score), default=min_score)


def _objects(found: Detections, facts: ImageFacts, labels: Sequence[str]) -> list[PictureObject]:
    rows = zip(found.labels.tolist(), found.scores.tolist(), found.boxes.tolist(), strict=True)
    return [PictureObject(labels[number], number, score, Box(*box).scaled(facts.width, facts.height)) for number, score, box in rows]
