"""Train a network on bent pictures, anew bent in every epoch."""

import logging
import time
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.digits.networks import Tensor
from training.digits.warps import Pictures, Warp, Warper
from training.errors import TrainingError
from training.finetune.devices import compiles

log = logging.getLogger(__name__)
Truth: TypeAlias = NDArray[np.float32]  # (n, 10): 1 for the digit that a picture shows; all 0 where it shows none
_SURE, _UNSURE = -10.0, -2.0  # energies: those of digits shall lie below the first, all others above the second
_PREDICT = 500  # pictures that are predicted at once


@dataclass(frozen=True)
class Course:
    """How a network learns."""

    epochs: int = 20
    batch: int = 128  # pictures a step
    rate: float = 3e-3  # the highest; up to it for one epoch, then down along a cosine
    decay: float = 1e-2  # of weights
    averaged: float = 0.065  # of all steps: over so many the kept weights are a running mean
    warp: Warp = field(default_factory=Warp)
    bent_last: float = 0.3  # strength of the warp in the last epoch, from 1 in the first
    seed: int = 1


class _Bent(keras.utils.PyDataset):  # type: ignore[misc]
    """All pictures once an epoch, in a new order, bent anew; the truth of each stays, or is the bent picture itself.

    They are bent less and less: a small network never learns to the end what is strongly bent, and what it will read is not bent at all.
    """

    def __init__(self, pictures: Pictures, truth: Truth | None, course: Course) -> None:
        super().__init__(workers=1)
        self._given, self._truth, self._batch = pictures, truth, course.batch
        self._order = np.random.default_rng(course.seed)
        self._warper = Warper(course.warp, course.seed)
        self._strengths = iter(np.linspace(1.0, course.bent_last, course.epochs))
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._given) // self._batch

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rows = slice(index * self._batch, (index + 1) * self._batch)
        pictures = self._pictures[self._rows[rows], ..., None]
        return pictures, pictures.astype(np.float32) / 255 if self._truth is None else self._truth[self._rows[rows]]

    def on_epoch_end(self) -> None:
        strength = float(next(self._strengths, 0.0))  # behind the last epoch Keras asks once more
        self._pictures, self._rows = self._warper(self._given, strength), self._order.permutation(len(self._given))


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """A line an epoch: figures, pictures a second, minutes left."""

    def __init__(self, name: str, pictures: int, epochs: int) -> None:
        super().__init__()
        self._name, self._pictures, self._epochs = name, pictures, epochs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self._began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        seconds = time.monotonic() - self._began
        figures = "  ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        left = (self._epochs - epoch - 1) * seconds / 60
        speed = f"{self._pictures / seconds:.0f} pictures/s, {left:.0f} min left"
        log.info("%s: epoch %d of %d  %s  (%s)", self._name, epoch + 1, self._epochs, figures, speed)


def train_classifier(network: keras.Model, pictures: Pictures, truth: Truth, course: Course) -> None:
    """Teach it which digit each picture shows; it ends with the average of its weights. Raises TrainingError."""
    _fit(network, _Bent(pictures, truth, course), course, keras.losses.CategoricalCrossentropy(from_logits=True), ["accuracy"])


def settle_classifier(network: keras.Model, pictures: Pictures, truth: Truth, course: Course) -> None:
    """Teach one that knows digits that not everything is one. Raises TrainingError."""
    _fit(network, _Bent(pictures, truth, course), course, energy_bounded, ["accuracy"])


def energy_bounded(truth: Tensor, logits: Tensor) -> Tensor:
    """Cross entropy of what are digits, and squared hinges on the energy, -log(sum(exp(logits))), of all (Liu et al. 2020, equation 7)."""
    energy, is_digit = -ops.logsumexp(logits, axis=1), ops.sum(truth, axis=1)
    too_unsure = 0.02 * ops.square(ops.relu(energy - _SURE))
    too_sure = 0.1 * ops.square(ops.relu(_UNSURE - energy))
    return -ops.sum(truth * ops.log_softmax(logits), axis=1) + is_digit * too_unsure + (1 - is_digit) * too_sure


def train_autoencoder(network: keras.Model, pictures: Pictures, course: Course) -> None:
    """Teach it to give back what it is shown. Raises TrainingError."""
    _fit(network, _Bent(pictures, None, course), course, "binary_crossentropy", [])


def _fit(network: keras.Model, data: _Bent, course: Course, loss: Any, metrics: list[str]) -> None:
    steps = len(data)
    if not steps:
        raise TrainingError(f"There are fewer pictures than one batch of {course.batch}; give more, or a smaller batch.")
    rate = keras.optimizers.schedules.CosineDecay(
        course.rate / 30, max(1, (course.epochs - 1) * steps), alpha=0.002, warmup_target=course.rate, warmup_steps=steps
    )
    momentum = 1 - 1 / max(1.0, course.averaged * course.epochs * steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=course.decay, use_ema=True, ema_momentum=momentum)
    network.compile(optimizer, loss, metrics=metrics, jit_compile=compiles())
    progress = _Progress(network.name, steps * course.batch, course.epochs)
    network.fit(data, epochs=course.epochs, verbose=0, callbacks=[progress, keras.callbacks.TerminateOnNaN()])
    if not all(np.isfinite(weights).all() for weights in network.get_weights()):
        raise TrainingError(f"{network.name} ended in weights that are no numbers; try a lower rate than {course.rate}.")


def answers(network: keras.Model, pictures: Pictures) -> NDArray[np.float32]:
    """What the network says of `pictures` (n, 28, 28)."""
    return np.asarray(network.predict(pictures[..., None], batch_size=_PREDICT, verbose=0), np.float32)
