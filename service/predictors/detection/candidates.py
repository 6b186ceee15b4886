"""What a network's outputs say before the best are chosen."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 1000  # candidates of a picture; it shows fewer objects


@dataclass(frozen=True)
class Candidates:
    """Boxes with a score above the floor."""

    corners: NDArray[np.float32]  # (n, 4): left, top, right, bottom as fractions of the network's picture
    scores: NDArray[np.float32]  # (n,) 0 to 1
    labels: NDArray[np.int64]  # (n,) places in the bundle's labels

    def rows(self, rows: Any) -> "Candidates":
        """Only these, in this order."""
        return Candidates(self.corners[rows], self.scores[rows], self.labels[rows])


def above(scores: NDArray[np.float32], floor: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of scores (rows, labels) that are at least `floor`, the MOST best ones: a place may show objects of several labels."""
    flat = scores.reshape(-1)
    places = np.flatnonzero(flat >= np.float32(floor))
    if len(places) > MOST:
        places = places[np.argpartition(-flat[places], MOST)[:MOST]]
    rows, labels = np.divmod(places, scores.shape[1])
    return rows, labels


def check_classes(found: int, wanted: int) -> None:
    """Raises ValueError where a network's class scores are not those of the bundle's labels."""
    if found != wanted:
        raise ValueError(f"the network scores {found} classes, and bundle.json has {wanted} labels: they do not belong together.")


def check_strides(strides: tuple[int, ...]) -> None:
    """Raises ValueError for strides that are none, read from a bundle."""
    if not strides or not all(type(stride) is int and 0 < stride <= MOST for stride in strides):
        raise ValueError(f"strides {strides}: whole numbers from 1 to {MOST} are needed, in the outputs' order.")


def check_names(names: tuple[str, ...], counts: tuple[int, ...]) -> None:
    """Raises ValueError where these are not names of so many outputs, read from a bundle."""
    if len(names) not in counts or not all(isinstance(name, str) for name in names):
        raise ValueError(f"outputs {names}: names of {' or '.join(map(str, counts))} outputs of the network are needed.")


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)


def logit(chance: float) -> float:
    """What `sigmoid` makes `chance` of."""
    return math.log(chance / (1 - chance)) if 0 < chance < 1 else math.copysign(math.inf, chance - 0.5)


def softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Over the last axis."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def grid(width: int, height: int, strides: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column and row of each cell (n, 2) and its stride (n, 1), stride after stride, row after row, for a picture of that size."""
    cells, steps = [], []
    for stride in strides:
        columns, rows = -(-width // stride), -(-height // stride)
        cells.append(np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2))
        steps.append(np.full((rows * columns, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(steps).astype(np.float32)
