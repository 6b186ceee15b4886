"""Detectors that give boxes, scores and labels as they are, as exports of D-FINE, RF-DETR and RT-DETR do, or with NMS built in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.detection.candidates import Candidates, above, check_classes, check_names, sigmoid, softmax

FORMS = ("xyxy", "cxcywh", "xywh")
ACTIVATIONS = ("none", "sigmoid", "softmax")


@dataclass(frozen=True)
class Columns:
    """Where the parts stand in one output of rows; the box takes four columns."""

    boxes: int = 0
    score: int = 4
    label: int = 5


@dataclass(frozen=True)
class Boxes:
    """Boxes (n, 4) with scores (n,) and class numbers (n,), or with scores (n, classes); or all in one output of rows."""

    width: int  # of the network's picture
    height: int
    labels: int
    outputs: tuple[str, ...]  # boxes, scores, labels; boxes, scores of each class; or rows alone
    classes: tuple[int, ...] = ()  # the network's number of each label, where it is not its place; other numbers are no objects
    form: str = "xyxy"
    relative: bool = False  # fractions of the picture in place of pixels
    activation: str = "none"  # what the scores still lack; softmax alone where one class is the background
    columns: Columns = Columns()  # of rows

    def __post_init__(self) -> None:
        check_names(self.outputs, (1, 2, 3))
        if self.form not in FORMS or self.activation not in ACTIVATIONS:
            raise ValueError(f"form {self.form!r}, activation {self.activation!r}; allowed are {FORMS} and {ACTIVATIONS}.")
        if (self.classes and len(set(self.classes)) != self.labels) or not all(type(one) is int and one >= 0 for one in self.classes):
            raise ValueError(f"classes must be {self.labels} different whole numbers, one for each label.")

    def candidates(self, outputs: Sequence[NDArray[Any]], floor: float) -> Candidates:
        """Of one picture."""
        if len(outputs) == 2:
            return self._by_class(outputs[0].reshape(-1, 4), outputs[1].reshape(-1, outputs[1].shape[-1]), floor)
        boxes, scores, numbers = self._of_rows(outputs[0]) if len(outputs) == 1 else outputs
        return self._by_number(boxes.reshape(-1, 4), scores.reshape(-1), numbers.reshape(-1), floor)

    def _by_class(self, boxes: NDArray[Any], scores: NDArray[Any], floor: float) -> Candidates:
        activated = {"none": lambda values: values, "sigmoid": sigmoid, "softmax": softmax}[self.activation](scores)
        if not self.classes:
            check_classes(activated.shape[1] - (self.activation == "softmax"), self.labels)
        ours = activated[:, self._numbers]
        rows, labels = above(ours, floor)
        return Candidates(self._corners(boxes[rows]), ours[rows, labels].astype(np.float32), labels)

    def _by_number(self, boxes: NDArray[Any], scores: NDArray[Any], numbers: NDArray[Any], floor: float) -> Candidates:
        activated = sigmoid(scores) if self.activation == "sigmoid" else scores
        rows, _ = above(activated[:, None], floor)
        known = numbers[rows].astype(np.int64)[:, None] == self._numbers
        kept, labels = np.nonzero(known)
        return Candidates(self._corners(boxes[rows[kept]]), activated[rows[kept]].astype(np.float32), labels)

    def _of_rows(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        flat, where = rows.reshape(-1, rows.shape[-1]), self.columns
        return flat[:, where.boxes : where.boxes + 4], flat[:, where.score], flat[:, where.label]

    @property
    def _numbers(self) -> NDArray[np.int64]:
        return np.array(self.classes or range(self.labels), np.int64)

    def _corners(self, boxes: NDArray[Any]) -> NDArray[np.float32]:
        """Left, top, right, bottom as fractions."""
        size = np.ones(4, np.float32) if self.relative else np.array([self.width, self.height] * 2, np.float32)
        first, second = np.split(boxes.astype(np.float32) / size, 2, axis=1)
        if self.form == "cxcywh":
            return np.concatenate([first - second / 2, first + second / 2], axis=1)
        return np.concatenate([first, first + second if self.form == "xywh" else second], axis=1)
