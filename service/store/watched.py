"""Films with their runs, as those ask for them who wait for a change."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import Movie, Run

AT_ONCE = 500  # ids in one query
_FILMS = sa.select(Movie, Run).join(Run, Run.id == Movie.run_id)
_VERSIONS = (
    sa.select(Movie.id, Movie.state, Movie.updated_at, Run.updated_at)
    .join(Run, Run.id == Movie.run_id)
    .where(Movie.id.in_(sa.bindparam("ids", expanding=True)))
)
_FILM = _FILMS.where(Movie.id == sa.bindparam("movie_id"))  # made once: it is asked for all the time


def version(movie: Movie, run: Run) -> str:
    """Another one after every change of the film or of its run; with the state, since two changes may fall into one millisecond."""
    return f"{movie.updated_at}-{run.updated_at}-{movie.state}"


def film(session: Session, movie_id: str) -> tuple[Movie, Run]:
    """A film and the run that it shows. Raises NotFound."""
    row = session.execute(_FILM, {"movie_id": movie_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no movie {movie_id!r}; GET /v1/movies lists them.")
    return row[0], row[1]


def versions(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Versions of those films that exist."""
    rows = (row for part in _parts(ids) for row in session.execute(_VERSIONS, {"ids": part}))
    return {movie_id: f"{movie_at}-{run_at}-{state}" for movie_id, state, movie_at, run_at in rows}


def films(session: Session, ids: Sequence[str]) -> list[tuple[Movie, Run]]:
    """Those films with their runs."""
    return [(movie, run) for part in _parts(ids) for movie, run in session.execute(_FILMS.where(Movie.id.in_(part)))]


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
