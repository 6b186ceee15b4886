"""Networks that are better, or just other, than ours: what they see in pictures, and what they answer."""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from service.files import file_sha256
from service.video.geometry import INPUT_SIZE
from training.errors import WeightsError

AT_ONCE = 16  # pictures
KERAS = "keras:"  # followed by the name of a network of keras.applications


@dataclass(frozen=True)
class KerasBackbone:
    """A Keras network as training.features takes one: its pooled last activations. `name` is keras:NAME or a .keras file.

    A file's network takes pictures (n, height, width, 3) with values from 0 to 255.
    """

    name: str

    @property
    def sha256(self) -> str:
        """Of the file; a network of keras.applications is told by its name, for Keras never changes weights under one."""
        return hashlib.sha256(self.name.encode()).hexdigest() if self.name.startswith(KERAS) else file_sha256(Path(self.name))

    def open(self) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        """Raises WeightsError."""
        prepared, model = _application(self.name.removeprefix(KERAS)) if self.name.startswith(KERAS) else (_as_floats, _file(self.name))
        height, width = (side or INPUT_SIZE for side in model.input.shape[1:3])

        def forward(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
            fitted = np.stack([cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) for picture in pictures])
            values = model.predict(prepared(fitted.astype(np.float32)), batch_size=AT_ONCE, verbose=0)
            return np.asarray(values.mean(axis=(1, 2)) if values.ndim == 4 else values, np.float32)

        return forward


def _application(name: str) -> tuple[Callable[[Any], Any], keras.Model]:
    make = getattr(keras.applications, name, None)
    if not callable(make):
        networks = ", ".join(sorted(found for found in dir(keras.applications) if found[0].isupper()))
        raise WeightsError(f"keras.applications has no {name!r}; it has {networks}.")
    try:
        model = make(include_top=False, pooling="avg", weights="imagenet", input_shape=(INPUT_SIZE, INPUT_SIZE, 3))
    except Exception as error:  # Keras raises a bare Exception when the download fails
        raise WeightsError(f"Keras could not get the weights of {name}: {error}. Without a connection name a .keras file.") from error
    return importlib.import_module(make.__module__).preprocess_input, model


def _file(name: str) -> keras.Model:
    try:
        model = keras.models.load_model(name, compile=False)
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{name} cannot be loaded as a Keras model: {error}") from error
    if len(model.input.shape) != 4 or model.input.shape[-1] != 3 or len(model.output.shape) not in (2, 4):
        raise WeightsError(f"{name} is no network for pictures: it takes {model.input.shape} and gives {model.output.shape}.")
    return model


def _as_floats(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    return pictures


def soft_targets(scores: NDArray[np.float32], columns: Sequence[int], tags: int) -> NDArray[np.float32]:
    """(images, 2 x tags), as training.targets makes them: a teacher's scores of the tags in `columns`; of others nothing is known."""
    wanted = np.zeros((len(scores), 2 * tags), np.float32)
    wanted[:, columns] = scores
    wanted[:, [tags + column for column in columns]] = 1
    return wanted
