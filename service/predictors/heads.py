"""From the networks' outputs to scores of frames: arithmetic that needs no network."""

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.errors import BundleError
from service.timeline.aggregate import frame_scores

Scores = NDArray[np.float32]

ROWS = 1024  # of features at once, so that a long film needs little memory
_WEIGHTS = ("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias")


class Head:
    """A bundle's head as arrays: two dense layers and a softmax whose last output is the background."""

    def __init__(self, folder: Path) -> None:
        """Read head.npz of a bundle. Raises BundleError where it cannot be read."""
        try:
            with zipfile.ZipFile(folder / "head.npz") as archive:
                self.weights = {name: _array(archive, name) for name in _WEIGHTS}
        except Exception as error:  # a stranger's archive: whatever its parts bring zipfile, zlib and numpy to raise
            raise BundleError(f"{folder / 'head.npz'} cannot be read as the weights of a head: {error}") from error

    def probabilities(self, features: NDArray[np.floating]) -> Scores:
        """Softmax (rows, trained tags + background) of features (rows, 2048)."""
        kernel_1, bias_1, kernel_2, bias_2 = self.weights.values()
        hidden = np.maximum(features.astype(np.float32) @ kernel_1 + bias_1, 0)
        logits = hidden @ kernel_2 + bias_2
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    def scores(self, features: NDArray[np.float16]) -> Scores:
        """Scores (frames, trained tags) of features (frames, views, 2048)."""
        parts = [self._scores(features[start : start + ROWS]) for start in range(0, len(features), ROWS)]
        return np.concatenate(parts)

    def _scores(self, features: NDArray[np.float16]) -> Scores:
        return view_scores(self.probabilities(features.reshape(-1, features.shape[2])), len(features))


def _array(archive: zipfile.ZipFile, name: str) -> Scores:
    """Raises ValueError for what is no array of 32-bit numbers, before memory is taken for it."""
    entry = archive.getinfo(f"{name}.npy")
    with archive.open(entry) as stream:
        read = np.lib.format.read_array_header_1_0 if np.lib.format.read_magic(stream) == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(stream)
        if kind != np.float32 or len(shape) != (2 if name.endswith("kernel") else 1) or min(shape) < 1:
            raise ValueError(f"{name} is an array {shape} of {kind}, not of float32")
        if 4 * math.prod(shape) != entry.file_size - stream.tell():
            raise ValueError(f"{name} is said to be an array {shape}, and has {entry.file_size:,} bytes")
    with archive.open(entry) as stream:
        values: Scores = np.lib.format.read_array(stream, allow_pickle=False)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds what is no number")
    return values


def view_scores(probabilities: Scores, frames: int) -> Scores:
    """Scores (frames, trained tags) from the probabilities of all views, several views of a frame being averaged."""
    return frame_scores(probabilities.reshape(frames, -1, probabilities.shape[1]).mean(axis=1))


def weighed(probabilities: Scores, threshold: float) -> Scores:
    """Scores of the network for sensitive tags: 0.5 at its threshold, and low below, where it fires on any skin."""
    shown = np.clip(probabilities, 0, 1) * (1 - threshold)
    return np.asarray(shown / (shown + threshold * (1 - np.clip(probabilities, 0, 1))), np.float32)


def reweighed(scores: Scores, old: float, new: float) -> Scores:
    """Scores of the network for sensitive tags as another threshold weighs them."""
    if old == new:
        return scores
    exact = scores.astype(np.float64)
    odds = exact * old * (1 - new)
    return np.asarray(odds / (odds + (1 - exact) * (1 - old) * new), np.float32)
