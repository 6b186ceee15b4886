"""Run by test_backends.py, for other backends in a process of its own, since Keras takes one a process: build, train, answer."""

import json
import sys
from typing import Any

import keras
import numpy as np

from training.config import HeadConfig
from training.head import Lesson, train_heads
from training.model import build_backbone
from training.weights import apply_head

KINDS = np.arange(30) % 3
LESSON = Lesson(
    np.eye(3, dtype=np.float16)[KINDS][None],
    np.concatenate([np.eye(3)[KINDS], np.ones((len(KINDS), 3))], axis=1).astype(np.float32),
    np.ones(30, np.float32),
)
CONFIG = HeadConfig().model_copy(
    update={
        "components": 3,
        "hidden": 8,
        "dropout": 0.1,
        "epochs": 20,
        "batch": 10,
        "learning_rate": 0.03,
        "seeds": (0,),
        "views": {"whole": 1.0},
    }
)


def taught(loss: str) -> dict[str, int]:
    """Images that the head of the best epoch answers rightly, and that epoch."""
    fitted = train_heads(LESSON, LESSON, CONFIG.model_copy(update={"loss": loss}))
    right = int((apply_head(fitted.weights, LESSON.views[0]).argmax(axis=1) == KINDS).sum())
    lowest = min(fitted.history, key=lambda row: row["validation_loss"])
    return {"right": right, "kept": int(fitted.best_epochs[0] == lowest["epoch"])}


def found() -> dict[str, Any]:
    answer = build_backbone(size=75).predict(np.zeros((1, 75, 75, 3), np.float32), verbose=0)
    heads = {loss: taught(loss) for loss in ("odds", "softmax")}
    return {"backend": keras.backend.backend(), **heads, "features": list(answer["features"].shape)}


if __name__ == "__main__":
    json.dump(found(), sys.stdout)
