"""Run a network in OpenVINO's format on the CPU."""

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import openvino as ov
import platformdirs
from numpy.typing import NDArray

from service.errors import BundleError

Array: TypeAlias = NDArray[Any]


class Network:
    """A compiled network that takes any number of rows and gives one named output.

    Rows go through the network in parallel requests of `batch` rows each; that keeps every core busy without
    compiling for more than two batch sizes.
    """

    def __init__(self, model: Path, output: str, *, batch: int = 1) -> None:
        core = ov.Core()
        properties: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_NUM_THREADS": _threads()}
        cache = _cache_folder()
        if cache is not None:
            properties["CACHE_DIR"] = str(cache)
        try:
            network = core.read_model(model)
            _keep_only(network, output)
            network.reshape({network.input(0): [batch, *list(network.input(0).partial_shape)[1:]]})
            self._compiled = core.compile_model(network, "CPU", properties)
        except RuntimeError as error:
            raise BundleError(f"{model} cannot be loaded by OpenVINO {ov.get_version()}: {error}") from error
        self._batch = batch
        self._queue = ov.AsyncInferQueue(self._compiled)
        self._queue.set_callback(_store)

    def __call__(self, rows: Array) -> NDArray[np.float32]:
        """Feed `rows` (n, ...) and return the output (n, ...)."""
        answers: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * -(-len(rows) // self._batch)
        for place, start in enumerate(range(0, len(rows), self._batch)):
            chunk = rows[start : start + self._batch]
            short = self._batch - len(chunk)
            if short:
                chunk = np.concatenate([chunk, np.repeat(chunk[-1:], short, axis=0)])
            self._queue.start_async({0: np.ascontiguousarray(chunk)}, (answers, place))
        self._queue.wait_all()
        return np.concatenate(answers)[: len(rows)]


def _store(request: Any, destination: tuple[list[NDArray[np.float32]], int]) -> None:
    answers, place = destination
    answers[place] = request.get_output_tensor(0).data.copy()


def _keep_only(network: Any, output: str) -> None:
    """Drop the other results, so that nothing is computed or copied for them."""
    wanted = network.output(output).get_node().get_friendly_name()
    for result in network.get_results():
        if result.get_friendly_name() != wanted:
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
