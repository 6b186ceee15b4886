"""Where objects are seen in the films of the library: a row for each film, label and shot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store.tables import Movie, MovieObject


@dataclass(frozen=True)
class LabelCount:
    """A label that is seen somewhere in the library."""

    label: str
    movies: int
    shots: int
    best_score: float


@dataclass(frozen=True)
class FilmSeen:
    """A film that shows a label."""

    movie: Movie
    score: float  # the best of its shots
    shots: int


def replace_objects(session: Session, movie_id: str, tracks: Sequence[Mapping[str, Any]]) -> None:
    """Store where a film's tracks are, as its result has them, in place of what was stored before."""
    session.execute(sa.delete(MovieObject).where(MovieObject.movie_id == movie_id))
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for track in sorted(tracks, key=lambda track: -track["score"]):  # the best one of a shot shows its picture
        best = max(track["boxes"], key=lambda box: box["score"])
        first = {"time_ms": best["time_ms"], "frame": best["frame"], "score": track["score"]}
        key = {"movie_id": movie_id, "label": track["label"], "shot": track["shot"]}
        row = rows.setdefault((track["label"], track["shot"]), key | first | {"start_ms": track["start_ms"], "end_ms": track["end_ms"]})
        row["start_ms"], row["end_ms"] = min(row["start_ms"], track["start_ms"]), max(row["end_ms"], track["end_ms"])
    if rows:
        session.execute(sa.insert(MovieObject), list(rows.values()))


def labels(session: Session, min_score: float, label: str | None = None) -> list[LabelCount]:
    """All labels that are seen with such a score, those of most films first; or the one given, if it is."""
    films = sa.func.count(sa.distinct(MovieObject.movie_id))
    query = sa.select(MovieObject.label, films, sa.func.count(), sa.func.max(MovieObject.score)).where(MovieObject.score >= min_score)
    if label is not None:
        query = query.where(MovieObject.label == label)
    rows = session.execute(query.group_by(MovieObject.label).order_by(films.desc(), MovieObject.label))
    return [LabelCount(*row) for row in rows]


def films(session: Session, label: str, min_score: float, limit: int, after: tuple[float, str] | None = None) -> list[FilmSeen]:
    """Films that show a label, best first, beginning behind the one with this score and id."""
    best = sa.func.max(MovieObject.score).label("best")
    mine = sa.select(MovieObject.movie_id, best, sa.func.count().label("shots"))
    mine = mine.where(MovieObject.label == label, MovieObject.score >= min_score).group_by(MovieObject.movie_id)
    if after is not None:
        mine = mine.having(sa.or_(best < after[0], sa.and_(best == after[0], MovieObject.movie_id > after[1])))
    found = mine.order_by(best.desc(), MovieObject.movie_id).limit(limit).subquery()
    query = sa.select(Movie, found.c.best, found.c.shots).join(found, found.c.movie_id == Movie.id)
    return [FilmSeen(*row) for row in session.execute(query.order_by(found.c.best.desc(), Movie.id))]


def places(session: Session, movie_ids: Sequence[str], label: str, min_score: float, most: int) -> dict[str, list[MovieObject]]:
    """Where these films show a label, by film and then by time: of each film the best `most` shots."""
    rank = sa.func.row_number().over(partition_by=MovieObject.movie_id, order_by=(MovieObject.score.desc(), MovieObject.shot))
    mine = sa.select(MovieObject.movie_id, MovieObject.shot, rank.label("rank"))
    ranked = mine.where(MovieObject.movie_id.in_(movie_ids), MovieObject.label == label, MovieObject.score >= min_score).subquery()
    same = sa.and_(ranked.c.movie_id == MovieObject.movie_id, ranked.c.shot == MovieObject.shot, MovieObject.label == label)
    query = sa.select(MovieObject).join(ranked, same).where(ranked.c.rank <= most)
    found: dict[str, list[MovieObject]] = {movie_id: [] for movie_id in movie_ids}
    for row in session.scalars(query.order_by(MovieObject.start_ms)):
        found[row.movie_id].append(row)
    return found
