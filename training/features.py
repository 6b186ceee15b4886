"""Pooled features of images in several views, computed once by the very backbone that is served, and kept on disk."""

import hashlib
import logging
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
import platformdirs
from numpy.typing import NDArray

from service.errors import NotAPicture
from service.files import file_sha256
from service.predictors.runtime import Network
from training.data.examples import Example
from training.data.looking import BROKEN_SHARE
from training.data.threads import in_threads
from training.errors import DataError
from training.feature_store import FeatureStore, Row
from training.views import LOOKS, depends_on_name, load_picture, look

log = logging.getLogger(__name__)

Forward: TypeAlias = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Item = TypeVar("Item")

BATCH = 64  # pictures that go through the network at once
SHOWN = 10  # broken images that are named
TELL_SECONDS = 10.0  # between two lines of progress


class Backbone(Protocol):
    """What features need of a backbone."""

    @property
    def sha256(self) -> str:
        """Tells its features from those of others."""

    def open(self) -> Forward:
        """Load it."""


@dataclass(frozen=True)
class ServedBackbone:
    """The backbone of a bundle."""

    bundle: Path

    @property
    def sha256(self) -> str:
        return file_sha256(self.bundle / "backbone.bin")

    def open(self) -> Forward:
        return Network(self.bundle / "backbone.xml", "features")


@dataclass(frozen=True)
class Features:
    """What the backbone sees in images; those that do not decode are left out."""

    examples: tuple[Example, ...]
    views: NDArray[np.float16]  # (views, examples, 2048)

    def only(self, rows: Sequence[int] | NDArray[np.intp]) -> "Features":
        """Some of the examples."""
        return Features(tuple(self.examples[row] for row in rows), self.views[:, rows])


@dataclass(frozen=True)
class _Missing:
    """A picture to compute; its views by key."""

    path: Path
    name: str
    views: Mapping[str, str]


def cache_folder() -> Path:
    """Where features are kept between runs; may be removed at any time."""
    return platformdirs.user_cache_path("movietags") / "features"


def image_features(
    backbone: Backbone, examples: Sequence[Example], views: Sequence[str], cache: Path, *, among: int | None = None
) -> Features:
    """Features of `examples` in each of `views`; what was computed before, of a file with the same content, is read from `cache`.

    Images that do not decode are named in a warning. Raises DataError when they are more than BROKEN_SHARE, of `among` images
    where these are a part of so many, or all.
    """
    store = FeatureStore(cache / f"{backbone.sha256[:16]}-looks-{LOOKS}")
    keys = [_keys(digest, example, views) for digest, example in zip(_digests(examples), examples, strict=True)]
    rows = store.rows(key for by_view in keys for key in by_view)
    missing = [
        _Missing(example.path, example.name, wanted)
        for example, by_view in zip(examples, keys, strict=True)
        if (wanted := {key: view for key, view in zip(by_view, views, strict=True) if key not in rows})
    ]
    log.info("features: %d of %d images in %d views are kept already", len(examples) - len(missing), len(examples), len(views))
    if missing:
        rows.update(_computed(backbone.open(), missing, store))
    whole = [place for place, by_view in enumerate(keys) if all(key in rows for key in by_view)]
    broken = [example.path for example, by_view in zip(examples, keys, strict=True) if by_view[0] not in rows]
    _check_broken(broken, among or len(examples), none_left=not whole)
    values = np.stack([[rows[keys[place][view]] for place in whole] for view in range(len(views))])
    return Features(tuple(examples[place] for place in whole), np.asarray(values, np.float16))


def _digests(examples: Sequence[Example]) -> Iterator[str]:
    return in_threads(_digest, (example.path for example in examples))


def _digest(path: Path) -> str:
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:  # told of when it is to be decoded
        return "unreadable"


def _keys(digest: str, example: Example, views: Sequence[str]) -> list[str]:
    """One for each view; where chance makes the view, it is seeded by the name of the image."""
    return [f"{digest}-{view}" + (f"-{zlib.crc32(example.name.encode()):08x}" if depends_on_name(view) else "") for view in views]


def _computed(network: Forward, missing: Sequence[_Missing], store: FeatureStore) -> dict[str, Row]:
    """Forward what is missing; also what came of it before an error or Ctrl-C is kept."""
    found: dict[str, Row] = {}
    progress = _Progress(len(missing))
    try:
        for images, keys, pictures in _ahead(_batches(missing)):
            fresh = dict(zip(keys, network(pictures).astype(np.float16), strict=True)) if keys else {}
            found.update(fresh)
            store.add(fresh)
            progress.went_on(images)
    finally:
        store.flush()
    return found


def _batches(missing: Sequence[_Missing]) -> Iterator[tuple[int, list[str], NDArray[np.uint8]]]:
    """(images, keys, pictures) of whole images, about BATCH pictures each."""
    images = 0
    keys: list[str] = []
    pictures: list[NDArray[np.uint8]] = []
    for looks in in_threads(_looks, missing):
        images += 1
        keys += looks
        pictures += looks.values()
        if len(keys) >= BATCH:
            yield images, keys, np.stack(pictures)
            images, keys, pictures = 0, [], []
    yield images, keys, np.stack(pictures) if pictures else np.empty((0, 0, 0, 3), np.uint8)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The next item is made while one is worked on."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming: Future[Any] = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item


def _looks(missing: _Missing) -> dict[str, NDArray[np.uint8]]:
    """The missing views of one image by key; none where it does not decode."""
    try:
        picture = load_picture(missing.path)
    except NotAPicture as error:
        log.debug("%s", error)
        return {}
    return {key: look(picture, view, missing.name) for key, view in missing.views.items()}


def _check_broken(broken: Sequence[Path], images: int, *, none_left: bool) -> None:
    if not broken:
        return
    named = ", ".join(str(path) for path in broken[:SHOWN]) + (f" and {len(broken) - SHOWN} more" if len(broken) > SHOWN else "")
    if none_left or len(broken) > BROKEN_SHARE * images:
        raise DataError(
            f"{len(broken)} of {images} images cannot be read: {named}. At most {BROKEN_SHARE:.0%} may be broken; "
            "mend or remove them (`movietags-train data check` lists all)."
        )
    log.warning("%d of %d images cannot be read and are left out: %s", len(broken), images, named)


class _Progress:
    """A line now and then: how many, how fast, how long still."""

    def __init__(self, images: int) -> None:
        self._images, self._done = images, 0
        self._began = self._told = time.monotonic()

    def went_on(self, images: int) -> None:
        self._done += images
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS or self._done == self._images:
            self._told = now
            speed = self._done / max(now - self._began, 1e-6)
            left = (self._images - self._done) / max(speed, 1e-6)
            log.info("features: %d of %d images, %.0f images/s, %.0f s left", self._done, self._images, speed, left)
