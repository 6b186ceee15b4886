"""Pictures with labelled objects, as YOLO's tools write them: a folder `images`, and beside it `labels` with a text file for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.errors import DataError

IMAGES, LABELS = "images", "labels"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class LabelledPicture:
    """A picture and what is in it."""

    path: Path
    classes: NDArray[np.int64]  # (n,)
    boxes: NDArray[np.float64]  # (n, 4): x, y, width, height as fractions of the picture


def read_labels(folder: Path, labels: int) -> list[LabelledPicture]:
    """Every picture of FOLDER/images with its FOLDER/labels/NAME.txt, by name; a picture without such a file shows nothing.

    A line is: class from 0, centre x, centre y, width, height, the last four as fractions. Raises DataError.
    """
    pictures = pictures_of(folder / IMAGES)
    return [_read(path, folder / LABELS / f"{path.stem}.txt", labels) for path in pictures]


def pictures_of(folder: Path) -> list[Path]:
    """The pictures in a folder by name. Raises DataError where there is none."""
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise DataError(f"{folder} holds no picture; files that end in {', '.join(SUFFIXES)} are looked for.")
    return found


def _read(path: Path, labels: Path, count: int) -> LabelledPicture:
    lines = labels.read_text(encoding="utf-8").splitlines() if labels.is_file() else []
    rows = [_numbers(line, labels, place, count) for place, line in enumerate(lines, 1) if line.strip()]
    values = np.array(rows, np.float64).reshape(-1, 5)
    boxes = np.concatenate([values[:, 1:3] - values[:, 3:] / 2, values[:, 3:]], axis=1)
    return LabelledPicture(path, values[:, 0].astype(np.int64), boxes)


def _numbers(line: str, file: Path, place: int, count: int) -> Sequence[float]:
    try:
        values = [float(word) for word in line.split()]
    except ValueError:
        values = []
    if len(values) != 5 or values[0] not in range(count) or not all(-0.01 <= value <= 1.01 for value in values[1:]):
        raise DataError(
            f"{file}, line {place}: {line.strip()!r}; wanted are a class from 0 to {count - 1} and centre x, centre y, width and height "
            "as fractions of the picture."
        )
    return values
