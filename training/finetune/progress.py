"""How far a fine-tuning is, and its state on disk: written whole or not at all, so that a kill at any moment loses minutes."""

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.errors import RunError
from training.written import written_whole

log = logging.getLogger(__name__)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Progress:
    """A place between two optimizer steps. `batch` and `accumulate` differ from the configuration where memory was short."""

    batch: int
    accumulate: int
    stage: int = 0
    epoch: int = 0  # of the stage
    steps: int = 0  # done in the epoch
    loss: float = 0.0  # mean over these steps
    seconds: float = 0.0  # spent on them
    best: tuple[float, float] | None = None  # validation mean average precision and loss
    history: tuple[dict[str, Any], ...] = ()


class Store:
    """The files of a run that is not finished. Of several machines the first one writes them, all read."""

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        self._checkpoint, self._best, self._writes = folder / "checkpoint.npz", folder / "best.npz", writes

    def save(self, progress: Progress, model: keras.Model, optimizer: keras.optimizers.Optimizer | None) -> None:
        """Without an optimizer: a stage begins there. A disk that is full costs this checkpoint, not the run."""
        if not self._writes:
            return
        arrays = _values("model", _state(model)) | (_optimizer_values(optimizer, progress.accumulate) if optimizer else {})
        try:
            write_arrays(self._checkpoint, arrays | {"progress": np.array(json.dumps(asdict(progress)))})
        except OSError as error:
            log.warning("The checkpoint could not be written (%s); the one before it stays. Training goes on.", error.strerror or error)

    def load(self) -> tuple[Progress, Arrays] | None:
        """None where there is no checkpoint. Raises RunError for one that cannot be read."""
        if not self._checkpoint.exists():
            return None
        try:
            with np.load(self._checkpoint, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            content = json.loads(str(arrays.pop("progress")))
            best = tuple(content.pop("best") or ()) or None
            return Progress(**{**content, "history": tuple(content["history"])}, best=best), arrays
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise RunError(f"{self._checkpoint} cannot be read: {error}. Begin anew with another --out.") from error

    def save_best(self, model: keras.Model) -> None:
        """Raises RunError where there is no room: without the best weights there is nothing to end with."""
        if not self._writes:
            return
        try:
            write_arrays(self._best, _values("model", _state(model)))
        except OSError as error:
            message = f"The best weights could not be written to {self._best}: {error.strerror or error}."
            raise RunError(f"{message} Make room, then go on with --resume.") from error

    def load_best(self, model: keras.Model) -> None:
        with np.load(self._best, allow_pickle=False) as archive:
            restore_model(model, {name: archive[name] for name in archive.files})

    def remove(self) -> None:
        """When the run is finished."""
        for path in (self._checkpoint, self._best):
            path.unlink(missing_ok=True)


def restore_model(model: keras.Model, arrays: Arrays) -> None:
    _assign(_state(model), "model", arrays)


def restore_optimizer(optimizer: keras.optimizers.Optimizer, arrays: Arrays, accumulate: int) -> None:
    counts = {name: arrays[name] * accumulate for name in _counts(optimizer)}
    _assign(_lasting(optimizer), "optimizer", arrays | counts)


def _optimizer_values(optimizer: keras.optimizers.Optimizer, accumulate: int) -> Arrays:
    """Batches are counted as steps, for a batch may be smaller when the run goes on."""
    values = _values("optimizer", _lasting(optimizer))
    return values | {name: values[name] // accumulate for name in _counts(optimizer)}


def _counts(optimizer: keras.optimizers.Optimizer) -> list[str]:
    return [f"optimizer/{place}" for place, variable in enumerate(_lasting(optimizer)) if variable.name == "iteration"]


def _state(model: keras.Model) -> list[Any]:
    """Weights and the state of dropout's chance, in an order that does not hang on what learns at the moment."""
    return [*model.weights, *(variable for variable in model.variables if variable.name == "seed_generator_state")]


def _lasting(optimizer: keras.optimizers.Optimizer) -> list[Any]:
    """Between two steps no gradients are waiting, so their sums need not be kept."""
    return [variable for variable in optimizer.variables if not variable.name.endswith("gradient_accumulator")]


def _values(prefix: str, variables: list[Any]) -> Arrays:
    return {f"{prefix}/{place}": keras.ops.convert_to_numpy(variable) for place, variable in enumerate(variables)}


def _assign(variables: list[Any], prefix: str, arrays: Arrays) -> None:
    for place, variable in enumerate(variables):
        values = arrays.get(f"{prefix}/{place}")
        if values is None or values.shape != tuple(variable.shape):
            raise RunError(f"The checkpoint does not fit this network ({variable.path}); begin anew with another --out.")
        variable.assign(values)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Whole or not at all."""
    with written_whole(path) as fresh:
        np.savez(fresh, **arrays)  # type: ignore[arg-type]
