"""Stand-ins for the networks: small rules with known answers."""

import time
from pathlib import Path

import numpy as np

from service.predictors.bundle import Sensitive, TaggerBundle
from service.predictors.detection.boxes import Boxes
from service.predictors.detections import Detections, detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.detector_input import DetectorInput
from service.predictors.predictions import Predictions
from service.tags import Tag, Vocabulary


def vocabulary_of(*ids: str) -> Vocabulary:
    return Vocabulary(tuple(Tag(tag, {"en": tag.title(), "es": tag.title()}, {"en": tag, "es": tag}, "test") for tag in ids))


COLOURS = vocabulary_of("red", "green", "blue", "nudity")


def colour_bundle(**changes) -> TaggerBundle:
    facts = {
        "folder": Path("nowhere"),
        "name": "colours",
        "version": "1",
        "labels": ("red", "green", "blue"),
        "input_size": 299,
        "sensitive": Sensitive(outputs=("skin",), tags={"nudity": ("skin",)}, threshold={"nudity": 0.9}, key_frames=2),
        "thresholds": {"red": 0.5, "green": 0.5, "blue": 0.5, "nudity": 0.9},
        "weak": frozenset({"blue"}),
        "unverified": frozenset({"nudity"}),
        "aggregation": {},
        "backbone_sha256": "0" * 64,
        "head_sha256": "1" * 64,
        "sensitive_sha256": "2" * 64,
    }
    return TaggerBundle(**{**facts, **changes})


class ColourTagger:
    """Scores a picture by the share of red, green and blue in its light; `nudity` is 0."""

    def __init__(self) -> None:
        self.bundle = colour_bundle()
        self.vocabulary = COLOURS

    def predict(self, views) -> Predictions:
        light = views.mean(axis=(1, 2, 3)) + 1e-6
        scores = np.zeros((len(views), 4), np.float32)
        scores[:, :3] = light / light.sum(axis=1, keepdims=True)
        return Predictions(scores, np.zeros((*views.shape[:2], 2048), np.float16))


class ColourNetworks(ColourTagger):
    """The same as the inference process sees it: loaded, then called by one thread; slow and failing where told to."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.batches: list[int] = []  # frames of each call
        self.seconds = seconds

    def wait_until_loaded(self) -> None:
        time.sleep(self.seconds)

    def predict(self, views, *, sensitive: bool = True) -> Predictions:
        self.batches.append(len(views))
        time.sleep(self.seconds)
        if not views.any():
            raise ValueError("black")
        found = super().predict(views)
        return Predictions(found.scores + (0.125 if sensitive else 0), found.features + np.float16(views.shape[1]))

    def maps(self, pictures):
        """Redness in quarters, the same in all channels."""
        self.batches.append(len(pictures))
        half = pictures.shape[1] // 2
        red = pictures[:, : 2 * half, : 2 * half, 0] / 256
        quarters = red.reshape(-1, 2, half, 2, half).mean(axis=(2, 4))
        return np.repeat(quarters[..., None], 2048, axis=3).astype(np.float16)


PATCH_LABELS = ("red thing", "green thing", "blue thing")


def patch_bundle(**changes) -> DetectorBundle:
    facts = {
        "folder": Path("nowhere"),
        "name": "patches",
        "version": "1",
        "labels": PATCH_LABELS,
        "network": "none.xml",
        "input": DetectorInput(64, 48),
        "convention": Boxes(64, 48, len(PATCH_LABELS), ("rows",)),
        "min_score": 0.4,
        "overlap": None,
        "most": 10,
        "facts_sha256": "3" * 64,
    }
    return DetectorBundle(**{**facts, **changes})


class PatchDetector:
    """Finds at most one patch of each pure colour: the box around its pixels, and their share of the box as the score."""

    def __init__(self) -> None:
        self.bundle = patch_bundle()

    def detect(self, pictures, floor: float = 0.05) -> list[Detections]:
        return [self._found(picture.astype(int), floor) for picture in pictures]

    def _found(self, picture, floor: float) -> Detections:
        height, width = picture.shape[:2]
        rows = []
        for label in range(3):
            others = np.delete(picture, label, axis=2).max(axis=2)
            inside = (picture[..., label] > 150) & (others < 100)
            if inside.any():
                (top, left), (bottom, right) = np.argwhere(inside).min(axis=0), np.argwhere(inside).max(axis=0) + 1
                score = inside[top:bottom, left:right].mean()
                rows.append((left / width, top / height, right / width, bottom / height, score, label))
        found = np.array(rows, np.float32).reshape(-1, 6)
        return detections(found[:, :4], found[:, 4], found[:, 5].astype(np.int64)).at_least(floor)
