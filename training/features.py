"""Pooled features of images in several views, computed once by the very backbone that is served, and kept on disk."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.files import file_sha256
from service.predictors.runtime import Network
from training.manifest import Example
from training.views import load_picture, look

log = logging.getLogger(__name__)

CHUNK = 64  # images in memory at once
LOADERS = 2  # threads that read and change pictures while the network works


def view_features(backbone: Path, examples: Sequence[Example], view: str, folder: Path) -> NDArray[np.float16]:
    """Features (images, 2048) of `examples` in one view; read from `folder` when they were computed by this backbone before."""
    names = [example.name for example in examples]
    store = folder / f"{view}-{file_sha256(backbone.with_suffix('.bin'))[:16]}.npz"
    if store.exists():
        with np.load(store) as kept:
            rows = {name: row for row, name in enumerate(kept["names"].tolist())}
            if rows.keys() >= set(names):
                return np.asarray(kept["features"][[rows[name] for name in names]], np.float16)
    features = _compute(Network(backbone, "features"), examples, view)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(store, features=features, names=np.array(names))
    return features


def _compute(network: Callable[[NDArray[np.uint8]], NDArray[np.float32]], examples: Sequence[Example], view: str) -> NDArray[np.float16]:
    found = []
    for pictures in _chunks(examples, view):
        found.append(network(pictures).astype(np.float16))
        log.info("%s: %d of %d images", view, sum(map(len, found)), len(examples))
    return np.concatenate(found)


def _chunks(examples: Sequence[Example], view: str) -> Iterator[NDArray[np.uint8]]:
    """Pictures as the network takes them; the next chunk is loaded while one is worked on."""
    with ThreadPoolExecutor(LOADERS) as pool:

        def load(chunk: Sequence[Example]) -> list[NDArray[np.uint8]]:
            return [look(load_picture(example.path), view, example.name) for example in chunk]

        parts = [examples[start : start + CHUNK] for start in range(0, len(examples), CHUNK)]
        waiting = [pool.submit(load, part) for part in parts[:LOADERS]]
        for place in range(len(parts)):
            pictures = waiting.pop(0).result()
            if place + LOADERS < len(parts):
                waiting.append(pool.submit(load, parts[place + LOADERS]))
            yield np.stack(pictures)
