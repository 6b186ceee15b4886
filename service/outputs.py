"""The files of a result: result.json, features.npz, and the key frames' pictures as one file with a list of places.

A result's folder is written once, by one attempt, and never changed; what is read of it may be kept.
"""

import io
import json
import shutil
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from PIL import Image

from service.errors import NotFound
from service.records import ShotFrames
from service.results import FilmResult
from service.storage import FileStorage

RESULT, FEATURES, PICTURES, PLACES = "result.json", "features.npz", "thumbnails.bin", "thumbnails.json"
THUMBNAIL_SIDE = 320  # pixels, the longer side
QUALITY = 82  # of the JPEG
KEPT_RESULTS = 4  # read results in memory; a long film's takes some 20 MB
KEPT_PLACES = 64


class ResultWriter:
    """Collects a result in a scratch folder while the film is tagged, and stores it whole."""

    def __init__(self, storage: FileStorage, key: str, scratch: Path) -> None:
        """`key`: the folder in the storage; `scratch`: an empty folder of its own."""
        self._storage, self._key, self._scratch = storage, key, scratch
        self._offsets = [0]
        self._width = 0
        self._pictures: BinaryIO = (scratch / PICTURES).open("wb")

    def add(self, frames: ShotFrames) -> None:
        """Keep the pictures of a shot's key frames."""
        for frame in frames.key_frames:
            assert frame.thumbnail is not None
            stream = io.BytesIO()
            Image.fromarray(frame.thumbnail).save(stream, "jpeg", quality=QUALITY)
            self._pictures.write(stream.getbuffer())
            self._offsets.append(self._offsets[-1] + stream.getbuffer().nbytes)
            self._width = frame.thumbnail.shape[1]

    def store(self, result: FilmResult) -> None:
        """Write everything to the storage, the result itself last. The features lie in the scratch folder by then."""
        self.close()
        self._storage.move_in(self._scratch / PICTURES, f"{self._key}/{PICTURES}")
        self._storage.put(f"{self._key}/{PLACES}", _json({"offsets": self._offsets, "width": self._width}))
        self._storage.move_in(self._scratch / FEATURES, f"{self._key}/{FEATURES}")
        self._storage.put(f"{self._key}/{RESULT}", _json(result.to_json()))

    def close(self) -> None:
        """Close the file; what was not stored stays in the scratch folder, which is the caller's to remove."""
        self._pictures.close()


def store_retagged(storage: FileStorage, old_key: str, key: str, result: FilmResult, scratch: Path) -> None:
    """A new result on the features, pictures and objects of another one, which are copied. Raises NotFound."""
    old = read_result(storage, old_key)
    for name in (PICTURES, PLACES, FEATURES):
        copy = scratch / name
        with storage.open(f"{old_key}/{name}") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        storage.move_in(copy, f"{key}/{name}")
    kept = {name: old[name] for name in ("objects",) if name in old}
    storage.put(f"{key}/{RESULT}", _json(result.to_json() | kept))


def read_result(storage: FileStorage, key: str) -> dict[str, Any]:
    """A stored result; it is shared by all who read it, so change nothing. Raises NotFound."""
    return _result(cast(Hashable, storage), key)


def thumbnail_places(storage: FileStorage, key: str) -> tuple[int, ...]:
    """Where each picture begins, and where the last one ends. Raises NotFound."""
    return _places(cast(Hashable, storage), key)


def thumbnail(storage: FileStorage, key: str, number: int) -> bytes:
    """The picture of a key frame, as JPEG; `number` counts all key frames of the film from 0. Raises NotFound."""
    offsets = thumbnail_places(storage, key)
    if not 0 <= number < len(offsets) - 1:
        raise NotFound(f"There is no frame {number}; this film's frames are 0 to {len(offsets) - 2}.")
    try:
        with storage.open(f"{key}/{PICTURES}") as stream:
            stream.seek(offsets[number])
            return stream.read(offsets[number + 1] - offsets[number])
    except FileNotFoundError as error:
        raise NotFound("The pictures of this film are gone.") from error


@lru_cache(KEPT_RESULTS)
def _result(storage: Any, key: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(_read(storage, f"{key}/{RESULT}"))
    return result


@lru_cache(KEPT_PLACES)
def _places(storage: Any, key: str) -> tuple[int, ...]:
    return tuple(json.loads(_read(storage, f"{key}/{PLACES}"))["offsets"])


def _read(storage: FileStorage, key: str) -> bytes:
    try:
        with storage.open(key) as stream:
            return stream.read()
    except FileNotFoundError as error:
        raise NotFound("The result of this film is gone; it was replaced or deleted meanwhile.") from error


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
