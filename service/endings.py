"""How a run ends: the state of run and film, and the news of it for whoever asked to be told, in one transaction."""

from typing import Any

from service.store import runs
from service.store.engine import Session
from service.store.runs import Attempt, Published, Standing
from service.store.tables import Movie, State
from service.webhooks import record_event


def end_run(session: Session, run_id: str, state: State, error: dict[str, Any] | None, now: int, attempt: int | None = None) -> bool:
    """End an open run without a result; False where it is not open (or not at this attempt) any more."""
    movie = runs.end(session, run_id, state, error, now, attempt)
    if movie is not None:
        tell(session, movie, run_id, now)
    return movie is not None


def publish_run(session: Session, attempt: Attempt, published: Published, now: int) -> Movie | Standing:
    """Make an attempt's result the film's; the film, or why that may not be."""
    movie = runs.publish(session, attempt, published, now)
    if isinstance(movie, Movie):
        tell(session, movie, attempt.run_id, now)
    return movie


def tell(session: Session, movie: Movie, run_id: str, now: int) -> None:
    """Put the news on the way, if this was the run whose state the film shows."""
    if movie.run_id == run_id:
        record_event(session, movie, now)
