"""A service and an inference process with small stand-ins for all three kinds of networks."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np

from service.context import Service
from service.predictors.digits_bundle import DigitsBundle
from service.predictors.predictions import DigitScores
from tests.api.conftest import service_on
from tests.api.serving import serving
from tests.api.test_images import RednessNetworks
from tests.fakes import PATCH_LABELS, PatchDetector
from tests.predictors.test_remote import serving_models

PATCHES = {
    "task": "objects",
    "name": "patches",
    "labels": list(PATCH_LABELS),
    "network": "none.onnx",
    "files": {"none.onnx": "0" * 64},
    "input": {"width": 64, "height": 48},
    "convention": {"name": "boxes", "outputs": ["rows"]},
    "min_score": 0.4,
    "overlap": None,
    "most": 10,
}
INK = {
    "task": "digits",
    "name": "ink",
    "labels": [str(digit) for digit in range(10)],
    "files": {f"{network}.{part}": "0" * 64 for network in ("digits", "autoencoder", "layers") for part in ("xml", "bin")},
    "calibration": {"bias": 0.0, "energy": 0.0, "error": 0.0},
    "min_is_digit": 0.5,
    "layers": ["edges", "scores"],
}


class PatchNetworks(PatchDetector):
    def __init__(self, bundle) -> None:
        self.bundle = bundle

    def wait_until_loaded(self) -> None:
        pass


class InkNetworks:
    """Ink with a hole in it is a 0, other ink a 1, and what fills its field is no digit."""

    def __init__(self, bundle: DigitsBundle) -> None:
        self.bundle = bundle

    def wait_until_loaded(self) -> None:
        pass

    def read(self, pictures) -> DigitScores:
        probabilities = np.zeros((len(pictures), 10), np.float32)
        for row, picture in zip(probabilities, pictures, strict=True):
            row[0 if _has_hole(picture) else 1] = 1
        full = pictures.astype(np.float32).mean(axis=(1, 2)) / 255
        nothing = np.zeros(len(pictures), np.float32)
        return DigitScores(probabilities, nothing, nothing, ((full > 0) & (full < 0.4)).astype(np.float32))

    def layers(self, picture):
        ink = picture.astype(np.float32)[None]
        return {"edges": np.concatenate([ink, 255 - ink]), "scores": np.zeros((10, 1, 1), np.float32)}


def _has_hole(picture) -> bool:
    """Of more than the few pixels that the flag of a 1 may enclose."""
    outlines, levels = cv2.findContours((picture > 100).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [] if levels is None else [outline for outline, level in zip(outlines, levels[0], strict=True) if level[3] >= 0]
    return any(cv2.contourArea(hole) > 20 for hole in holes)


def networks_of(installed):
    """For the inference server."""
    kinds = {"patches": PatchNetworks, "ink": InkNetworks}
    kind = kinds.get(installed.bundle.name)
    return kind(installed.bundle) if kind else RednessNetworks()


def put_in_use(models: Path) -> None:
    """Bundles whose networks nobody loads."""
    for facts in (PATCHES, INK):
        folder = models / f"{facts['name']}@1.0.0"
        folder.mkdir(parents=True)
        (folder / "bundle.json").write_text(json.dumps({"schema_version": 1, "version": "1.0.0", **facts}), encoding="utf-8")
        (models / f"in-use-{facts['task']}").write_text(f"{folder.name}\n", encoding="utf-8")


def inference_of(service: Service) -> AbstractContextManager[None]:
    """An inference process of the service, in a thread."""
    return serving_models(service.settings.socket, service.settings.models, networks_of)


@contextmanager
def picture_service(url: str, folder: Path, **given) -> Iterator[tuple[Service, httpx.Client]]:
    """A service at work on the database `url`, and a client of it."""
    service = service_on(url, folder, **given)
    put_in_use(service.settings.models)
    with (
        inference_of(service),
        serving(service) as base,
        httpx.Client(base_url=base, timeout=60, verify=False) as client,
    ):
        yield service, client
