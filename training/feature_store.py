"""Features on disk, by the content they were computed from: in chunks that are written whole, so that a kill loses a chunk at most."""

import logging
import os
import secrets
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

Row = NDArray[np.float16]  # (2048,)

CHUNK = 256  # rows in a file
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


class FeatureStore:
    """A folder of chunks; any number of processes may read and add at once, for each chunk has a name of its own.

    A disk that is full, or may not be written, is told of once; then features are just not kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: dict[str, Row] = {}
        self._writable = True

    def rows(self, keys: Iterable[str]) -> dict[str, Row]:
        """What is kept of these keys."""
        wanted = set(keys)
        found: dict[str, Row] = {}
        for path in sorted(self.folder.glob("*.npz")):
            found.update(_read(path, wanted))
        return found

    def add(self, rows: Mapping[str, Row]) -> None:
        """Keep rows, at the latest with the next `flush`."""
        self._waiting.update(rows)
        if len(self._waiting) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        rows, self._waiting = self._waiting, {}
        if rows and self._writable:
            try:
                self._write(rows)
            except OSError as error:
                self._writable = False
                log.warning("Features cannot be kept in %s (%s); the run goes on without keeping them.", self.folder, error.strerror)

    def _write(self, rows: Mapping[str, Row]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{secrets.token_hex(8)}.npz"
        unfinished = target.with_suffix(".part")
        try:
            with unfinished.open("wb") as stream:
                np.savez(stream, keys=np.array(list(rows)), features=np.stack(list(rows.values())))
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)


def _read(path: Path, wanted: set[str]) -> dict[str, Row]:
    """The wanted rows of a chunk; a damaged one counts as missing."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as chunk:
            keys = chunk["keys"].tolist()
            places = [place for place, key in enumerate(keys) if key in wanted]
            features = chunk["features"] if places else np.empty((0, 0), np.float16)
            return {keys[place]: features[place] for place in places}
    except _DAMAGE as error:
        log.warning("%s is damaged and passed over: %s", path, error)
        return {}
