"""What people corrected in a running service, as it exports it: a ZIP of manifest.csv, frames and the service's tags.yaml."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from service.files import file_sha256
from training.data.files import cache_folder, unwritable
from training.errors import DataError


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
            os.replace(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as content:
            if "manifest.csv" not in content.namelist():
                raise DataError(f"{archive} holds no manifest.csv; it is no export of corrections (GET /v1/feedback/export).")
            content.extractall(folder)  # names that lead outside the folder are cut short
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{archive} cannot be read as a ZIP archive: {error}. Export the corrections again.") from error
    except OSError as error:
        raise unwritable(folder, error) from error
