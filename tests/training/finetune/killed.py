"""Run by test_course.py in a process of its own: a fine-tuning that is killed in the middle of its second epoch."""

import os
import signal
import sys
from pathlib import Path

from tests.training.finetune.small import AtStep, course, pictures
from training.finetune.course import fine_tune

AT_EVERY_STEP = 1e-6  # minutes between two checkpoints

if __name__ == "__main__":
    out, images = map(Path, sys.argv[1:])
    kill = AtStep(7, lambda: os.kill(os.getpid(), signal.SIGKILL))
    fine_tune(course(out, pictures(images, 5), watchers=[kill], checkpoint_minutes=AT_EVERY_STEP))
