"""The test part is read once, at the end: every reading is written down beside the split, and a second one is told of."""

import csv
from datetime import UTC, datetime
from pathlib import Path

READS = "test-reads.csv"
_COLUMNS = ("when", "model", "head_sha256", "images")


def earlier_reads(split: Path) -> list[dict[str, str]]:
    """The readings so far."""
    try:
        with (split.parent / READS).open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
    except FileNotFoundError:
        return []


def note_read(split: Path, model: str, head_sha256: str, images: int) -> None:
    """Write a reading down."""
    path = split.parent / READS
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, _COLUMNS, lineterminator="\n")
        if fresh:
            writer.writeheader()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        writer.writerow({"when": now, "model": model, "head_sha256": head_sha256, "images": images})
