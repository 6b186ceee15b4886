"""Whether a bundle's networks can be loaded, and give what the service reads: tried on a few pictures before it is installed."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import BundleError
from service.models import Installed, Model
from service.predictors.bundle import HEAD, TaggerBundle
from service.predictors.detector import Detector
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits import Digits
from service.predictors.digits_bundle import DigitsBundle
from service.predictors.facts import Bundle
from service.predictors.heads import Head
from service.predictors.predictions import DIGIT_SIDE, FEATURES
from service.predictors.tagger import Tagger
from service.tags import Vocabulary
from service.video.geometry import INPUT_SIZE

PICTURES = 2
LARGEST_HEAD = 1 << 30  # bytes of its arrays in memory
CLOSE = 0.02  # between the head as a network, which may compute in half precision, and as arrays


def try_model(model: Installed[Any]) -> None:
    """Whatever it is for. Raises BundleError that says which part does not fit."""
    if isinstance(model, Model):
        try_bundle(model.bundle, model.vocabulary)
    elif isinstance(model.bundle, DetectorBundle):
        try_detector(model.bundle)
    else:
        try_digits(model.bundle)


def try_detector(bundle: DetectorBundle) -> None:
    """Look for objects in random pictures. Raises BundleError."""
    pictures = _random_pictures(bundle.input.height, bundle.input.width, 3)
    with _told_of(bundle):
        detector = Detector(bundle)
        detector.wait_until_loaded()
        found = detector.detect(pictures, floor=0.0)
    _check_numbers(bundle, *(values for one in found for values in (one.boxes, one.scores)))
    if any((one.labels >= len(bundle.labels)).any() for one in found):
        raise BundleError(f"The network of {bundle.name} {bundle.version} has more classes than bundle.json has labels.")


def try_digits(bundle: DigitsBundle) -> None:
    """Read random pictures. Raises BundleError."""
    pictures = _random_pictures(DIGIT_SIDE, DIGIT_SIDE)
    with _told_of(bundle):
        digits = Digits(bundle)
        digits.wait_until_loaded()
        found, layers = digits.read(pictures), digits.layers(pictures[0])
    _check_numbers(bundle, *vars(found).values(), *layers.values())
    if not np.abs(found.probabilities.sum(axis=1) - 1).max() <= CLOSE:
        raise BundleError(f"The probabilities that {bundle.name} {bundle.version} gives do not add up to 1.")


def try_bundle(bundle: TaggerBundle, vocabulary: Vocabulary) -> None:
    """Score random pictures. Raises BundleError that says which part does not fit."""
    if bundle.input_size != INPUT_SIZE:
        raise BundleError(f"{bundle.name} takes pictures of {bundle.input_size} pixels a side; films are looked at with {INPUT_SIZE}.")
    _check_archive(bundle.folder / HEAD)
    head = Head(bundle.folder)
    pictures = _random_pictures(1, INPUT_SIZE, INPUT_SIZE, 3)
    with _told_of(bundle):
        tagger = Tagger(bundle, vocabulary)
        tagger.wait_until_loaded()
        features = tagger.features(pictures[:, 0])
        _check_shape("the backbone", features.shape, (PICTURES, FEATURES))
        expected = head.probabilities(features)
        _check_shape("head.npz", expected.shape, (PICTURES, len(bundle.labels) + 1))
        found = tagger.probabilities(features)
        _check_shape("the head", found.shape, expected.shape)
        predictions = tagger.predict(pictures)
    _check_numbers(bundle, features, expected, found, predictions.scores, predictions.features)
    if not np.abs(found - expected).max() <= CLOSE:
        raise BundleError(f"head.xml and head.npz of {bundle.name} {bundle.version} are not the same head; export the bundle again.")


def _random_pictures(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (PICTURES, *shape), np.uint8)


@contextmanager
def _told_of(bundle: Bundle) -> Iterator[None]:
    """Around running networks: what those of a stranger bring OpenVINO and numpy to raise becomes a BundleError."""
    try:
        yield
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise BundleError(f"The networks of {bundle.name} {bundle.version} cannot be run: {error}") from error


def _check_numbers(bundle: Bundle, *answers: NDArray[Any]) -> None:
    if not all(np.isfinite(values).all() for values in answers):
        raise BundleError(f"The networks of {bundle.name} {bundle.version} answer with what is no number.")


def _check_shape(part: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if found != wanted:
        raise BundleError(
            f"For {PICTURES} pictures {part} gives {found}, not {wanted}: bundle.json and the networks do not belong together."
        )


def _check_archive(path: Path) -> None:
    """An archive of few bytes may unpack to any size."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path} cannot be read as the weights of a head: {error}") from error
    if size > LARGEST_HEAD:
        raise BundleError(f"{path} unpacks to {size:,} bytes; a head may have {LARGEST_HEAD:,}.")
