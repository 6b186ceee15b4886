"""On JAX: two devices of one process, and two machines, each a process of its own on loopback, learn what one device learns."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.training.finetune.small import class_folders
from training.errors import ConfigError
from training.finetune.machines import join, listed

FILES = {"backbone.npz", "head.npz", "answers.npz"}
PATIENCE = 300  # seconds


def begun(folder, *arguments, devices):
    """A process; XLA compiles quickly rather than well there."""
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.finetune.on_jax", folder / "runs", *arguments],
        env={**os.environ, "KERAS_BACKEND": "jax", **flags},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of four runs: `one`, `resumed`, `devices`, `machines`."""
    folder = tmp_path_factory.mktemp("jax")
    data = class_folders(folder, 6)
    machines = ",".join(f"127.0.0.1:{free_port()}" for _ in range(2))
    processes = [begun(folder, *data, devices=2), *(begun(folder, *data, machines, str(number), devices=1) for number in range(2))]
    said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], "\n".join(said)
    return folder / "runs"


def learned(run):
    found: dict[str, np.ndarray] = {}
    for name in FILES:
        with np.load(run / name) as archive:
            found |= {f"{name}/{key}": archive[key] for key in archive.files if archive[key].dtype == np.float32}
    return found


@pytest.mark.parametrize(("name", "apart"), [("resumed", 1e-6), ("devices", 1e-3), ("machines", 1e-3)])
def test_weights_and_answers_are_those_of_one_device(runs, name, apart):
    ours, theirs = learned(runs / "one"), learned(runs / name)
    assert ours.keys() == theirs.keys() and len(ours) > 10
    assert max(np.abs(ours[key] - theirs[key]).max() for key in ours) < apart


def test_one_machine_alone_writes_the_run(runs):
    assert len((runs / "machines" / "history.csv").read_text().splitlines()) == 3
    assert {path.name for path in (runs / "machines").iterdir()} - {"logs"} == {path.name for path in (runs / "one").iterdir()} - {"logs"}


@pytest.mark.parametrize(
    ("addresses", "number", "told"), [("one:1", 0, "two or more"), ("one:1,two", 0, "HOST:PORT"), ("one:1,two:1", 2, "0 to 1")]
)
def test_machines_that_cannot_be_are_told(addresses, number, told):
    with pytest.raises(ConfigError, match=told):
        listed(addresses, number)


def test_another_backend_is_told():
    with pytest.raises(ConfigError, match="KERAS_BACKEND=jax"):
        join("one:1,two:1", 0)
