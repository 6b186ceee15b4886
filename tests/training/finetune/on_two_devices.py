"""Run by test_devices.py on JAX with two CPU devices: the same training by one device, gone on with after a stop, and by both."""

import contextlib
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from tests.training.finetune.small import AtStep, course, pictures
from training.config import Stage
from training.finetune.callbacks import StopFlag, Stopped
from training.finetune.course import fine_tune
from training.finetune.devices import device_count, use_devices

STAGES = (Stage(train="all", epochs=2, learning_rate=0.01),)


def learned(examples, *, stopped=False, **changes):
    with tempfile.TemporaryDirectory() as folder:
        chosen = course(Path(folder), examples, dropout=0.0, stages=STAGES, **changes)
        use_devices(chosen.config)
        if stopped:
            flag = StopFlag()
            with contextlib.suppress(Stopped):
                fine_tune(replace(chosen, stop=flag, watchers=[AtStep(2, lambda: setattr(flag, "asked", True))]))
        network, _ = fine_tune(chosen)
        return {**network.weights()[0], **network.weights()[1]}


def apart(ours, theirs):
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        images = pictures(Path(folder), 4)
        one = learned(images)
        resumed = learned(images, stopped=True)
        both = learned(images, devices=2)
    told = {
        "backend": keras.backend.backend(),
        "devices": device_count(),
        "alike": apart(one, both) < 1e-3,
        "resumed": apart(one, resumed) < 1e-6,
    }
    json.dump(told, sys.stdout)
