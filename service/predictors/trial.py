"""Whether a bundle's networks can be loaded, and give what the service reads: tried on a few pictures before it is installed."""

import zipfile
from pathlib import Path

import numpy as np

from service.errors import BundleError
from service.predictors.bundle import HEAD, TaggerBundle
from service.predictors.heads import Head
from service.predictors.predictions import FEATURES
from service.predictors.tagger import Tagger
from service.tags import Vocabulary
from service.video.geometry import INPUT_SIZE

PICTURES = 2
LARGEST_HEAD = 1 << 30  # bytes of its arrays in memory
CLOSE = 0.02  # between the head as a network, which may compute in half precision, and as arrays


def try_bundle(bundle: TaggerBundle, vocabulary: Vocabulary) -> None:
    """Score random pictures. Raises BundleError that says which part does not fit."""
    if bundle.input_size != INPUT_SIZE:
        raise BundleError(f"{bundle.name} takes pictures of {bundle.input_size} pixels a side; films are looked at with {INPUT_SIZE}.")
    _check_archive(bundle.folder / HEAD)
    head = Head(bundle.folder)
    pictures = np.random.default_rng(0).integers(0, 256, (PICTURES, 1, INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
    try:
        tagger = Tagger(bundle, vocabulary)
        tagger.wait_until_loaded()
        features = tagger.features(pictures[:, 0])
        _check_shape("the backbone", features.shape, (PICTURES, FEATURES))
        expected = head.probabilities(features)
        _check_shape("head.npz", expected.shape, (PICTURES, len(bundle.labels) + 1))
        found = tagger.probabilities(features)
        _check_shape("the head", found.shape, expected.shape)
        predictions = tagger.predict(pictures)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise BundleError(f"The networks of {bundle.name} {bundle.version} cannot be run: {error}") from error
    if not all(np.isfinite(values).all() for values in (features, expected, found, predictions.scores, predictions.features)):
        raise BundleError(f"The networks of {bundle.name} {bundle.version} answer with what is no number.")
    if not np.abs(found - expected).max() <= CLOSE:
        raise BundleError(f"head.xml and head.npz of {bundle.name} {bundle.version} are not the same head; export the bundle again.")


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
