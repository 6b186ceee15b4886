"""The film's file where it can be decoded: in place, or fetched into the scratch folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import DiskFull, FilmNotFound, OutsideRoots
from service.settings import Settings
from service.storage import FileStorage, ensure_space
from service.store.runs import Attempt
from service.store.tables import Source


@contextmanager
def film_at_hand(attempt: Attempt, settings: Settings, storage: FileStorage, scratch: Path) -> Iterator[Path]:
    """A local path of the film for as long as the block lasts. Raises FilmNotFound, OutsideRoots, DiskFull, StorageUnavailable."""
    if attempt.source is Source.IMPORT:
        path = imported_film(attempt, settings.import_roots)
        yield path
        imported_film(attempt, settings.import_roots)  # it must not have changed while it was read
        return
    in_place = storage.local_path(attempt.path)
    if in_place is not None:
        if not in_place.is_file():
            raise FilmNotFound(f"{attempt.path}: the uploaded film is gone from the file storage; upload it again.")
        yield in_place
        return
    yield _fetched(attempt, settings, storage, scratch)


def imported_film(attempt: Attempt, roots: list[Path]) -> Path:
    """The file of a library, if it still is the one that was imported and lies where films may be read."""
    path = Path(attempt.path)
    try:
        real, facts = path.resolve(strict=True), path.stat()
    except OSError as error:
        raise FilmNotFound(f"{path}: the file is gone from the library, or cannot be read; import its folder again.") from error
    if not any(real.is_relative_to(root) for root in roots):
        raise OutsideRoots(f"{path}: the file no longer lies in a folder that may be imported.")
    if (facts.st_size, facts.st_mtime_ns) != (attempt.size_bytes, attempt.modified_ns):
        raise FilmNotFound(f"{path}: the file has changed since it was imported; import its folder again.")
    return path


def _fetched(attempt: Attempt, settings: Settings, storage: FileStorage, scratch: Path) -> Path:
    target = scratch / f"film{Path(attempt.path).suffix}"
    try:
        size = storage.size(attempt.path)
        if size > settings.scratch_bytes:
            raise DiskFull(
                f"The film has {size:,} bytes, and a worker's scratch folder may hold {settings.scratch_bytes:,}; allow more by "
                "MOVIETAGS_SCRATCH_BYTES."
            )
        ensure_space(scratch, size, settings.disk_reserve_bytes)
        storage.fetch(attempt.path, target)
    except FileNotFoundError as error:
        raise FilmNotFound(f"{attempt.path}: the uploaded film is gone from the file storage; upload it again.") from error
    return target
