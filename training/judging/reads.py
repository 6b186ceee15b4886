"""The test part is read once, at the end: every reading is written down, and a second one is told of.

It is noted beside the split and in the user's data folder, where other runs with the same test part find it.
"""

import csv
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

log = logging.getLogger(__name__)

READS = "test-reads.csv"
_KEY = "test_sha256"  # of the names of the test part; only in the user's file


def user_reads() -> Path:
    """Where this user's readings of all test parts are noted."""
    return platformdirs.user_data_path("movietags") / READS


def earlier_reads(split: Path, test: Sequence[str]) -> list[dict[str, str]]:
    """The readings so far of the images named `test`, oldest first."""
    elsewhere = [row for row in _rows(user_reads()) if row[_KEY] == _key(test)]
    found = {(row["when"], row["head_sha256"]): row for row in [*_rows(split.parent / READS), *elsewhere]}
    return sorted(found.values(), key=lambda row: row["when"])


def note_read(split: Path, test: Sequence[str], model: str, head_sha256: str) -> None:
    """Write a reading down."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    row = {"when": now, "model": model, "head_sha256": head_sha256, "images": str(len(test))}
    _add(split.parent / READS, row)
    try:
        user_reads().parent.mkdir(parents=True, exist_ok=True)
        _add(user_reads(), {_KEY: _key(test), **row})
    except OSError as error:
        log.warning("%s cannot be written (%s): other runs will not know of this reading.", user_reads(), error.strerror)


def _key(test: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(test)).encode()).hexdigest()


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
    except FileNotFoundError:
        return []


def _add(path: Path, row: dict[str, str]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(row), lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerow(row)
