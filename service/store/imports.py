"""Imports of libraries: the jobs, and what became of each file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import Import, ImportFile, Movie, Source, State


def add(session: Session, import_id: str, path: str, key_id: str | None, fields: Mapping[str, Any], now: int) -> Import:
    """Add an import that is queued."""
    job = Import(
        id=import_id,
        path=path,
        key_id=key_id,
        fields=dict(fields),
        state=State.QUEUED,
        counts={},
        error=None,
        created_at=now,
        finished_at=None,
    )
    session.add(job)
    session.flush()
    return job


def get(session: Session, import_id: str, *, lock: bool = False) -> Import:
    """One import. Raises NotFound."""
    job = session.get(Import, import_id, with_for_update=lock)
    if job is None:
        raise NotFound(f"There is no import {import_id!r}; GET /v1/imports lists them.")
    return job


def page(session: Session, limit: int, before: str | None) -> list[Import]:
    """Imports, newest first, beginning behind the one with the id `before`."""
    query = sa.select(Import).order_by(Import.id.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(Import.id < before)))


def files_page(session: Session, import_id: str, outcome: str | None, limit: int, after: str | None) -> list[ImportFile]:
    """What became of files, in order of their paths, beginning behind the path `after`."""
    query = sa.select(ImportFile).where(ImportFile.import_id == import_id).order_by(ImportFile.path).limit(limit)
    if outcome is not None:
        query = query.where(ImportFile.outcome == outcome)
    return list(session.scalars(query if after is None else query.where(ImportFile.path > after)))


def noted(session: Session, import_id: str, paths: Sequence[str]) -> set[str]:
    """Those of the paths that the import has an outcome for."""
    return set(session.scalars(sa.select(ImportFile.path).where(ImportFile.import_id == import_id, ImportFile.path.in_(paths))))


def note(session: Session, job: Import, rows: Iterable[Mapping[str, Any]]) -> None:
    """Store outcomes (path, outcome, movie_id, reason) and count them."""
    values = [{**row, "import_id": job.id} for row in rows]
    if not values:
        return
    session.execute(sa.insert(ImportFile), values)
    counts = dict(job.counts)
    for row in values:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
    job.counts = counts


def movies_at(session: Session, paths: Sequence[str]) -> dict[str, Movie]:
    """Imported films by path, locked."""
    query = sa.select(Movie).where(Movie.source == Source.IMPORT, Movie.path.in_(paths)).order_by(Movie.id).with_for_update()
    return {movie.path: movie for movie in session.scalars(query)}
