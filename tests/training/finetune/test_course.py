"""Stages over a small network: what is learned, kept, refused, and gone on with."""

import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.training.finetune.small import STAGES, TAGS, AtStep, course, pictures, small_backbone
from training.config import Stage
from training.errors import DataError, OutOfMemory, RunError
from training.finetune.callbacks import Stopped, duration
from training.finetune.course import fine_tune, is_out_of_memory, smaller
from training.finetune.optimizer import average_momentum
from training.finetune.progress import Progress, Store
from training.model import get_weights


def run(folder, examples, **changes):
    folder.mkdir(exist_ok=True)
    network, progress = fine_tune(course(folder, examples, **changes))
    return network.weights(), progress


def refuse():
    raise MemoryError


def same(ours, theirs):
    return all(ours[part].keys() == theirs[part].keys() for part in (0, 1)) and all(
        np.allclose(ours[part][name], theirs[part][name], atol=1e-6) for part in (0, 1) for name in ours[part]
    )


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return pictures(tmp_path_factory.mktemp("pictures"), 5)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, examples):
    return run(tmp_path_factory.mktemp("unbroken"), examples)


def test_the_history_tells_every_epoch(unbroken):
    rows = unbroken[1].history
    assert [(row["epoch"], row["stage"]) for row in rows] == [(1, 1), (2, 2), (3, 2), (4, 2)]
    assert list(rows[0]) == [
        "seed",
        "epoch",
        "stage",
        "loss",
        "validation_loss",
        "validation_map",
        "learning_rate",
        "images_per_second",
    ]


def test_colours_are_learned(unbroken):
    assert unbroken[1].best[0] > 0.7


def test_only_the_last_blocks_learn(unbroken):
    keras.utils.set_random_seed(0)
    start = get_weights(small_backbone())
    kernels = {name: values for name, values in unbroken[0][0].items() if name.endswith("kernel")}
    changed = [name for name, values in kernels.items() if not np.allclose(values, start[name], rtol=1e-3)]
    assert len(start) == 12 and changed == ["conv2d_1/kernel", "conv2d_2/kernel"]


def test_the_background_stays_the_fixed_point(unbroken):
    head = unbroken[0][1]
    assert head["dense_2/kernel"].shape[1] == len(TAGS) + 1
    assert not head["dense_2/kernel"][:, -1].any() and not head["dense_2/bias"][-1]


def test_a_run_stopped_in_each_stage_goes_on_to_the_same_weights(tmp_path, examples, unbroken):
    for batches in (2, 9):
        stopped = course(tmp_path, examples)
        watchers = [AtStep(batches, lambda stop=stopped.stop: setattr(stop, "asked", True))]
        with pytest.raises(Stopped):
            fine_tune(replace(stopped, watchers=watchers))
    weights, progress = run(tmp_path, examples)
    assert same(weights, unbroken[0])
    figures = ("loss", "validation_loss", "validation_map")
    assert [[row[name] for name in figures] for row in progress.history] == [
        [pytest.approx(row[name], abs=1e-4) for name in figures] for row in unbroken[1].history
    ]


def test_a_run_killed_in_the_middle_of_an_epoch_goes_on_to_the_same_weights(tmp_path, examples, unbroken):
    killed = subprocess.run([sys.executable, "-m", "tests.training.finetune.killed", tmp_path, examples[0].path.parent], check=False)
    assert killed.returncode == -signal.SIGKILL
    kept = Store(tmp_path).load()
    assert kept and kept[0].steps
    weights, _ = run(tmp_path, examples)
    assert same(weights, unbroken[0])


def test_ctrl_c_stops_between_two_steps(tmp_path, examples):
    assert threading.current_thread() is threading.main_thread()
    stop = AtStep(3, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Stopped):
        run(tmp_path, examples, watchers=[stop], stages=STAGES[:1])
    assert (tmp_path / "checkpoint.npz").exists()


def test_short_memory_halves_the_batch_and_goes_on(tmp_path, examples, caplog):
    with caplog.at_level(logging.WARNING):
        _, progress = run(tmp_path, examples, watchers=[AtStep(7, refuse)])
    assert (progress.batch, progress.accumulate, len(progress.history)) == (2, 2, 4)
    assert "Out of memory: batches of 2 from here on, 2 to a step." in caplog.text


def test_accumulated_batches_learn_like_a_large_one(tmp_path, examples):
    still = {"stages": (Stage(train="all", epochs=1, learning_rate=0.01),), "ema": 0.0, "dropout": 0.0}
    large, _ = run(tmp_path / "large", examples[:12], batch=12, **still)
    small, _ = run(tmp_path / "small", examples[:12], batch=4, accumulate=3, **still)
    assert same(large, small)


def test_no_memory_for_a_single_image_is_told():
    with pytest.raises(OutOfMemory, match=r"finetune\.size"):
        smaller(Progress(batch=1, accumulate=32))


@pytest.mark.parametrize(("batch", "accumulate", "expected"), [(32, 1, (16, 2)), (6, 1, (3, 2)), (9, 1, (3, 3)), (3, 2, (1, 6))])
def test_smaller_batches_make_steps_of_the_same_images(batch, accumulate, expected):
    less = smaller(Progress(batch=batch, accumulate=accumulate))
    assert (less.batch, less.accumulate) == expected


@pytest.mark.parametrize("message", ["RESOURCE_EXHAUSTED: Out of memory allocating", "CUDA out of memory. Tried to allocate"])
def test_every_backend_says_in_its_way_that_memory_is_short(message):
    assert is_out_of_memory(RuntimeError(message)) and not is_out_of_memory(RuntimeError("shapes do not match"))


def test_a_few_broken_images_are_passed_by(tmp_path, caplog):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    many = pictures(tmp_path, 7)
    many[3] = replace(many[3], name=broken.name, path=broken)
    with caplog.at_level(logging.WARNING):
        run(tmp_path / "run", many, stages=STAGES[:1])
    assert caplog.text.count("broken.png") == 1


def test_many_broken_images_are_refused(tmp_path, examples):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    broken = [replace(example, path=tmp_path / "broken.png") for example in examples]
    with pytest.raises(DataError, match="data check"):
        run(tmp_path / "run", broken)


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(tmp_path, examples, caplog):
    (tmp_path / "checkpoint.new.npz").mkdir()  # stands in the way of every checkpoint
    with caplog.at_level(logging.WARNING):
        _, progress = run(tmp_path, examples, stages=STAGES[:1])
    assert len(progress.history) == 1 and "could not be written" in caplog.text


def test_no_room_for_the_best_weights_ends_the_run(tmp_path, examples):
    (tmp_path / "best.new.npz").mkdir()
    with pytest.raises(RunError, match="--resume"):
        run(tmp_path, examples)


def test_a_damaged_checkpoint_is_told(tmp_path, examples):
    (tmp_path / "checkpoint.npz").write_bytes(b"half")
    with pytest.raises(RunError, match="cannot be read"):
        run(tmp_path, examples)


def test_a_short_stage_averages_less():
    assert average_momentum(0.999, 10) == 0
    assert average_momentum(0.999, 100) == pytest.approx(0.9)
    assert average_momentum(0.999, 100_000) == 0.999


@pytest.mark.parametrize(("seconds", "expected"), [(5, "5 s"), (65, "1 min 5 s"), (3700, "1 h 1 min")])
def test_durations(seconds, expected):
    assert duration(seconds) == expected
