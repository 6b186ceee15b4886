"""MNIST: handwritten digits of 28x28 pixels (LeCun, Cortes and Burges)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.digits.warps import SIDE, Pictures
from training.errors import DataError

Digits = NDArray[np.uint8]  # (n,) 0 to 9
_SPLIT_SEED = 7  # of the pictures that are held out, in every run the same


@dataclass(frozen=True)
class Written:
    """Pictures of digits, and what they show."""

    pictures: Pictures
    digits: Digits

    def __len__(self) -> int:
        return len(self.digits)

    def rows(self, rows: NDArray[np.intp]) -> "Written":
        return Written(self.pictures[rows], self.digits[rows])


@dataclass(frozen=True)
class Mnist:
    """The two parts as they are published."""

    train: Written  # 60,000
    test: Written  # 10,000, to be read once

    def held_out(self, count: int) -> tuple[Written, Written]:
        """The training part without `count` pictures, and these: what choices are made on."""
        order = np.random.default_rng(_SPLIT_SEED).permutation(len(self.train))
        return self.train.rows(order[count:]), self.train.rows(order[:count])


def load_mnist(path: Path | None = None) -> Mnist:
    """MNIST from a file as Keras' own (mnist.npz); without one Keras fetches it once. Raises DataError."""
    try:
        (pictures, digits), (test_pictures, test_digits) = _fetched() if path is None else _read(path)
    except (OSError, KeyError, ValueError) as error:
        where = path or "Keras' download of MNIST"
        raise DataError(f"{where} cannot be read ({error}); name a file with x_train, y_train, x_test and y_test by --mnist.") from error
    mnist = Mnist(Written(pictures, digits), Written(test_pictures, test_digits))
    for part in (mnist.train, mnist.test):
        if part.pictures.shape != (len(part), SIDE, SIDE) or part.pictures.dtype != np.uint8 or not len(part) or part.digits.max() > 9:
            raise DataError(f"{path} holds pictures of shape {part.pictures.shape} and {part.pictures.dtype}, not (n, 28, 28) of uint8.")
    return mnist


def _read(path: Path) -> tuple[tuple[Pictures, Digits], tuple[Pictures, Digits]]:
    with np.load(path) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _fetched() -> tuple[tuple[Pictures, Digits], tuple[Pictures, Digits]]:
    import keras

    return keras.datasets.mnist.load_data()  # type: ignore[no-any-return]
