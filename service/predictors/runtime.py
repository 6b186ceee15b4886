"""Run a network in OpenVINO's format on the CPU."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import openvino as ov
import platformdirs
from numpy.typing import NDArray

from service.errors import BundleError

Array: TypeAlias = NDArray[Any]


class Requests:
    """A compiled network that takes any number of rows and gives named outputs; any named tensor inside it may be one.

    Rows go through the network in parallel requests of `batch` rows each; that keeps every core busy without
    compiling for more than two batch sizes.
    """

    def __init__(self, network: ov.Model, outputs: Sequence[str], *, batch: int = 1, alone: bool = False) -> None:
        """With `alone` all cores work on one request; that answers sooner and does less in all.

        Raises RuntimeError where OpenVINO cannot compile it, or it has no such output.
        """
        hint = "LATENCY" if alone else "THROUGHPUT"
        properties: dict[str, Any] = {"PERFORMANCE_HINT": hint, "INFERENCE_NUM_THREADS": _threads()}
        cache = _cache_folder()
        if cache is not None:
            properties["CACHE_DIR"] = str(cache)
        keep_only(network, outputs)
        network.reshape({network.input(0): [batch, *list(network.input(0).partial_shape)[1:]]})
        compiled = ov.Core().compile_model(network, "CPU", properties)
        self._outputs = [compiled.output(name) for name in outputs]
        self._batch = batch
        self._queue = ov.AsyncInferQueue(compiled)
        self._queue.set_callback(self._store)

    def __call__(self, rows: Array) -> list[tuple[Array, ...]]:
        """Feed `rows` (n, ...): for each `batch` of them the outputs in the order they were named; the last batch is filled up."""
        answers: list[tuple[Array, ...]] = [()] * -(-len(rows) // self._batch)
        for place, start in enumerate(range(0, len(rows), self._batch)):
            chunk = rows[start : start + self._batch]
            short = self._batch - len(chunk)
            if short:
                chunk = np.concatenate([chunk, np.repeat(chunk[-1:], short, axis=0)])
            self._queue.start_async({0: np.ascontiguousarray(chunk)}, (answers, place))
        self._queue.wait_all()
        return answers

    def _store(self, request: Any, destination: tuple[list[tuple[Array, ...]], int]) -> None:
        answers, place = destination
        answers[place] = tuple(request.get_tensor(output).data.copy() for output in self._outputs)


class Network:
    """A network that gives one output."""

    def __init__(self, model: Path, output: str, *, batch: int = 1, alone: bool = False) -> None:
        """`batch` and `alone` as of Requests. Raises BundleError where OpenVINO cannot load it."""
        try:
            self._requests = Requests(ov.Core().read_model(model), [output], batch=batch, alone=alone)
        except RuntimeError as error:
            raise not_loaded(model, error) from error

    def __call__(self, rows: Array) -> NDArray[np.float32]:
        """Feed `rows` (n, ...) and return the output (n, ...)."""
        if not len(rows):
            return np.empty(0, np.float32)
        return np.concatenate([output for (output,) in self._requests(rows)])[: len(rows)]


def gives(model: Path, output: str) -> bool:
    """Whether a network has such an output. Raises BundleError where OpenVINO cannot read it."""
    try:
        return any(output in result.get_names() for result in ov.Core().read_model(model).outputs)
    except RuntimeError as error:
        raise not_loaded(model, error) from error


def not_loaded(model: Path, error: Exception) -> BundleError:
    """What a network's user is told where OpenVINO refuses it."""
    return BundleError(f"{model} cannot be loaded by OpenVINO {ov.get_version()}: {error}")


def keep_only(network: ov.Model, outputs: Sequence[str]) -> None:
    """Drop the other results, so that nothing is computed or copied for them."""
    known = {name for result in network.outputs for name in result.get_names()}
    network.add_outputs([name for name in outputs if name not in known])
    wanted = {network.output(output).get_node().get_friendly_name() for output in outputs}
    for result in network.get_results():
        if result.get_friendly_name() not in wanted:
            network.remove_result(result)


def _threads() -> int:
    """The cores this process may use; in a container fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cache_folder() -> Path | None:
    """Where compiled networks are kept, so that the second start is quick; none where nothing may be written."""
    folder = Path(platformdirs.user_cache_dir("movietags")) / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
