"""Looking through a library that may be imported: which files are films, and which of them can be taken now. Nothing is opened."""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from service.errors import InvalidRequest, OutsideRoots
from service.library import FILM_SUFFIXES

QUIET_NS = 10_000_000_000  # a file that changed within so long may still be being copied
LONGEST_PATH = 2000  # bytes: what a database's index holds


class Outcome(StrEnum):
    """What became of a file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LATER = "later"  # still being copied, or at work; the next import takes it
    REFUSED = "refused"


@dataclass(frozen=True)
class Look:
    """A file as it was when it was looked at."""

    path: str  # without links; of what is refused, as it was found
    size_bytes: int = 0
    modified_ns: int = 0
    outcome: Outcome | None = None  # None: it can be taken
    reason: str | None = None


def allowed_path(given: str, roots: Sequence[Path]) -> Path:
    """A client's path without links, if films below it may be imported. Raises OutsideRoots or InvalidRequest."""
    if not roots:
        raise OutsideRoots("Nothing may be imported: no folders are allowed. The setting MOVIETAGS_IMPORT_ROOTS lists them.")
    if not given.startswith("/") or "\0" in given or not _is_text(given) or len(given.encode()) > LONGEST_PATH:
        raise InvalidRequest(f"path must be absolute on the service's machine, and have at most {LONGEST_PATH} bytes.")
    try:
        path = Path(given).resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise OutsideRoots("The path cannot be followed to a file or folder.") from error
    # Before anything is said about whether it exists.
    if not is_inside(path, roots):
        allowed = ", ".join(map(str, roots))
        raise OutsideRoots(
            f"{given!r} does not lie in a folder that may be imported; those are {allowed}. Links count as what they lead to."
        )
    if not os.path.exists(path):
        raise InvalidRequest(f"There is no file or folder {given!r} on the service's machine.")
    return path


def is_inside(path: Path, roots: Sequence[Path]) -> bool:
    """Whether a path without links lies below one of the folders, or is one."""
    return any(path.is_relative_to(root) for root in roots)


def walk(start: Path, roots: Sequence[Path]) -> Iterator[Look]:
    """A file, or the films of a folder and all folders below; hidden ones are passed over, links to folders not followed."""
    if not start.is_dir():
        yield look(str(start), roots)
        return
    unreadable: list[OSError] = []
    for base, folders, files in os.walk(start, onerror=unreadable.append):
        yield from _told(unreadable)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (_link(os.path.join(base, name)) for name in folders if os.path.islink(os.path.join(base, name)))
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in FILM_SUFFIXES:
                yield look(os.path.join(base, name), roots)
    yield from _told(unreadable)


def look(path: str, roots: Sequence[Path]) -> Look:
    """One file, found at this path."""
    try:
        real = Path(path).resolve(strict=True)
        facts = real.stat()
    except (OSError, RuntimeError):
        return _refused(path, "It is gone, or a link that leads nowhere.")
    if not is_inside(real, roots):
        return _refused(path, "It is a link that leads out of the folders that may be imported.")
    if not stat.S_ISREG(facts.st_mode):
        return _refused(path, "It is no ordinary file.")
    if len(os.fsencode(real)) > LONGEST_PATH or not _is_text(str(real)):
        return _refused(path, f"Its path is no UTF-8, or longer than {LONGEST_PATH} bytes.")
    if not os.access(real, os.R_OK):
        return _refused(path, "The service may not read it.")
    # A time in the far future is a clock that was wrong, not a copy under way.
    if abs(time.time_ns() - facts.st_mtime_ns) < QUIET_NS:
        return Look(str(real), outcome=Outcome.LATER, reason="It changed a moment ago; it may still be being copied.")
    if facts.st_size == 0:
        return _refused(path, "It is empty.")
    return Look(str(real), facts.st_size, facts.st_mtime_ns)


def look_again(first: Look) -> Look:
    """The same file a moment later: left for later if it is not what it was."""
    if first.outcome is not None:
        return first
    try:
        facts = os.stat(first.path)
    except OSError:
        return Look(first.path, outcome=Outcome.LATER, reason="It went away while it was looked at.")
    if (facts.st_size, facts.st_mtime_ns) != (first.size_bytes, first.modified_ns):
        return Look(first.path, outcome=Outcome.LATER, reason="It changed while it was looked at.")
    return first


def _link(path: str) -> Look:
    return _refused(path, "It is a link to a folder, and those are not followed; import the folder itself.")


def _told(unreadable: list[OSError]) -> Iterator[Look]:
    while unreadable:
        error = unreadable.pop()
        yield _refused(str(error.filename), f"The folder cannot be read: {error.strerror}.")


def _refused(path: str, reason: str) -> Look:
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return Look(shown[:LONGEST_PATH], outcome=Outcome.REFUSED, reason=reason)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
