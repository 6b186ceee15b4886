"""What people corrected in a running service, as it exports it: a ZIP of manifest.csv, frames and the service's tags.yaml."""

import lzma
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from service.files import file_sha256
from training.config import DataConfig
from training.data.csv_manifest import read_manifest
from training.data.examples import Example
from training.data.files import cache_folder, put_in_place, unwritable
from training.errors import DataError

MANIFEST = "manifest.csv"
MOST_BYTES = 20_000_000_000  # unpacked
MOST_FILES = 1_000_000
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)  # what reading a broken archive raises


def corrections(archive: Path, config: DataConfig, cache: Path | None = None) -> list[Example]:
    """What the archive's manifest lists. Raises DataError, also where it names a file outside the archive."""
    folder = unpacked(archive, cache)
    found = read_manifest(folder / MANIFEST, config)
    for example in found:
        if not Path(os.path.normpath(example.path)).is_relative_to(os.path.normpath(folder)):  # unpacking makes no links
            raise DataError(f"{archive}: its {MANIFEST} names {example.name}, which is outside the archive. Export the corrections again.")
    return found


def unpacked(archive: Path, cache: Path | None = None) -> Path:
    """The folder with the archive's files; unpacked once for each content. Raises DataError."""
    folder = (cache or cache_folder()) / "corrections" / file_sha256(archive)[:32]
    if not folder.exists():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        except OSError as error:
            raise unwritable(folder.parent, error) from error
        try:
            _unpack(archive, fresh)
            put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as content:
            if MANIFEST not in content.namelist():
                raise DataError(f"{archive} holds no manifest.csv; it is no export of corrections (GET /v1/feedback/export).")
            _refuse_bomb(archive, content.infolist())
            content.extractall(folder)  # names that lead outside the folder are cut short
    except DAMAGED as error:
        raise _damaged(archive, error) from error
    except OSError as error:
        if error.errno is None:  # bzip2 says so that its data is broken
            raise _damaged(archive, error) from error
        raise unwritable(folder, error) from error


def _damaged(archive: Path, error: Exception) -> DataError:
    return DataError(f"{archive} cannot be read as a ZIP archive: {error}. Export the corrections again.")


def _refuse_bomb(archive: Path, files: Sequence[zipfile.ZipInfo]) -> None:
    """What a file says of its size is also what is read of it at most."""
    size = sum(file.file_size for file in files)
    if size > MOST_BYTES or len(files) > MOST_FILES:
        raise DataError(
            f"{archive} holds {len(files)} files of {size} bytes unpacked; allowed are {MOST_FILES} files of {MOST_BYTES} bytes. "
            "Unpack it yourself, and give the folder."
        )
