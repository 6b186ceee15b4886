"""Train heads on stored features: every epoch looks at each image once, in one of its views; the best epoch's weights are kept."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from service.timeline.aggregate import frame_scores
from training.config import HeadConfig
from training.errors import ConfigError
from training.judging.measures import Flags, image_precisions
from training.losses import Loss, loss_of
from training.model import build_head, head_weights
from training.projection import Projection, principal
from training.targets import Matrix
from training.weights import Weights, apply_head, merge_heads

log = logging.getLogger(__name__)

FEWEST_STEPS = 20  # of an epoch; with few images the batches become smaller ...
SMALLEST_BATCH = 8  # ... down to this
NOISE = 1e-4  # of a mean average precision; what lies closer together counts as the same


@dataclass(frozen=True)
class Lesson:
    """Images in several views, and what is to be answered for them; rows are images."""

    views: NDArray[np.float16]  # (views, images, features); the first view is the one served
    targets: Matrix  # (images, 2 x tags), as training.targets makes them
    weights: Matrix  # (images,)

    @property
    def tags(self) -> int:
        return int(self.targets.shape[1]) // 2

    @property
    def truth(self) -> Flags:
        return np.asarray(self.targets[:, : self.tags] > 0.5)

    @property
    def known(self) -> Flags:
        return np.asarray(self.targets[:, self.tags :] > 0)


@dataclass(frozen=True)
class FittedHead:
    """What training gave."""

    weights: Weights  # of all seeds' heads, merged into one
    history: tuple[dict[str, Any], ...]  # a row an epoch
    best_epochs: tuple[int, ...]  # of each seed, counted from 1


class ViewBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras carries no types
    """Batches of (features, targets, weights); order and views are drawn anew every epoch."""

    def __init__(self, lesson: Lesson, shares: Sequence[float], batch: int, seed: int) -> None:
        """`shares` says how often each view is taken."""
        super().__init__()
        self._lesson, self._batch = lesson, batch
        self._shares = np.asarray(shares, np.float64) / np.sum(shares)
        self._rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return int(np.ceil(self._lesson.views.shape[1] / self._batch))

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        rows = self._order[index * self._batch : (index + 1) * self._batch]
        features = self._lesson.views[self._chosen[rows], rows].astype(np.float32)
        return features, self._lesson.targets[rows], self._lesson.weights[rows]

    def on_epoch_end(self) -> None:
        images = self._lesson.views.shape[1]
        self._order: NDArray[np.intp] = np.asarray(self._rng.permutation(images), np.intp)
        self._chosen: NDArray[np.intp] = np.asarray(self._rng.choice(len(self._shares), images, p=self._shares), np.intp)


class KeepBest(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Judges every epoch, keeps the weights of the best one, and stops when none was better for `patience` epochs (0: never).

    The best epoch has the highest mean average precision on the validation images; of epochs that are alike in that, the
    lowest loss. Without validation images the last epoch is the best.
    """

    def __init__(self, lesson: Lesson | None, loss: Loss, patience: int, seed: int) -> None:
        super().__init__()
        self.history: list[dict[str, Any]] = []
        self.best_epoch = 0
        self._lesson, self._loss, self._patience, self._seed = lesson, loss, patience, seed
        self._best = (-1.0, float("inf"))
        self._weights: list[NDArray[Any]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        row: dict[str, Any] = {"seed": self._seed, "epoch": epoch + 1, "loss": round(_finite((logs or {})["loss"], epoch), 6)}
        if self._lesson is None:
            self.best_epoch = epoch + 1
            row |= {"validation_loss": "", "validation_map": ""}
        else:
            precision, loss = self._judged(self._lesson)
            _finite(loss, epoch)
            row |= {"validation_loss": round(loss, 6), "validation_map": round(precision, 6)}
            if self._is_better(precision, loss):
                self._best, self.best_epoch, self._weights = (precision, loss), epoch + 1, self.model.get_weights()
            elif 0 < self._patience <= epoch + 1 - self.best_epoch:
                self.model.stop_training = True
        self.history.append(row)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        if self._weights:
            self.model.set_weights(self._weights)

    def _is_better(self, precision: float, loss: float) -> bool:
        best_precision, best_loss = self._best
        return precision > best_precision + NOISE or (precision > best_precision - NOISE and loss < best_loss)

    def _judged(self, lesson: Lesson) -> tuple[float, float]:
        """Mean average precision over the tags that are shown, and loss."""
        probabilities = apply_head(_plain(self.model), lesson.views[0])
        losses = self._loss(keras.ops.convert_to_tensor(lesson.targets), keras.ops.convert_to_tensor(probabilities))
        found = image_precisions(lesson.truth & lesson.known, frame_scores(probabilities), lesson.known)
        precision = 0.0 if np.isnan(found).all() else float(np.nanmean(found))
        return precision, float(np.average(keras.ops.convert_to_numpy(losses), weights=lesson.weights))


def _finite(loss: float, epoch: int) -> float:
    """Without this the weights of a head that has blown up would be kept, for no loss is better than none."""
    if not np.isfinite(loss):
        raise ConfigError(f"The loss was {loss} in epoch {epoch + 1}: the steps are too large. Lower head.learning_rate.")
    return loss


def train_heads(lesson: Lesson, validation: Lesson | None, config: HeadConfig) -> FittedHead:
    """Train one head a seed and merge them into one."""
    projection = principal(lesson.views[0], config.components)
    taught = _projected(lesson, projection)
    judged = None if validation is None else _projected(validation, projection)
    heads, keepers = [], []
    for seed in config.seeds:
        head, keeper = _fit(taught, judged, config, seed)
        heads.append(head_weights(head, projection.mean, projection.basis))
        keepers.append(keeper)
        log.info("%s", _told(keeper, config, len(keepers)))
    history = tuple(row for keeper in keepers for row in keeper.history)
    return FittedHead(merge_heads(heads), history, tuple(keeper.best_epoch for keeper in keepers))


def batch_of(images: int, config: HeadConfig) -> int:
    """The configured batch, or a smaller one where that would give an epoch fewer than FEWEST_STEPS steps."""
    return min(config.batch, max(SMALLEST_BATCH, images // FEWEST_STEPS))


def _fit(taught: Lesson, judged: Lesson | None, config: HeadConfig, seed: int) -> tuple[keras.Model, KeepBest]:
    keras.utils.set_random_seed(seed)
    images, width = taught.views.shape[1:]
    batches = ViewBatches(taught, list(config.views.values()), batch_of(images, config), seed)
    head = build_head(taught.tags + 1, config.hidden, config.dropout, width)
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * len(batches))
    # XLA on TensorFlow costs seconds a head here, and gains nothing.
    jit: bool | str = False if keras.backend.backend() == "tensorflow" else "auto"
    head.compile(keras.optimizers.AdamW(rate, weight_decay=config.weight_decay), loss=loss_of(config.loss), jit_compile=jit)
    keeper = KeepBest(judged, loss_of(config.loss), config.patience, seed)
    head.fit(batches, epochs=config.epochs, verbose=0, shuffle=False, callbacks=[keeper])
    return head, keeper


def _projected(lesson: Lesson, projection: Projection) -> Lesson:
    return Lesson(np.stack([projection(view) for view in lesson.views]), lesson.targets, lesson.weights)


def _plain(head: keras.Model) -> Weights:
    """The head's weights as they are, for projected features."""
    width = head.input_shape[-1]
    return head_weights(head, np.zeros(width, np.float32), np.eye(width, dtype=np.float32))


def _told(keeper: KeepBest, config: HeadConfig, number: int) -> str:
    best = keeper.history[keeper.best_epoch - 1]
    judged = f"validation mAP {best['validation_map']:.3f}, " if best["validation_map"] != "" else ""
    return (
        f"head {number} of {len(config.seeds)}: epoch {keeper.best_epoch} of {len(keeper.history)} is kept, {judged}loss {best['loss']:.3f}"
    )
