"""Worker processes: who is alive, who is dead, and whose work must be handed on. Times are by the database's clock."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store import workflows
from service.store.engine import now_ms
from service.store.tables import Worker


def register(session: Session, executor_id: str, host: str, process_id: int) -> None:
    """A process begins."""
    now = now_ms(session)
    session.add(Worker(executor_id=executor_id, host=host, process_id=process_id, started_at=now, heartbeat_at=now))


def renew(session: Session, executor_id: str, host: str, process_id: int) -> bool:
    """A sign of life; whether this process had been taken for dead meanwhile. Work it takes from now on is its own again."""
    worker = session.get(Worker, executor_id, with_for_update=True)
    if worker is None:
        register(session, executor_id, host, process_id)
        return True
    was_dead = worker.reaped_at is not None
    worker.heartbeat_at, worker.reaped_at, worker.stopped_at = now_ms(session), None, None
    return was_dead


def say_goodbye(session: Session, executor_id: str) -> None:
    """A process ends in order."""
    session.execute(sa.update(Worker).where(Worker.executor_id == executor_id).values(stopped_at=now_ms(session)))


def declare_all_dead(session: Session) -> None:
    """For one who knows that no worker is left, such as a service that starts with the only lock."""
    session.execute(sa.update(Worker).where(Worker.stopped_at.is_(None)).values(stopped_at=now_ms(session)))


def dead_with_work(session: Session, silent_ms: int | None) -> list[str]:
    """Executors with work in hand that have stopped, are unknown, or (where `silent_ms` is given) were silent for so long."""
    busy = workflows.busy_executors(session)
    if not busy:
        return []
    alive = sa.select(Worker.executor_id).where(Worker.executor_id.in_(busy), Worker.stopped_at.is_(None))
    if silent_ms is not None:
        alive = alive.where(Worker.heartbeat_at >= now_ms(session) - silent_ms)
    return sorted(busy - set(session.scalars(alive)))


def mark_reaped(session: Session, executor_ids: list[str]) -> None:
    """Their work was handed on."""
    session.execute(sa.update(Worker).where(Worker.executor_id.in_(executor_ids)).values(reaped_at=now_ms(session)))


def alive(session: Session, silent_ms: int) -> list[Worker]:
    """Processes at work."""
    query = sa.select(Worker).where(Worker.stopped_at.is_(None), Worker.heartbeat_at >= now_ms(session) - silent_ms)
    return list(session.scalars(query.order_by(Worker.started_at)))


def forget(session: Session, before_ms: int) -> int:
    """Remove the rows of processes that were last heard of before then."""
    ended = session.execute(sa.delete(Worker).where(Worker.heartbeat_at < before_ms).returning(Worker.executor_id))
    return len(ended.all())
