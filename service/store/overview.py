"""How much there is to do, and who does it."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store.engine import now_ms
from service.store.tables import Movie, State, Worker


@dataclass(frozen=True)
class Overview:
    """The service at a glance."""

    films: dict[str, int]  # by state
    oldest_queued_seconds: float
    workers: int  # alive


def overview(session: Session, dead_after_ms: int) -> Overview:
    """Look."""
    now = now_ms(session)
    films = dict.fromkeys((state.value for state in State), 0)
    films |= {state: number for state, number in session.execute(sa.select(Movie.state, sa.func.count()).group_by(Movie.state))}
    oldest = session.execute(sa.select(sa.func.min(Movie.updated_at)).where(Movie.state == State.QUEUED)).scalar()
    alive = sa.select(sa.func.count()).where(Worker.stopped_at.is_(None), Worker.heartbeat_at > now - dead_after_ms)
    return Overview(films, 0.0 if oldest is None else max(0.0, (now - oldest) / 1000), session.execute(alive).scalar_one())


def ping(session: Session) -> None:
    """Ask the database for nothing."""
    session.execute(sa.text("SELECT 1")).scalar_one()
