"""Which files are looked at, and where what is made of them is kept."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from training.errors import DataError

PICTURES = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff"))
FILMS = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".mxf", ".wmv", ".ogv", ".flv")
)


def is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES


def is_film(path: Path) -> bool:
    return path.suffix.lower() in FILMS


def files_below(folder: Path) -> list[Path]:
    """All files in the folder and its folders, sorted; none that is hidden, as file managers leave them."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def kinds_of(paths: Iterable[Path]) -> str:
    """For messages: ".bmp (3), .txt (1)"."""
    counts = Counter(path.suffix.lower() or "no suffix" for path in paths)
    return ", ".join(f"{suffix} ({count})" for suffix, count in counts.most_common())


def cache_folder() -> Path:
    """Where frames of films and unpacked corrections are kept between runs; may be removed at any time."""
    return platformdirs.user_cache_path("movietags") / "training"


def put_in_place(fresh: Path, folder: Path) -> None:
    """Rename; where another process was faster, its folder of the same content stays."""
    try:
        os.replace(fresh, folder)
    except OSError:
        if not folder.is_dir():
            raise


def unwritable(folder: Path, error: OSError) -> DataError:
    """For a full disk and the like."""
    return DataError(
        f"{folder} cannot be written: {error.strerror or error}. Free some space there, or set XDG_CACHE_HOME to another folder."
    )
