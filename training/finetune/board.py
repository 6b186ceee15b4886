"""Figures for TensorBoard, one point an epoch. Its package is an extra: where it is lacking, history.csv holds the same."""

import importlib
import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Writer(Protocol):
    """As tensorboard.summary.Writer."""

    def add_scalar(self, tag: str, data: float, step: int) -> None:
        """One point."""

    def flush(self) -> None:
        """Write it now."""


def open_writer(folder: Path) -> Writer | None:
    """None where TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        log.info("No logs for TensorBoard, it is not installed: pip install tensorboard. The figures are in history.csv.")
        return None
    writer: Writer = importlib.import_module("tensorboard.summary").Writer(str(folder))
    return writer


def write_row(writer: Writer | None, row: Mapping[str, Any]) -> None:
    """The figures of an epoch."""
    if writer is None:
        return
    for name, value in row.items():
        if isinstance(value, float):
            writer.add_scalar(name, value, row["epoch"])
    writer.flush()
