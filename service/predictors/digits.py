"""Read digits by the networks of a bundle: which digit, and whether it is one at all."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from service.predictors.digits_bundle import AUTOENCODER, CLASSIFIER, LAYERS, DigitsBundle
from service.predictors.predictions import DIGIT_CLASSES, DIGIT_SIDE, DigitScores
from service.predictors.runtime import Array, Requests, not_loaded

BATCH = 8  # pictures a request: few enough for one digit to be quick, many enough for a page
UNSURE = 0.99  # a digit whose best probability is below is looked at again
SHIFTS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # rows and columns that it is moved by for that


class Digits:
    """The networks of a bundle, loaded once and called often."""

    def __init__(self, bundle: DigitsBundle) -> None:
        """Begin to load the classifier and the autoencoder in the background; the first call waits for them."""
        self.bundle = bundle
        loader = ThreadPoolExecutor(2)
        self._classifier: Future[Requests] = loader.submit(_load, bundle.folder / f"{CLASSIFIER}.xml", ["probabilities", "energy"], BATCH)
        self._autoencoder: Future[Requests] = loader.submit(_load, bundle.folder / f"{AUTOENCODER}.xml", ["error"], BATCH)
        loader.shutdown(wait=False)
        self._shower: Requests | None = None  # loaded when it is first asked for: few ask
        self._at_work = threading.Lock()  # the networks' queues serve one caller at a time

    def wait_until_loaded(self) -> None:
        """Raises BundleError where a network cannot be loaded."""
        self._classifier.result()
        self._autoencoder.result()

    def read(self, pictures: NDArray[np.uint8]) -> DigitScores:
        """Read `pictures` (n, 28, 28), ink bright on dark as in MNIST.

        What the networks are unsure of (some 2 % of MNIST) they see again a pixel up, down, left and right: the mean of all five answers
        errs less, and where the finder puts a digit matters less.

        Raises BundleError as `wait_until_loaded` does, and ValueError where pictures or answers have another shape.
        """
        _check_size(pictures)
        classifier, autoencoder = self._classifier.result(), self._autoencoder.result()
        with self._at_work:
            probabilities, energies = _rows(classifier(pictures[..., None]), (DIGIT_CLASSES, 1), len(pictures))
            unsure = np.flatnonzero(probabilities.max(axis=1, initial=0) < UNSURE)
            if len(unsure):
                probabilities[unsure] = _looked_again(classifier, pictures[unsure], probabilities[unsure])
            (errors,) = _rows(autoencoder(pictures[..., None]), (1,), len(pictures))
        energies, errors = energies[:, 0], errors[:, 0]
        return DigitScores(probabilities, energies, errors, self.bundle.calibration.is_digit(energies, errors))

    def layers(self, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Activations (channels, height, width) of each layer by its name, for one picture (28, 28); a dense layer's are 1x1."""
        _check_size(picture[None])
        with self._at_work:
            if self._shower is None:
                self._shower = _load(self.bundle.folder / f"{LAYERS}.xml", self.bundle.layers, 1)
            (maps,) = self._shower(picture[None, ..., None])
        return {name: _channels_first(values[0]) for name, values in zip(self.bundle.layers, maps, strict=True)}


def _looked_again(classifier: Requests, pictures: NDArray[np.uint8], first: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the `first` probabilities (n, 10) and of those for the pictures moved by each of SHIFTS."""
    moved = np.concatenate([np.roll(pictures, shift, axis=(1, 2)) for shift in SHIFTS])
    again, _energies = _rows(classifier(moved[..., None]), (DIGIT_CLASSES, 1), len(moved))
    return np.asarray((first + again.reshape(len(SHIFTS), *first.shape).sum(axis=0)) / (1 + len(SHIFTS)), np.float32)


def _load(path: Path, outputs: Sequence[str], batch: int) -> Requests:
    try:
        return Requests(ov.Core().read_model(path), outputs, batch=batch)
    except RuntimeError as error:
        raise not_loaded(path, error) from error


def _check_size(pictures: NDArray[np.uint8]) -> None:
    if pictures.shape[1:] != (DIGIT_SIDE, DIGIT_SIDE):
        raise ValueError(f"Digits are read from pictures (n, {DIGIT_SIDE}, {DIGIT_SIDE}), not {pictures.shape}.")


def _rows(answers: Sequence[tuple[Array, ...]], widths: Sequence[int], count: int) -> list[NDArray[np.float32]]:
    """The outputs of all batches as arrays (count, width)."""
    empty = [np.empty((0, width), np.float32) for width in widths]
    parts = [empty, *([output.reshape(-1, width) for output, width in zip(answer, widths, strict=True)] for answer in answers)]
    return [np.concatenate(columns)[:count].astype(np.float32) for columns in zip(*parts, strict=True)]


def _channels_first(values: Array) -> NDArray[np.float32]:
    """Of a map (height, width, channels) as Keras makes it, or of a dense layer (channels,)."""
    maps = values if values.ndim == 3 else values.reshape(1, 1, -1)
    return np.ascontiguousarray(maps.transpose(2, 0, 1), np.float32)
