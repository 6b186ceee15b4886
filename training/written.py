"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a file to write in its place; it takes the place of `path` at the end, or is removed where something fails."""
    fresh = path.with_name(f"{path.stem}.new{path.suffix}")
    try:
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        with contextlib.suppress(OSError):  # gone where all went well
            fresh.unlink()
