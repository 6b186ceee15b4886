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
    run_id = new_id("run")
    title = fields.title or file.file_name
    values = {
        **asdict(file),
        "id": movie_id,
        "title": title,
        "title_key": title.casefold(),
        "external_id": fields.external_id,
        "state": State.QUEUED,
        "run_id": run_id,
        "parameters": asdict(fields.parameters),
        "priority": fields.priority,
        "webhook_url": fields.webhook_url,
        "key_id": key_id,
        "keep_original": fields.keep_original,
        "original_gone": False,
        "created_at": now,
        "updated_at": now,
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    inserted = session.execute(dialect.insert(Movie).values(values).on_conflict_do_nothing().returning(Movie.id)).scalar()
    if inserted is None:
        return None
    movie = get(session, movie_id)
    add_run(session, movie, RunKind.TAG, run_id, now)
    return movie


def add_run(session: Session, movie: Movie, kind: RunKind, run_id: str, now: int) -> Run:
    """A new run with the film's parameters; the film shows its state from now on."""
    run = Run(
        id=run_id,
        movie_id=movie.id,
        kind=kind,
        state=State.QUEUED,
        parameters=movie.parameters,
        priority=movie.priority,
        attempt=0,
        progress={"stages": {}, "remaining_seconds": None},
        created_at=now,
        updated_at=now,
    )
    session.add(run)
    movie.run_id, movie.state, movie.error, movie.updated_at = run_id, State.QUEUED, None, now
    session.flush()
    return run


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
