"""Figures for TensorBoard, one point an epoch. It is an extra: where it is lacking, history.csv holds the same."""

import importlib
import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

log = logging.getLogger(__name__)


class Board:
    """Writes where it can: by TensorFlow where that is the backend, else by TensorBoard's own package."""

    def __init__(self, folder: Path) -> None:
        self._add = _tensorflow(folder) if keras.backend.backend() == "tensorflow" else _tensorboard(folder)

    def write(self, row: Mapping[str, Any], step: int) -> None:
        for name, value in row.items():
            if self._add is not None and isinstance(value, float):
                self._add(name, value, step)


def _tensorflow(folder: Path) -> Any:
    import tensorflow

    writer = tensorflow.summary.create_file_writer(str(folder))

    def add(name: str, value: float, step: int) -> None:
        with writer.as_default():
            tensorflow.summary.scalar(name, value, step=step)
        writer.flush()

    return add


def _tensorboard(folder: Path) -> Any:
    if find_spec("tensorboard") is None:
        log.info("No logs for TensorBoard, it is not installed: pip install tensorboard. The figures are in history.csv.")
        return None
    writer = importlib.import_module("tensorboard.summary").Writer(str(folder))

    def add(name: str, value: float, step: int) -> None:
        writer.add_scalar(name, value, step)
        writer.flush()

    return add
