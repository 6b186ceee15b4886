"""YOLOX's output: for each cell a box, whether there is an object, and class scores.

YOLOX, Ge et al. 2021 (arXiv:2107.08430): the centre is an offset from the cell's corner and the sides are logarithms, both in strides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.detection.candidates import Candidates, above, check_classes, check_names, check_strides, grid

BOX, OBJECT = 4, 1  # columns before the classes'
LONGEST = 20.0  # logarithm of a side in strides; no picture is as wide


@dataclass(frozen=True)
class Yolox:
    """One output (cells, 5 + labels); an object's score is that of its class times that there is an object."""

    width: int  # of the network's picture
    height: int
    labels: int
    strides: tuple[int, ...]
    output: str
    decoded: bool = False  # exported so that centres and sides come in pixels

    def __post_init__(self) -> None:
        check_strides(self.strides)
        check_names(self.outputs, (1,))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The network's outputs that `candidates` takes."""
        return (self.output,)

    def candidates(self, outputs: Sequence[NDArray[Any]], floor: float) -> Candidates:
        """Of one picture. No class scores more than the object: cells below the floor are dropped before anything is multiplied."""
        rows = outputs[0].reshape(-1, outputs[0].shape[-1])
        check_classes(rows.shape[1] - BOX - OBJECT, self.labels)
        places = np.flatnonzero(rows[:, BOX] >= np.float32(floor))
        near = rows[places]
        scores = near[:, BOX + OBJECT :] * near[:, BOX : BOX + OBJECT]
        found, labels = above(scores, floor)
        centres, sides = self._pixels(near[found, :BOX], places[found])
        size = np.array([self.width, self.height] * 2, np.float32)
        corners = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1) / size
        return Candidates(corners.astype(np.float32), scores[found, labels], labels)

    def _pixels(self, boxes: NDArray[np.float32], places: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self.decoded:
            return boxes[:, :2], boxes[:, 2:]
        cells, strides = (values[places] for values in self._grid)
        return (boxes[:, :2] + cells) * strides, np.exp(np.minimum(boxes[:, 2:], LONGEST)) * strides

    @cached_property
    def _grid(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return grid(self.width, self.height, self.strides)
