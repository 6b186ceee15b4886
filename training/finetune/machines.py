"""Several machines, a process each, by Keras' distribution API on JAX: each reads its part of every batch, the first one writes."""

import atexit
import importlib
import os
import sys
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.errors import ConfigError


def join(addresses: str, number: int) -> None:
    """Meet the other machines, before anything else is asked of JAX; returns once all are there.

    `addresses` are HOST:PORT of each, joined by commas; the first one's is where they meet. Raises ConfigError.
    """
    machines = listed(addresses, number)
    if keras.backend.backend() != "jax":
        raise ConfigError(f"Several machines need JAX, not {keras.backend.backend()}: set KERAS_BACKEND=jax.")
    keras.distribution.initialize(addresses, machines, number)
    atexit.register(_end_at_once)


def listed(addresses: str, number: int) -> int:
    """How many machines there are. Raises ConfigError where the list cannot be meant, or `number` is none of them."""
    machines = addresses.split(",")
    if len(machines) < 2 or not all(host and port.isdecimal() for host, _, port in (address.rpartition(":") for address in machines)):
        raise ConfigError(f"--machines {addresses!r} must name two or more as HOST:PORT,HOST:PORT; this is the list on each of them.")
    if not 0 <= number < len(machines):
        raise ConfigError(f"--machine is {number}; of {len(machines)} machines it is 0 to {len(machines) - 1}.")
    return len(machines)


def machine_count() -> int:
    return 1 if keras.distribution.distribution() is None else int(_jax().process_count())


def is_first() -> bool:
    """Whether this process writes the run's folder."""
    return machine_count() == 1 or int(_jax().process_index()) == 0


def own_part(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """This machine's part of a batch: all of it on a single one."""
    machines = machine_count()
    return rows if machines == 1 else np.split(rows, machines)[int(_jax().process_index())]


def on_any(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a flag is set on one machine or more; every machine must ask."""
    return flags if machine_count() == 1 else np.asarray(_multihost().process_allgather(flags).any(axis=0), np.bool_)


def wait_for_all(what: str) -> None:
    """Until every machine has come to `what`."""
    if machine_count() > 1:
        _multihost().sync_global_devices(what)


def leave() -> None:
    """The first machine ends the run alone; nothing is shared from here on."""
    if machine_count() > 1:
        wait_for_all("the end")
        keras.distribution.set_distribution(None)
        atexit.unregister(_end_at_once)
        _jax().distributed.shutdown()


def _end_at_once() -> None:
    """After an error or Ctrl-C: JAX would wait minutes for the others, which wait for this one and end when it is gone."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


class Gathered(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """Answers of the whole batch on each machine, which else holds those of its part alone."""

    def call(self, answers: Any) -> Any:
        distribution = keras.distribution.distribution()
        layout = keras.distribution.TensorLayout([None] * len(answers.shape), distribution.device_mesh)
        return keras.distribution.distribute_tensor(answers, layout)


def _jax() -> Any:
    return importlib.import_module("jax")


def _multihost() -> Any:
    return importlib.import_module("jax.experimental.multihost_utils")
