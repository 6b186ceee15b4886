"""Libraries on disk, as imports find them; their films are no films, since nothing opens them."""

import os
import time
from pathlib import Path


def film(path: Path, content: bytes = b"film", modified: float | None = None) -> Path:
    """A file that has been there for a while."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    then = time.time() - 3600 if modified is None else modified
    os.utime(path, (then, then))
    return path


def small_library(folder: Path) -> Path:
    """Three films at different depths, and what is none."""
    for name in ("a.mp4", "series/b.MKV", "series/deep/c.mov", "notes.txt", ".hidden.mp4", ".trash/d.mp4"):
        film(folder / name)
    return folder


def film_named_in_no_text(folder: Path) -> Path:
    """A film whose name is not UTF-8."""
    return film(Path(os.fsdecode(os.fsencode(folder) + b"/\xff.mp4")))
