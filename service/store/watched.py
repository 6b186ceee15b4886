"""Films that somebody watches: what changed since."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store.tables import Movie, Run

AT_ONCE = 500  # ids in one query


def version(movie: Movie, run: Run) -> str:
    """Grows with every change of the film or of its run."""
    return f"{movie.updated_at}-{run.updated_at}"


def versions(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Versions of those films that exist."""
    query = sa.select(Movie.id, Movie.updated_at, Run.updated_at).join(Run, Run.id == Movie.run_id)
    rows = (row for part in _parts(ids) for row in session.execute(query.where(Movie.id.in_(part))))
    return {movie_id: f"{movie_at}-{run_at}" for movie_id, movie_at, run_at in rows}


def films(session: Session, ids: Sequence[str]) -> list[tuple[Movie, Run]]:
    """Those films with their runs."""
    query = sa.select(Movie, Run).join(Run, Run.id == Movie.run_id)
    return [(movie, run) for part in _parts(ids) for movie, run in session.execute(query.where(Movie.id.in_(part)))]


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
