"""AdamW along a cosine, with Keras' own gradient accumulation, average of the weights and loss scaling."""

from typing import Any

import keras

from training.config import FinetuneConfig, Stage

AVERAGED = 10  # a stage's average reaches back over at most one of so many parts of it, however high the momentum


class BySteps(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras carries no types
    """A schedule over steps for an optimizer that asks with its count of batches, as Keras' accumulating ones do."""

    def __init__(self, schedule: Any, accumulate: int) -> None:
        self._schedule, self._accumulate = schedule, accumulate

    def __call__(self, batches: Any) -> Any:
        return self._schedule(batches // self._accumulate)


def make_optimizer(stage: Stage, steps: int, config: FinetuneConfig, accumulate: int) -> keras.optimizers.Optimizer:
    """For a stage of `steps` optimizer steps, each of `accumulate` batches."""
    momentum = average_momentum(config.ema, steps)
    optimizer = keras.optimizers.AdamW(
        BySteps(_rate(stage.learning_rate, steps, config.warm_up), accumulate),
        weight_decay=config.weight_decay,
        use_ema=momentum > 0,
        ema_momentum=momentum ** (1 / accumulate),  # Keras moves the average with every batch, not with every step
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return keras.optimizers.LossScaleOptimizer(optimizer) if config.precision == "mixed_float16" else optimizer


def average_momentum(wanted: float, steps: int) -> float:
    """No higher than lets the average forget where a short stage began; 0 for none."""
    return max(0.0, min(wanted, 1 - AVERAGED / steps))


def _rate(highest: float, steps: int, warm_up: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """Up from zero over the share `warm_up` of the steps, then down to zero."""
    warming = round(steps * warm_up)
    if not warming:
        return keras.optimizers.schedules.CosineDecay(highest, steps)
    return keras.optimizers.schedules.CosineDecay(0.0, max(1, steps - warming), warmup_target=highest, warmup_steps=warming)
