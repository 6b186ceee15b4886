"""Vectors of key frames: pooled features, projected so that frames of like themes are near one another, in 8 bits."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from service.models import Model
from service.predictors.heads import Head
from service.predictors.predictions import FEATURES

DIMENSIONS = 256
CODE_WORDS = DIMENSIONS // 64
_SEED = 1
_KERNEL = "dense_1/kernel"

Vectors = NDArray[np.int8]  # (frames, DIMENSIONS); their lengths mean nothing
Codes = NDArray[np.uint64]  # (frames, CODE_WORDS); a bit for each dimension: whether it is positive


def key_of(model: Model) -> str:
    """Tells vectors that may be compared, and what is kept beside them, from others."""
    bundle, blurred = model.bundle, sorted(model.vocabulary.blurred)
    return hashlib.sha256(" ".join((bundle.backbone_sha256, bundle.head_sha256, *blurred)).encode()).hexdigest()


class Projection:
    """From features to vectors, as a tagger's head sees them."""

    def __init__(self, model: Model) -> None:
        """Raises BundleError where the head cannot be read."""
        self._matrix = projection_matrix(Head(model.bundle.folder).weights[_KERNEL])

    def vectors(self, features: NDArray[np.float16]) -> Vectors:
        """Vectors of features (frames, views, 2048); several views of a frame are averaged."""
        projected = features.astype(np.float32).mean(axis=1) @ self._matrix
        largest = np.abs(projected).max(axis=1, keepdims=True, initial=1e-12)
        return np.asarray(np.rint(projected * (127 / largest)), np.int8)


def projection_matrix(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """A matrix (2048, 256) that keeps the angles between what the head's first layer makes of features, as far as 256 numbers can.

    The layer's strongest directions are found by subspace iteration (Halko, Martinsson, Tropp 2011) from seeded noise, and turned
    at random, so that every number of a vector, and its sign too, tells as much as another. What all of a picture's features have
    in common is left out.
    """
    noise = np.random.default_rng(_SEED).standard_normal((kernel.shape[1], DIMENSIONS), np.float32)
    turn = np.linalg.qr(np.random.default_rng(_SEED + 1).standard_normal((DIMENSIONS, DIMENSIONS)))[0].astype(np.float32)
    basis = np.linalg.qr(kernel @ noise)[0]
    basis = np.linalg.qr(kernel @ (kernel.T @ basis))[0]
    strengths = np.linalg.qr((basis.T @ kernel).T)[1]  # (at most 256, 256): fewer where the layer is narrower
    matrix = basis @ strengths.T @ turn[: len(strengths)]
    assert matrix.shape == (FEATURES, DIMENSIONS)
    return np.asarray(matrix - matrix.mean(axis=0), np.float32)


def codes_of(vectors: Vectors) -> Codes:
    """The signs of vectors."""
    return np.packbits(vectors > 0, axis=1).view(np.uint64)
