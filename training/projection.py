"""Features on their main directions: few numbers that keep nearly all, so that a head trains several times as fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.targets import Matrix

ROWS = 4096  # in 32 bits at once
FLAT = np.float32(1e-3)  # added to every deviation, so that a feature that never changes stays finite


@dataclass(frozen=True)
class Projection:
    """(features - mean) @ basis; being linear, it ends up in the head's first layer."""

    mean: Matrix  # (features,)
    basis: Matrix  # (features, components)

    def __call__(self, features: NDArray[np.float16]) -> NDArray[np.float16]:
        parts = [((part - self.mean) @ self.basis).astype(np.float16) for part in _parts(features)]
        return np.concatenate(parts) if parts else np.empty((0, self.basis.shape[1]), np.float16)


def principal(features: NDArray[np.float16], components: int) -> Projection:
    """Standardised features along their main directions, at most one for each image; with 0 components just standardised."""
    mean, scale = _moments(features)
    if components == 0:
        return Projection(mean, np.asarray(np.diag(1 / scale), np.float32))
    kept = min(components, *features.shape)
    directions = _directions((part - mean) / scale for part in _parts(features))[:, :kept]
    return Projection(mean, np.asarray(directions / scale[:, None], np.float32))


def _moments(features: NDArray[np.float16]) -> tuple[Matrix, Matrix]:
    count = len(features)
    mean = sum(part.sum(axis=0, dtype=np.float64) for part in _parts(features)) / count
    squares = sum(((part - mean) ** 2).sum(axis=0) for part in _parts(features)) / count
    return np.asarray(mean, np.float32), np.asarray(np.sqrt(squares), np.float32) + FLAT


def _directions(standard: Iterator[NDArray[Any]]) -> NDArray[Any]:
    """Columns, the main one first; over few images the small way round."""
    first = next(standard)
    if len(first) < first.shape[1]:  # then it is all there is
        return np.asarray(np.linalg.svd(first, full_matrices=False)[2].T)
    products = first.T @ first
    for part in standard:
        products += part.T @ part
    return np.asarray(np.linalg.eigh(products)[1][:, ::-1])


def _parts(features: NDArray[np.float16]) -> Iterator[Matrix]:
    for start in range(0, len(features), ROWS):
        yield features[start : start + ROWS].astype(np.float32)
