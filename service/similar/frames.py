"""What the index keeps of a film's key frames, read from the film's result a little at a time, so that nobody waits for it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from service.errors import ResultError
from service.features import feature_pieces
from service.outputs import FEATURES, RESULT
from service.similar.vectors import DIMENSIONS, Projection, Vectors
from service.storage import FileStorage
from service.timeline.blurring import is_blurred

TAGS = 3  # of a frame
SCORE_UNIT = 10_000  # a score of 1
NO_TAG = 0xFFFF
FRAME = np.dtype(
    [
        ("vector", np.int8, (DIMENSIONS,)),
        ("time_ms", np.int64),
        ("shot", np.int32),
        ("tags", np.uint16, (TAGS,)),  # places in the index' list of tags, best first; NO_TAG behind the last one
        ("scores", np.uint16, (TAGS,)),  # in SCORE_UNITths
        ("blurred", np.bool_),
    ],
    align=True,
)
_MODEL, _FRAMES = re.compile(r'"model":\s*'), re.compile(r'"frames":\s*\[\s*')
_BETWEEN = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Film:
    """A film's key frames, ready for the index."""

    movie_id: str
    result_key: str
    frames: NDArray[np.void]  # FRAME; their tags are places in `tags`
    tags: tuple[str, ...]


def read_film(storage: FileStorage, movie_id: str, result_key: str, projection: Projection, blurred: Collection[str]) -> Film:
    """Raises ResultError, FileNotFoundError, StorageUnavailable."""
    with storage.open(f"{result_key}/{FEATURES}") as stream:
        vectors = read_vectors(stream, projection)
    with storage.open(f"{result_key}/{RESULT}") as stream:
        text = stream.read().decode()
    frames = np.zeros(len(vectors), FRAME)
    frames["vector"], frames["tags"] = vectors, NO_TAG
    tags: dict[str, int] = {}
    try:
        count = _fill(frames, text, tags, blurred)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ResultError(f"The result in {result_key} cannot be read: {error}") from error
    if count != len(frames):
        raise ResultError(f"The result in {result_key} has {count} key frames, and features of {len(frames)}.")
    return Film(movie_id, result_key, frames, tuple(tags))


def read_vectors(stream: BinaryIO, projection: Projection) -> Vectors:
    """The vectors of stored features. Raises ResultError."""
    return np.concatenate([projection.vectors(piece) for piece in feature_pieces(stream)])


def _fill(frames: NDArray[np.void], text: str, tags: dict[str, int], blurred: Collection[str]) -> int:
    """How many frames the result has."""
    model = next(_values(text, _MODEL), {})
    count = 0
    for count, told in enumerate(_values(text, _FRAMES), 1):
        frame = frames[count - 1]
        frame["time_ms"], frame["shot"] = told["time_ms"], told["shot"]
        frame["blurred"] = is_blurred(told, model, blurred)
        for place, (tag, score) in enumerate(told["tags"][:TAGS]):
            frame["tags"][place] = tags.setdefault(tag, len(tags))
            frame["scores"][place] = round(score * SCORE_UNIT)
    return count


def _values(text: str, where: re.Pattern[str]) -> Iterator[Mapping[str, Any]]:
    """JSON objects one after the other, from where a key of the outermost object begins.

    Parsed whole, the result of a long film would keep every request waiting. A key's quotes never stand within a text, where
    they are escaped.
    """
    found = where.search(text)
    place = len(text) if found is None else found.end()
    decoder = json.JSONDecoder()
    while text[place : place + 1] == "{":
        value, place = decoder.raw_decode(text, place)
        yield value
        gap = _BETWEEN.match(text, place)
        place = gap.end() if gap else place
