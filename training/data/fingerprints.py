"""Fingerprints of images, kept between runs: reading thousands of pictures only to split them takes minutes."""

import contextlib
import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from training.data.examples import Example
from training.data.files import cache_folder
from training.data.looking import Look, looks_at

log = logging.getLogger(__name__)

Fingerprints: TypeAlias = Mapping[str, int | None]  # by name; None for what cannot be read

FILE = "fingerprints-1.sqlite"  # the number goes up when fingerprints are made otherwise
WORTH_KEEPING = 500  # images; fewer are as quickly looked at again
PATIENCE_SECONDS = 30.0  # while another run writes


def fingerprints_of(examples: Sequence[Example], cache: Path | None = None, *, worth_keeping: int = WORTH_KEEPING) -> dict[str, int | None]:
    """The fingerprints of the images by name; a picture that was seen in another run is read again only where its file has changed."""
    if len(examples) < worth_keeping:
        return _by_name(looks_at(examples))
    kept = _kept(examples, cache)
    looks = looks_at([example for example in examples if example.name not in kept])
    keep(examples, looks, cache, worth_keeping=worth_keeping)
    return {**kept, **_by_name(looks)}


def keep(examples: Sequence[Example], looks: Sequence[Look], cache: Path | None = None, *, worth_keeping: int = WORTH_KEEPING) -> None:
    """Keep what was seen of many images for the next run; nothing is lost but time where the cache cannot be written."""
    if len(examples) < worth_keeping:
        return
    paths = {example.name: example.path for example in examples}
    rows = [(_key(paths[look.name]), None if look.fingerprint is None else look.fingerprint.to_bytes(8, "big")) for look in looks]
    try:
        with _table(cache) as database:
            database.executemany("INSERT OR REPLACE INTO fingerprints VALUES (?, ?)", rows)
    except (OSError, sqlite3.Error) as error:
        log.warning("Fingerprints of images are not kept in %s: %s", cache or cache_folder(), error)


def _kept(examples: Iterable[Example], cache: Path | None) -> dict[str, int | None]:
    keys = {example.name: _key(example.path) for example in examples}
    try:
        with _table(cache) as database:
            rows = {name: database.execute("SELECT value FROM fingerprints WHERE key = ?", (key,)).fetchone() for name, key in keys.items()}
    except (OSError, sqlite3.Error):
        return {}  # it is told when they are to be kept
    return {name: None if row[0] is None else int.from_bytes(row[0], "big") for name, row in rows.items() if row is not None}


def _by_name(looks: Iterable[Look]) -> dict[str, int | None]:
    return {look.name: look.fingerprint for look in looks}


def _key(path: Path) -> bytes:
    """Other for another file, and when its content changes."""
    state = path.stat()
    return hashlib.sha256(f"{path.resolve()}\n{state.st_size}\n{state.st_mtime_ns}".encode(errors="surrogateescape")).digest()[:16]


@contextlib.contextmanager
def _table(cache: Path | None) -> Iterator[sqlite3.Connection]:
    """The table; what is written is there for others at the block's end."""
    folder = cache or cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / FILE, timeout=PATIENCE_SECONDS)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS fingerprints (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        yield database
