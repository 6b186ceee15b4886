"""Objects in pictures of any size: brought to the detector's, and their boxes back."""

from collections.abc import Sequence

import numpy as np

from service.film_objects import DetectorFacts
from service.images.boxes import Box
from service.predictors.detections import Detections
from service.predictors.detector_input import in_picture, network_picture
from service.predictors.predictions import ObjectDetector
from service.timeline.tracks import FoundObject
from service.video.geometry import Picture


def find_objects(detector: ObjectDetector, pictures: Sequence[Picture]) -> list[tuple[FoundObject, ...]]:
    """What each picture (height, width, 3) shows, best first: all that reaches the detector's own threshold."""
    bundle = detector.bundle
    found = detector.detect(np.stack([network_picture(picture, bundle.input) for picture in pictures]), floor=bundle.min_score)
    return [
        _objects(in_picture(each, picture.shape[1], picture.shape[0], bundle.input), bundle.labels)
        for each, picture in zip(found, pictures, strict=True)
    ]


def detector_facts(detector: ObjectDetector) -> DetectorFacts:
    """What a result says of its detector."""
    return DetectorFacts(detector.bundle.name, detector.bundle.version, detector.bundle.min_score)


def _objects(found: Detections, labels: Sequence[str]) -> tuple[FoundObject, ...]:
    rows = zip(found.labels.tolist(), found.scores.tolist(), found.boxes.tolist(), strict=True)
    return tuple(FoundObject(labels[label], score, Box(*box)) for label, score, box in rows)
