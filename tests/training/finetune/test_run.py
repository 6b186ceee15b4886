"""Whole runs over class folders, with a small backbone; bundle and report are tested elsewhere."""

import json
from dataclasses import replace

import numpy as np
import pytest

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from tests.training.finetune.small import SIZE, STAGES, TAGS, AtStep, class_folders, small_backbone
from training.config import DataConfig, FinetuneConfig, HeadConfig, RunConfig
from training.errors import RunError
from training.finetune.callbacks import Stopped
from training.finetune.run import FinetuneOrder, run_finetune
from training.weights import apply_head


def ask_to_stop():
    raise Stopped


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Class folders, and a split that is written."""
    return class_folders(tmp_path_factory.mktemp("data"), 6)


@pytest.fixture(scope="module")
def order(data, tmp_path_factory):
    return FinetuneOrder((data[0],), tmp_path_factory.mktemp("runs") / "run", model_at(SHIPPED_TAGGER, check_files=False))


@pytest.fixture(scope="module")
def config(data):
    fine = FinetuneConfig(size=SIZE, batch=4, stages=STAGES[1:], ema=0.5)
    return RunConfig(data=DataConfig(split=data[1]), head=HeadConfig(hidden=8, dropout=0.2), finetune=fine)


def start(order, config, **changes):
    return run_finetune(replace(order, **changes), config, small_backbone)


@pytest.fixture(scope="module")
def finished(order, config):
    return start(order, config)


def test_a_run_ends_with_weights_thresholds_history_and_answers(finished):
    run, parts = finished
    assert run.facts.command == "finetune" and set(run.facts.labels) == set(TAGS)
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [12, 3, 3]
    assert apply_head(run.head(), np.zeros((2, 8), np.float32)).shape == (2, 4)
    assert set(json.loads((run.path / "thresholds.json").read_text())) == set(TAGS)
    assert len(run.history()) == 3
    with np.load(run.path / "answers.npz") as kept, np.load(run.path / "backbone.npz") as backbone:
        assert kept["scores"].shape == (3, 3) and "conv2d/kernel" in backbone.files
    assert not list(run.path.glob("*.new*")) and not (run.path / "checkpoint.npz").exists() and not (run.path / "best.npz").exists()


def test_a_finished_run_is_not_trained_again(finished, order, config):
    before = (finished[0].path / "head.npz").stat().st_mtime_ns
    run, _ = start(order, config, resume=True)
    assert (run.path / "head.npz").stat().st_mtime_ns == before


@pytest.mark.usefixtures("finished")
def test_a_finished_run_is_not_overwritten(order, config):
    with pytest.raises(RunError, match="another run"):
        start(order, config)


@pytest.mark.usefixtures("finished")
def test_going_on_with_another_configuration_tells_what_differs(order, config):
    other = config.model_copy(update={"finetune": config.finetune.model_copy(update={"batch": 8})})
    with pytest.raises(RunError, match=r"finetune\.batch: 4, now 8"):
        start(order, other, resume=True)


def test_a_stopped_run_is_gone_on_with_only_when_asked(order, config, tmp_path):
    with pytest.raises(Stopped):
        start(order, config, out=tmp_path / "run", watchers=(AtStep(4, ask_to_stop),))
    with pytest.raises(RunError, match="--resume"):
        start(order, config, out=tmp_path / "run")
    run, _ = start(order, config, out=tmp_path / "run", resume=True)
    assert len(run.history()) == 3


def test_going_on_with_nothing_is_told(order, config, tmp_path):
    with pytest.raises(RunError):
        start(order, config, out=tmp_path / "nothing", resume=True)


def test_a_run_may_begin_with_the_head_of_another(finished, order, config, tmp_path):
    run, _ = start(order, config, out=tmp_path / "run", head=finished[0].path)
    assert float(run.history()[0]["validation_map"]) >= float(finished[0].history()[0]["validation_map"])
