"""Run by test_devices.py on JAX with two CPU devices: the same training by one device and by both."""

import json
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

from tests.training.finetune.small import course, pictures
from training.config import Stage
from training.finetune.course import fine_tune
from training.finetune.devices import device_count, use_devices


def learned(examples, **changes):
    with tempfile.TemporaryDirectory() as folder:
        chosen = course(Path(folder), examples, dropout=0.0, stages=(Stage(train="all", epochs=2, learning_rate=0.01),), **changes)
        use_devices(chosen.config)
        network, _ = fine_tune(chosen)
        return {**network.weights()[0], **network.weights()[1]}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        images = pictures(Path(folder), 4)
        one = learned(images)
        both = learned(images, devices=2)
    apart = max(float(np.abs(one[name] - both[name]).max()) for name in one)
    json.dump({"backend": keras.backend.backend(), "devices": device_count(), "alike": apart < 1e-3}, sys.stdout)
