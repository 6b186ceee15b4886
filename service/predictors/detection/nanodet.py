"""NanoDet's outputs: class scores and, for the four sides of a box, distributions over distances.

Generalized Focal Loss, Li et al. 2020 (arXiv:2006.04388): the expectation of a side's distribution, times the stride, is the distance
from the cell's centre to that side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.detection.candidates import (
    Candidates,
    above,
    check_classes,
    check_names,
    check_strides,
    grid,
    logit,
    sigmoid,
    softmax,
)


@dataclass(frozen=True)
class NanoDet:
    """Scores (cells, labels) and distributions (cells, 4 x bins): an output of each for each stride, or both side by side.

    Side by side they may be an output for each stride, or one of all strides.
    """

    width: int  # of the network's picture
    height: int
    labels: int
    strides: tuple[int, ...]
    scores: tuple[str, ...]  # outputs in the strides' order; with `distances` empty they hold both
    distances: tuple[str, ...] = ()
    centre: float = 0.5  # of a cell; NanoDet-Plus takes its corner, 0
    logits: bool = False  # the scores still lack their sigmoid: only those above the floor are given it
    channels_first: bool = False  # (channels, rows, columns) as convolutions make them, in place of (cells, channels)

    def __post_init__(self) -> None:
        check_strides(self.strides)
        check_names(self.scores, (len(self.strides),) if self.distances else (1, len(self.strides)))
        check_names(self.distances, (0, len(self.strides)))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The network's outputs that `candidates` takes, in its order."""
        return self.scores + self.distances

    def candidates(self, outputs: Sequence[NDArray[Any]], floor: float) -> Candidates:
        """Of one picture. Distances are computed for the few cells that score at least `floor` alone."""
        scores, distances = self._joined([self._cells(values) for values in outputs])
        check_classes(scores.shape[1], self.labels)
        rows, labels = above(scores, logit(floor) if self.logits else floor)
        found = sigmoid(scores[rows, labels]) if self.logits else scores[rows, labels]
        cells, strides = (values[rows] for values in self._grid)
        centres = (cells + np.float32(self.centre)) * strides
        sides = self._expected(distances[rows]) * strides
        size = np.array([self.width, self.height] * 2, np.float32)
        corners = np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1) / size
        return Candidates(corners.astype(np.float32), found, labels)

    def _cells(self, values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(values.shape[-3], -1).T if self.channels_first else values.reshape(-1, values.shape[-1])

    def _joined(self, outputs: list[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if not self.distances:
            both = np.concatenate(outputs)
            return both[:, : self.labels], both[:, self.labels :]
        return np.concatenate(outputs[: len(self.scores)]), np.concatenate(outputs[len(self.scores) :])

    def _expected(self, distributions: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean distance (n, 4) in strides: left, top, right, bottom."""
        chances = softmax(distributions.reshape(len(distributions), 4, distributions.shape[1] // 4))
        return np.asarray(chances @ np.arange(chances.shape[-1], dtype=np.float32), np.float32)

    @cached_property
    def _grid(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return grid(self.width, self.height, self.strides)
