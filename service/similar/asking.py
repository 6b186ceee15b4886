"""The key frames of the library that are most like one of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from service.context import Service
from service.errors import NeedsDecoding, NotFound
from service.outputs import FEATURES
from service.similar.frames import NO_TAG, SCORE_UNIT, read_vectors
from service.similar.index import Index, Place
from service.similar.keeper import Keeper
from service.similar.vectors import Vectors
from service.store import similar
from service.store.tables import Movie

NEAR_MS = 10_000  # key frames of a film nearer to one another than this are one moment
SPARE = 2  # so many times as many are found, for films may just have been deleted or tagged anew


@dataclass(frozen=True)
class SimilarFrame:
    """A key frame and how similar it is."""

    movie: Movie
    number: int
    time_ms: int
    similarity: float  # 0 to 1: the cosine of the vectors
    tags: tuple[tuple[str, float], ...]
    is_blurred: bool


def similar_frames(service: Service, keeper: Keeper, movie: Movie, number: int, limit: int, *, same_film: bool) -> list[SimilarFrame]:
    """At most `limit` of them, best first; of each moment of a film, and of each shot, the best one.

    `movie` has a result. Raises NotFound for a frame that it has not, and NeedsDecoding where its features are of another backbone.
    """
    _refuse_other_features(service, movie)
    index = keeper.index
    place = index.films.get(movie.id)
    if place is not None and place.result_key != movie.result_key:
        place = None
    vector = _vector(service, keeper, movie, number, index, place)
    own = index.films.get(movie.id)
    rows, cosines = index.nearest(vector, [(own.start, own.end)] if own and not same_film else ())
    start = place.start + number if place else None
    found = _one_a_moment(index, rows, cosines, start, SPARE * limit)
    with service.database.read() as session:
        movies = similar.movies(session, {index.film_of(row)[0] for row, _cosine in found})
    shown = [_frame(index, movies, row, cosine) for row, cosine in found]
    return [frame for frame in shown if frame is not None][:limit]


def _refuse_other_features(service: Service, movie: Movie) -> None:
    bundle = service.model.bundle
    if movie.backbone_sha256 != bundle.backbone_sha256:
        raise NeedsDecoding(
            f"The stored features of {movie.id} are of another backbone than that of {bundle.name} {bundle.version}; "
            f"POST /v1/movies/{movie.id}/retry tags the film itself again."
        )


def _vector(service: Service, keeper: Keeper, movie: Movie, number: int, index: Index, place: Place | None) -> Vectors:
    """Of the frame asked about: out of the index, or of the stored features of a film that is not there yet."""
    if place is None:
        keeper.wake()
        try:
            with service.storage.open(f"{movie.result_key}/{FEATURES}") as stream:
                vectors = read_vectors(stream, keeper.projection(service.model))
        except FileNotFoundError as error:
            raise NeedsDecoding(f"The stored features of {movie.id} are gone; POST /v1/movies/{movie.id}/retry makes new ones.") from error
    else:
        vectors = index.frames["vector"][place.start : place.end]
    if number >= len(vectors):
        raise NotFound(f"There is no frame {number}; this film's frames are 0 to {len(vectors) - 1}.")
    return np.array(vectors[number])


def _one_a_moment(index: Index, rows: list[int], cosines: list[float], asked: int | None, limit: int) -> list[tuple[int, float]]:
    """The best row of each shot and moment with its cosine; none of those of the frame that was asked about."""
    ranked = list(zip(rows, cosines, strict=True))
    if asked is not None:
        ranked = [(asked, 1.0), *ranked]
    times, shots = (index.frames[name][[row for row, _cosine in ranked]].tolist() for name in ("time_ms", "shot"))
    found: list[tuple[int, float]] = []
    taken: dict[tuple[str, int], int] = {}  # a moment of a film: there can be one frame in each stretch of NEAR_MS
    seen: set[tuple[str, int]] = set()  # a shot of a film
    for (row, cosine), time_ms, shot in zip(ranked, times, shots, strict=True):
        film, stretch = index.film_of(row)[0], time_ms // NEAR_MS
        others = (taken.get((film, near)) for near in (stretch - 1, stretch, stretch + 1))
        if (film, shot) in seen or any(other is not None and abs(time_ms - other) < NEAR_MS for other in others):
            continue
        taken[film, stretch] = time_ms
        seen.add((film, shot))
        if row != asked:
            found.append((row, cosine))
        if len(found) == limit:
            break
    return found


def _frame(index: Index, movies: Mapping[str, Movie], row: int, cosine: float) -> SimilarFrame | None:
    """None where the film was deleted, or tagged anew, since it was read."""
    movie_id, number = index.film_of(row)
    movie = movies.get(movie_id)
    if movie is None or movie.result_key != index.films[movie_id].result_key:
        return None
    frame = index.frames[row]
    tags = tuple(
        (index.tags[tag], score / SCORE_UNIT)
        for tag, score in zip(frame["tags"].tolist(), frame["scores"].tolist(), strict=True)
        if tag != NO_TAG
    )
    return SimilarFrame(movie, number, int(frame["time_ms"]), cosine, tags, bool(frame["blurred"]))
