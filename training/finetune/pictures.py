"""Batches of pictures, read and changed in threads; which pictures, in which order and how changed hangs on seed and epoch alone."""

import logging
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.errors import NotAPicture
from service.video.geometry import Picture, network_input
from training.config import FinetuneConfig
from training.data.examples import Example
from training.errors import DataError
from training.finetune.augment import augmented
from training.finetune.machines import on_any, own_part
from training.views import load_picture

log = logging.getLogger(__name__)

MOST_BROKEN = 0.05  # of the images; more than that is no accident
AHEAD = 4  # batches that are ready or being made, a loader thread
_PEEKED = 2  # batches that Keras looks at before it begins


@dataclass(frozen=True)
class Lesson:
    """Images with what is wanted of them."""

    examples: tuple[Example, ...]
    targets: NDArray[np.float32]  # (images, 2 x tags), as training.targets makes them
    weights: NDArray[np.float32]  # (images,)


class Broken:
    """Images that do not decode: passed by with a warning each, refused when they are many. Shared by loader threads."""

    def __init__(self, images: int) -> None:
        self.names: set[str] = set()
        self._allowed = images * MOST_BROKEN
        self._lock = threading.Lock()

    def read(self, examples: Sequence[Example]) -> NDArray[np.bool_]:
        """Which of the images every machine could read, (images,)."""
        return ~on_any(np.array([example.name in self.names for example in examples], np.bool_))

    def note(self, name: str, error: NotAPicture) -> None:
        with self._lock:
            if name in self.names:
                return
            self.names.add(name)
        log.warning("passed by: %s", error)
        if len(self.names) > self._allowed:
            raise DataError(f"{len(self.names)} images cannot be read, {name} is the last. `movietags-train data check` lists them.")


class Pictures(keras.utils.PyDataset):  # type: ignore[misc]  # Keras carries no types
    """Full batches (pictures, targets, weights) of one epoch, from batch `first` on; the last one is filled up from the epoch's start."""

    def __init__(self, lesson: Lesson, config: FinetuneConfig, order: NDArray[np.intp], broken: Broken, *, first: int = 0) -> None:
        super().__init__(workers=max(2, config.loaders), max_queue_size=AHEAD * config.loaders)  # one worker would be no thread at all
        self._lesson, self._config, self._order, self._broken, self._first = lesson, config, order, broken, first
        self._peeked: dict[int, tuple[Any, Any, Any]] = {}

    def __len__(self) -> int:
        return len(self._order) // self._config.batch - self._first

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        if index not in self._peeked:
            batch = self._batch(index)
            if index >= _PEEKED:
                return batch
            self._peeked[index] = batch
        return self._peeked[index]

    def _batch(self, index: int) -> tuple[Any, Any, Any]:
        start = (self._first + index) * self._config.batch
        rows = own_part(self._order[start : start + self._config.batch])
        pictures = np.zeros((len(rows), self._config.size, self._config.size, 3), np.uint8)
        weights = self._lesson.weights[rows]
        for place, row in enumerate(rows):
            try:
                pictures[place] = self.view(load_picture(self._lesson.examples[row].path), self._lesson.examples[row].name)
            except NotAPicture as error:
                self._broken.note(self._lesson.examples[row].name, error)
                weights[place] = 0
        return pictures, self._lesson.targets[rows], weights

    def view(self, picture: Picture, name: str) -> Picture:  # noqa: ARG002
        """As the service sees it."""
        return network_input(picture, self._config.size)


class ChangedPictures(Pictures):
    """Pictures as one epoch of training sees them."""

    def __init__(
        self, lesson: Lesson, config: FinetuneConfig, order: NDArray[np.intp], broken: Broken, *, first: int, chance: tuple[int, int]
    ) -> None:
        super().__init__(lesson, config, order, broken, first=first)
        self._chance = chance  # seed and number of the epoch

    def view(self, picture: Picture, name: str) -> Picture:
        return augmented(picture, self._config, np.random.default_rng([*self._chance, zlib.crc32(name.encode())]))


def epoch_order(images: int, step: int, chance: Sequence[int]) -> NDArray[np.intp]:
    """All images by chance, filled up from the start to whole steps of `step` images."""
    order = np.random.default_rng([*chance]).permutation(images)
    return np.resize(order, -(-images // step) * step)


def plain_order(images: int, batch: int) -> NDArray[np.intp]:
    """All images as they stand, filled up to whole batches."""
    return np.resize(np.arange(images), -(-images // batch) * batch)
