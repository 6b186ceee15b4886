"""The stages of a fine-tuning one after the other: steps, average, judgement, checkpoint."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.timeline.aggregate import frame_scores
from training.config import FinetuneConfig, Stage
from training.finetune.callbacks import Checkpoints, StopFlag, Told
from training.finetune.devices import compiles
from training.finetune.machines import wait_for_all
from training.finetune.network import Network, constrain
from training.finetune.optimizer import make_optimizer
from training.finetune.pictures import Broken, ChangedPictures, Lesson, Pictures, epoch_order, plain_order
from training.finetune.progress import Arrays, Progress, Store, restore_model, restore_optimizer
from training.judging.measures import image_precisions
from training.targets import Flags

log = logging.getLogger(__name__)

NOISE = 1e-9  # of a mean average precision; what differs by less is alike


@dataclass(frozen=True)
class Course:
    """All that does not change on the way."""

    build: Callable[[], Network]
    learning: Lesson
    judging: Lesson
    truth: Flags  # (images of judging, tags)
    known: Flags
    loss: Callable[[Any, Any], Any]
    config: FinetuneConfig
    seed: int
    store: Store
    stop: StopFlag
    tell: Callable[[tuple[dict[str, Any], ...]], None]  # the history so far, after each epoch
    watchers: Sequence[keras.callbacks.Callback] = ()


def run_stages(course: Course, progress: Progress, arrays: Arrays) -> tuple[Network, Progress]:
    """From `progress` to the end; the network comes back with its best weights. `arrays` are a checkpoint's, or none."""
    network = course.build()
    if arrays:
        restore_model(network.model, arrays)
    broken = Broken(len(course.learning.examples) + len(course.judging.examples))
    for number in range(progress.stage, len(course.config.stages)):
        progress = _stage(course, network, progress, arrays if number == progress.stage else {}, broken)
    wait_for_all("the best weights")
    course.store.load_best(network.model)
    return network, progress


def _stage(course: Course, network: Network, progress: Progress, arrays: Arrays, broken: Broken) -> Progress:
    stage = course.config.stages[progress.stage]
    steps = -(-len(course.learning.examples) // (progress.batch * progress.accumulate))
    network.learn(stage)
    optimizer = make_optimizer(stage, steps * stage.epochs, course.config, progress.accumulate)
    network.model.compile(optimizer, loss=course.loss, jit_compile=compiles())
    optimizer.build(network.model.trainable_variables)
    _build_loss(network.model)
    if progress.epoch or progress.steps:
        restore_optimizer(optimizer, arrays, progress.accumulate)
    log.info("stage %d of %d, learning: %s; %d steps an epoch", progress.stage + 1, len(course.config.stages), _learning(stage), steps)
    for _ in range(progress.epoch, stage.epochs):
        progress = _epoch(course, network.model, stage, steps, progress, broken)
    return progress


def _build_loss(model: keras.Model) -> None:
    """Else `fit` would do it with the first batch, and on JAX and PyTorch put that batch last."""
    classes = model.output.shape[-1]
    model.compute_loss(y=keras.ops.zeros((1, 2 * (classes - 1))), y_pred=keras.ops.ones((1, classes)))


def _epoch(course: Course, model: keras.Model, stage: Stage, steps: int, begun: Progress, broken: Broken) -> Progress:
    """Learn for what is left of an epoch, judge what came of it, keep it if it is the best, write the checkpoint."""
    config = course.config.model_copy(update={"batch": begun.batch})
    chance = (course.seed, sum(stage.epochs for stage in course.config.stages[: begun.stage]) + begun.epoch)
    order = epoch_order(len(course.learning.examples), begun.batch * begun.accumulate, chance)
    first = begun.steps * begun.accumulate
    checkpoints = Checkpoints(begun, config.checkpoint_minutes, course.stop, lambda at: course.store.save(at, model, model.optimizer))
    unaveraged = _Unaveraged()
    if begun.steps < steps:
        pictures = ChangedPictures(course.learning, config, order, broken, first=first, chance=chance)
        told = Told(len(course.config.stages), stage.epochs, steps, begun)
        seen = model.fit(pictures, verbose=0, shuffle=False, callbacks=[checkpoints, told, unaveraged, *course.watchers])
        begun = checkpoints.reached(steps - begun.steps, seen.history["loss"][-1])
        constrain(model)  # Keras averages what the weights are before their constraints hold
    ended = _judged(course, model, stage, begun, broken, steps)
    last = begun.epoch + 1 == stage.epochs
    ended = replace(ended, steps=0, loss=0.0, seconds=0.0, stage=begun.stage + last, epoch=0 if last else begun.epoch + 1)
    if not last:
        unaveraged.put_back(model)  # the average is what is judged and kept; a stage that is over goes on from it
    course.store.save(ended, model, None if last else model.optimizer)
    return ended


class _Unaveraged(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Keeps the weights that Keras overwrites by their average when `fit` ends."""

    def __init__(self) -> None:
        super().__init__()
        self._values: list[NDArray[Any]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self._values = [keras.ops.convert_to_numpy(variable) for variable in self.model.trainable_variables]

    def put_back(self, model: keras.Model) -> None:
        for variable, values in zip(model.trainable_variables, self._values, strict=True):
            variable.assign(values)


def _judged(course: Course, model: keras.Model, stage: Stage, begun: Progress, broken: Broken, steps: int) -> Progress:
    """With a row of history more, and the best so far."""
    probabilities = answers(model, course.judging, course.config.model_copy(update={"batch": begun.batch}), broken)
    precision, loss = _figures(course, probabilities, broken)
    row = {
        "seed": course.seed,
        "epoch": len(begun.history) + 1,
        "stage": begun.stage + 1,
        "loss": round(begun.loss, 6),
        "validation_loss": round(loss, 6),
        "validation_map": round(precision, 6),
        "learning_rate": stage.learning_rate,
        "images_per_second": round(steps * begun.batch * begun.accumulate / max(begun.seconds, 1e-3), 2),
    }
    log.info("epoch %(epoch)d (stage %(stage)d): loss %(loss).4f, validation loss %(validation_loss).4f, mAP %(validation_map).4f", row)
    better = begun.best is None or precision > begun.best[0] + NOISE or (precision > begun.best[0] - NOISE and loss < begun.best[1])
    if better:
        course.store.save_best(model)
    history = (*begun.history, row)
    course.tell(history)
    return replace(begun, history=history, best=(precision, loss) if better else begun.best)


def answers(model: keras.Model, lesson: Lesson, config: FinetuneConfig, broken: Broken) -> NDArray[np.float32]:
    """Probabilities (images, classes), each picture seen as the service sees it."""
    pictures = Pictures(lesson, config, plain_order(len(lesson.examples), config.batch), broken)
    return np.asarray(model.predict(pictures, verbose=0)[: len(lesson.examples)], np.float32)


def _figures(course: Course, probabilities: NDArray[np.float32], broken: Broken) -> tuple[float, float]:
    """Mean average precision and loss on the validation images that can be read."""
    rows = broken.read(course.judging.examples)
    known = course.known[rows]
    found = image_precisions(course.truth[rows] & known, frame_scores(probabilities[rows]), known)
    wanted, given = (keras.ops.convert_to_tensor(values[rows]) for values in (course.judging.targets, probabilities))
    losses = keras.ops.convert_to_numpy(course.loss(wanted, given))
    precision = 0.0 if np.isnan(found).all() else float(np.nanmean(found))
    return precision, float(np.average(losses, weights=course.judging.weights[rows]))


def _learning(stage: Stage) -> str:
    return {"head": "the head", "top": f"the head and the last blocks ({stage.top_blocks})", "all": "everything"}[stage.train]
