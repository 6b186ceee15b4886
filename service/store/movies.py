"""Films: adding, finding, changing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.results import Parameters
from service.store.engine import new_id
from service.store.tables import Movie, MovieTag, Run, RunKind, Source, State


@dataclass(frozen=True)
class MovieFields:
    """What the one who brings a film may say of it."""

    parameters: Parameters
    title: str | None = None  # None: the file's name
    external_id: str | None = None
    priority: int = 5  # 1 (first) to 9
    webhook_url: str | None = None
    keep_original: bool = True


@dataclass(frozen=True)
class FilmFile:
    """A film's file as it lies there."""

    source: Source
    path: str  # key in the file storage, or absolute path of an imported file
    file_name: str
    size_bytes: int
    sha256: str | None
    modified_ns: int | None = None


def get(session: Session, movie_id: str, *, lock: bool = False) -> Movie:
    """One film. Raises NotFound."""
    movie = session.get(Movie, movie_id, with_for_update=lock)
    if movie is None:
        raise NotFound(f"There is no movie {movie_id!r}; GET /v1/movies lists them.")
    return movie


def insert(session: Session, movie_id: str, file: FilmFile, fields: MovieFields, key_id: str | None, now: int) -> Movie | None:
    """Add a film with its first run; None when the same content (or the same library file) is there already."""
    return get(session, movie_id) if insert_many(session, {movie_id: file}, fields, key_id, now) else None


def insert_many(session: Session, files: Mapping[str, FilmFile], fields: MovieFields, key_id: str | None, now: int) -> list[Run]:
    """Add films by id, each with its first run; the runs of those that were not there already."""
    if not files:
        return []
    rows = [_row(movie_id, file, fields, key_id, now) for movie_id, file in files.items()]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    inserted = set(session.scalars(dialect.insert(Movie).on_conflict_do_nothing().returning(Movie.id), rows))
    parameters = asdict(fields.parameters)
    new = [row for row in rows if row["id"] in inserted]
    runs = [_run(row["run_id"], row["id"], RunKind.TAG, parameters, fields.priority, now) for row in new]
    session.add_all(runs)
    session.flush()
    return runs


def _row(movie_id: str, file: FilmFile, fields: MovieFields, key_id: str | None, now: int) -> dict[str, Any]:
    title = fields.title or file.file_name
    return {
        **asdict(file),
        "id": movie_id,
        "title": title,
        "title_key": title.casefold(),
        "external_id": fields.external_id,
        "state": State.QUEUED,
        "run_id": new_id("run"),
        "parameters": asdict(fields.parameters),
        "priority": fields.priority,
        "webhook_url": fields.webhook_url,
        "key_id": key_id,
        "keep_original": fields.keep_original,
        "original_gone": False,
        "created_at": now,
        "updated_at": now,
    }


def add_run(session: Session, movie: Movie, kind: RunKind, run_id: str, now: int) -> Run:
    """A new run with the film's parameters; the film shows its state from now on."""
    run = _run(run_id, movie.id, kind, movie.parameters, movie.priority, now)
    session.add(run)
    movie.run_id, movie.state, movie.error, movie.updated_at = run_id, State.QUEUED, None, now
    session.flush()
    return run


def _run(run_id: str, movie_id: str, kind: RunKind, parameters: dict[str, Any], priority: int, now: int) -> Run:
    return Run(
        id=run_id,
        movie_id=movie_id,
        kind=kind,
        state=State.QUEUED,
        parameters=parameters,
        priority=priority,
        attempt=0,
        progress={"stages": {}, "remaining_seconds": None},
        created_at=now,
        updated_at=now,
    )


def by_content(session: Session, sha256: str, *, lock: bool = False) -> Movie | None:
    """The uploaded film with this content."""
    query = sa.select(Movie).where(Movie.sha256 == sha256, Movie.source == Source.UPLOAD)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def by_path(session: Session, path: str) -> Movie | None:
    """The imported film at this path."""
    return session.scalars(sa.select(Movie).where(Movie.path == path, Movie.source == Source.IMPORT)).one_or_none()


def replace_tags(session: Session, movie_id: str, scores: Mapping[str, float], holding: Iterable[str]) -> None:
    """Store the film's scores of all tags, and which of them it has."""
    holds = frozenset(holding)
    session.execute(sa.delete(MovieTag).where(MovieTag.movie_id == movie_id))
    rows: list[dict[str, Any]] = [
        {"movie_id": movie_id, "tag": tag, "score": score, "holds": tag in holds} for tag, score in scores.items()
    ]
    if rows:
        session.execute(sa.insert(MovieTag), rows)
