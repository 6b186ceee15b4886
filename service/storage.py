"""Films and results as files under keys: in a local folder, or S3-compatible, through fsspec.

A key is ours alone ("films/ID/film.mp4"), never a client's text. What `put` and `move_in` have returned from survives a crash.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import fsspec

from service.errors import DiskFull, StorageUnavailable

PIECE_BYTES = 4 << 20


class FileStorage(Protocol):
    """What the service needs of a storage."""

    def put(self, key: str, data: bytes) -> None: ...

    def move_in(self, path: Path, key: str) -> None:
        """Take a finished local file; it is gone afterwards from where it was."""

    def open(self, key: str) -> BinaryIO:
        """Read with seeking. Raises FileNotFoundError."""

    def size(self, key: str) -> int:
        """Bytes. Raises FileNotFoundError."""

    def local_path(self, key: str) -> Path | None:
        """Where the file can be opened in place; None where it must be fetched."""

    def fetch(self, key: str, target: Path) -> None:
        """Copy to a local file."""

    def delete(self, key: str) -> None:
        """Remove a file, or a folder with all below; nothing there is no error."""

    def folders(self, key: str) -> list[str]:
        """Names of the folders in a folder."""

    def check(self) -> None:
        """Raises StorageUnavailable when it cannot be reached."""


def open_storage(url: str, options: dict[str, Any], reserve_bytes: int = 0) -> FileStorage:
    """The storage behind a folder's path or a URL that fsspec knows, such as s3://BUCKET/PREFIX."""
    if "://" not in url or url.startswith("file://"):
        return LocalFiles(Path(url.removeprefix("file://")), reserve_bytes)
    return RemoteFiles(url, options)


class LocalFiles:
    """A folder; files and folders are synced to disk before anything is acknowledged."""

    def __init__(self, root: Path, reserve_bytes: int = 0) -> None:
        self._root = root
        self._reserve = reserve_bytes

    def put(self, key: str, data: bytes) -> None:
        target = self._place(key)
        ensure_space(self._root, len(data), self._reserve)
        unfinished = target.with_name(f".{target.name}.part")
        with disk_errors(), unfinished.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            os.replace(unfinished, target)
        sync_folder(target.parent)

    def move_in(self, path: Path, key: str) -> None:
        target = self._place(key)
        with disk_errors():
            try:
                os.replace(path, target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy_in(path, target)
            sync_file(target)
        sync_folder(target.parent)
        path.unlink(missing_ok=True)

    def _copy_in(self, path: Path, target: Path) -> None:
        """From another file system: whole or not at all."""
        ensure_space(self._root, path.stat().st_size, self._reserve)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.copyfile(path, unfinished)
        sync_file(unfinished)
        os.replace(unfinished, target)

    def open(self, key: str) -> BinaryIO:
        return (self._root / key).open("rb")

    def size(self, key: str) -> int:
        return (self._root / key).stat().st_size

    def local_path(self, key: str) -> Path | None:
        return self._root / key

    def fetch(self, key: str, target: Path) -> None:
        with disk_errors():
            shutil.copyfile(self._root / key, target)

    def delete(self, key: str) -> None:
        path = self._root / key
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            return
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()  # if nothing else is in it

    def folders(self, key: str) -> list[str]:
        place = self._root / key
        return sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []

    def check(self) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"The folder for files cannot be used: {error.strerror}.") from error

    def _place(self, key: str) -> Path:
        """Where a key's file goes; new folders on the way are synced, so that a crash cannot lose the way to it."""
        target = self._root / key
        missing = [folder for folder in target.parents if not folder.exists()]
        with disk_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            sync_folder(folder.parent)
        return target


class RemoteFiles:
    """Objects of an S3-compatible store; an object is there whole or not at all."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._system, root = fsspec.core.url_to_fs(url, **{**options, "use_listings_cache": False})
        self._root = root.rstrip("/")

    def put(self, key: str, data: bytes) -> None:
        with _remote_errors():
            self._system.pipe_file(self._object(key), data)

    def move_in(self, path: Path, key: str) -> None:
        with _remote_errors():
            self._system.put_file(str(path), self._object(key))
        path.unlink()

    def open(self, key: str) -> BinaryIO:
        with _remote_errors():
            stream: BinaryIO = self._system.open(self._object(key), "rb")
        return stream

    def size(self, key: str) -> int:
        with _remote_errors():
            return int(self._system.size(self._object(key)))

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002
        return None

    def fetch(self, key: str, target: Path) -> None:
        with _remote_errors(), disk_errors():
            self._system.get_file(self._object(key), str(target))

    def delete(self, key: str) -> None:
        with _remote_errors():
            try:
                self._system.rm(self._object(key), recursive=True)
            except FileNotFoundError:
                return

    def folders(self, key: str) -> list[str]:
        with _remote_errors():
            try:
                entries = self._system.ls(self._object(key), detail=True)
            except FileNotFoundError:
                return []
        return sorted(entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory")

    def check(self) -> None:
        with _remote_errors():
            self._system.exists(self._root)

    def _object(self, key: str) -> str:
        return f"{self._root}/{key}"


@contextmanager
def _remote_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # the libraries behind fsspec have no common error
        raise StorageUnavailable(
            f"The file storage does not answer ({type(error).__name__}); nothing was lost. Try again later."
        ) from error


@contextmanager
def disk_errors() -> Iterator[None]:
    """A full disk as our own error."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull("The disk is full; nothing that was stored is lost. Free some space and try again.") from error
        raise


def ensure_space(folder: Path, wanted_bytes: int, reserve_bytes: int) -> None:
    """Raise DiskFull when `wanted_bytes` more in `folder` would touch the reserve."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free - wanted_bytes < reserve_bytes:
        raise DiskFull(
            f"{wanted_bytes:,} bytes do not fit: {free:,} are free, and {reserve_bytes:,} of them are kept in reserve. "
            "Free some space and try again."
        )


def sync_file(path: Path) -> None:
    """Make a file's content survive a crash."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a crash."""
    sync_file(path)
