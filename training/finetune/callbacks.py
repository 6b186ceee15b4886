"""What happens beside the steps: checkpoints, a line about the progress, stopping when asked.

All hooks lie at the begin of a batch, not at its end: there Keras would wait for the accelerator to hand over each batch's loss.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

import keras

from training.finetune.progress import Progress

log = logging.getLogger(__name__)

TOLD_EVERY = 10.0  # seconds


class Stopped(Exception):
    """The person asked to stop; a checkpoint is written."""


class StopFlag:
    """Set by Ctrl-C or SIGTERM, so that the state is kept between two steps; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def listening(self) -> Iterator["StopFlag"]:
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        log.info("stopping after this step; once more stops at once")


class Checkpoints(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Saves the state every so many minutes, and when asked to stop."""

    def __init__(self, begun: Progress, minutes: float, stop: StopFlag, save: Callable[[Progress], None]) -> None:
        super().__init__()
        self._begun, self._seconds, self._stop, self._save = begun, minutes * 60, stop, save
        self._started = self._saved = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        late = time.monotonic() - self._saved >= self._seconds
        if batch % self._begun.accumulate or not (late or self._stop.asked):
            return
        if batch:
            sync(self.model)
            self._save(self.reached(batch // self._begun.accumulate, self.model.get_metrics_result()["loss"]))
        if self._stop.asked:
            raise Stopped
        self._saved = time.monotonic()

    def reached(self, steps: int, loss: float) -> Progress:
        """`steps` more than where this began; `loss` is their mean."""
        total = self._begun.steps + steps
        mean = (self._begun.loss * self._begun.steps + float(loss) * steps) / total
        return replace(self._begun, steps=total, loss=mean, seconds=self._begun.seconds + time.monotonic() - self._started)


class Told(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """A line now and then: where it is, images a second, time left of the stage."""

    def __init__(self, stages: int, epochs: int, steps: int, begun: Progress) -> None:
        super().__init__()
        self._stages, self._epochs, self._steps, self._begun = stages, epochs, steps, begun
        self._first: float | None = None  # when the second batch began: the first one compiles
        self._told = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        now = time.monotonic()
        if batch == 1:
            self._first = now
        if self._first is None or batch < 2 or now - self._told < TOLD_EVERY:
            return
        self._told = now
        begun = self._begun
        seconds = (now - self._first) / (batch - 1)
        done = begun.steps * begun.accumulate + batch
        left = ((self._epochs - begun.epoch) * self._steps * begun.accumulate - done) * seconds
        where = (
            f"stage {begun.stage + 1}/{self._stages}, epoch {begun.epoch + 1}/{self._epochs}, batch {done}/{self._steps * begun.accumulate}"
        )
        log.info("%s: %.1f images/s, %s left of the stage", where, begun.batch / seconds, duration(left))


def sync(model: keras.Model) -> None:
    """On JAX, let the model's variables have the values that the training loop holds."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()


def duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
