"""Films for the index: made up, or put into a service with features of their own."""

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from service.context import Service
from service.features import read_features, write_features
from service.outputs import FEATURES
from service.similar.frames import FRAME, NO_TAG, Film
from service.store.tables import Movie
from tests import seed

RANDOM = np.random.default_rng(7)


def film(movie_id: str, vectors, result_key: str = "results/1", tags: Sequence[str] = ("war",)) -> Film:
    """A film with these vectors; each frame is a shot of its own, 20 s behind the one before, and has the first tag."""
    frames = np.zeros(len(vectors), FRAME)
    frames["vector"], frames["tags"] = vectors, NO_TAG
    frames["time_ms"], frames["shot"] = np.arange(len(vectors)) * 20_000, np.arange(len(vectors))
    frames["tags"][:, 0], frames["scores"][:, 0] = 0, 9000
    return Film(movie_id, result_key, frames, tuple(tags))


def some_vectors(count: int):
    return RANDOM.integers(-127, 128, (count, 256), np.int8)


def some_features(frames: int, views: int = 1):
    """Like pooled activations: none below zero."""
    return RANDOM.gamma(0.4, 1.0, (frames, views, 2048)).astype(np.float16)


def result_key(service: Service, movie_id: str) -> str:
    with service.database.read() as session:
        return str(session.get_one(Movie, movie_id).result_key)


def add_film(service: Service, features, title: str = "harbour.mp4") -> str:
    """A tagged film with these features: each frame shows `war`, four seconds behind the one before, each in a shot of its own."""
    movie_id = seed.add_tagged(service, title, [["war"]] * len(features))
    put_features(service, movie_id, features)
    return movie_id


def put_features(service: Service, movie_id: str, features) -> None:
    key = f"{result_key(service, movie_id)}/{FEATURES}"
    with service.storage.open(key) as stream:
        stored = read_features(stream)
    changed = io.BytesIO()
    write_features(changed, replace(stored, features=features))
    service.storage.put(key, changed.getvalue())
