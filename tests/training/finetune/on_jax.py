"""Run by test_devices.py on JAX, in a process of its own: the same training by one device, by one that stops and goes on, and by two;
or, with the machines' addresses and the number of this one, by two machines that stop and go on.

OUT DATA SPLIT [HOST:PORT,HOST:PORT N]
"""

import contextlib
import sys
from dataclasses import replace
from pathlib import Path

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from tests.training.finetune.small import SIZE, AtStep, small_backbone
from training.config import DataConfig, FinetuneConfig, HeadConfig, RunConfig, Stage
from training.finetune.callbacks import Stopped
from training.finetune.machines import join, leave
from training.finetune.run import FinetuneOrder, run_finetune

STAGES = (Stage(train="all", epochs=2, learning_rate=0.01),)
IN_THE_SECOND_EPOCH = 5  # the batch, counted from 1


def ask_to_stop():
    raise Stopped


def main(out, data, split, addresses="", number=0):
    order = FinetuneOrder((Path(data),), Path(out), model_at(SHIPPED_TAGGER, check_files=False), machines=bool(addresses))

    def run(name, *, stopped=False, devices=0):
        fine = FinetuneConfig(size=SIZE, batch=4, stages=STAGES, ema=0.5, devices=devices)
        config = RunConfig(data=DataConfig(split=split), head=HeadConfig(hidden=8, dropout=0.0), finetune=fine)
        there = replace(order, out=order.out / name)
        if stopped:
            with contextlib.suppress(Stopped):
                run_finetune(replace(there, watchers=(AtStep(IN_THE_SECOND_EPOCH, ask_to_stop),)), config, small_backbone)
        run_finetune(replace(there, resume=stopped), config, small_backbone)

    if addresses:
        join(addresses, int(number))
        run("machines", stopped=True)
        leave()
    else:
        run("one")
        run("resumed", stopped=True)
        run("devices", devices=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
