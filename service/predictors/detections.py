"""What a detector finds in a picture."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Detections:
    """Objects of one picture, best first. Raises ValueError where the arrays do not belong together."""

    boxes: NDArray[np.float32]  # (n, 4): x, y, width, height as fractions of the picture, inside it
    scores: NDArray[np.float32]  # (n,) 0 to 1, falling
    labels: NDArray[np.int64]  # (n,) places in the bundle's labels

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,) or self.labels.shape != (count,):
            raise ValueError(
                f"boxes {self.boxes.shape}, scores {self.scores.shape} and labels {self.labels.shape} do not belong together; "
                "(n, 4), (n,) and (n,) are needed."
            )

    def __len__(self) -> int:
        return len(self.scores)

    def at_least(self, score: float) -> "Detections":
        """Those that score so much."""
        return self._only(self.scores >= np.float32(score))

    def of(self, labels: Collection[int]) -> "Detections":
        """Those with one of the labels."""
        return self._only(np.isin(self.labels, list(labels)))

    def first(self, count: int) -> "Detections":
        """The best ones."""
        return self._only(slice(count))

    def _only(self, rows: Any) -> "Detections":
        return Detections(self.boxes[rows], self.scores[rows], self.labels[rows])


def detections(corners: NDArray[np.float32], scores: NDArray[np.float32], labels: NDArray[np.int64]) -> Detections:
    """From corners (n, 4) x, y, x, y as fractions in any order of scores; what lies outside is cut, boxes without an area go."""
    inside = np.clip(corners, 0, 1)
    boxes = np.concatenate([inside[:, :2], inside[:, 2:] - inside[:, :2]], axis=1)
    rows = np.flatnonzero((boxes[:, 2] > 0) & (boxes[:, 3] > 0))
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    return Detections(boxes[rows].astype(np.float32), scores[rows].astype(np.float32), labels[rows].astype(np.int64))
