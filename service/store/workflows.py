"""The job system's own tables, where one statement must hold both sides: whose work it is, handing it on, pausing.

Only the columns named here are relied upon (DBOS 3.4); in SQLite they lie beside ours, in PostgreSQL in the schema "dbos".
"""

from collections.abc import Callable, Collection, Iterable
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

SCHEMA = "dbos"
LOST_QUEUE = "_dbos_internal_queue"  # where DBOS itself puts recovered work that had no queue


class JobStatus(StrEnum):
    """As DBOS names them."""

    ENQUEUED = "ENQUEUED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    EXHAUSTED = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"


OPEN_STATUSES = (JobStatus.ENQUEUED, JobStatus.PENDING)


def _status(session: Session) -> sa.TableClause:
    names = (
        "workflow_uuid",
        "name",
        "status",
        "executor_id",
        "owner_xid",
        "queue_name",
        "recovery_attempts",
        "started_at_epoch_ms",
        "updated_at",
        "completed_at",
    )
    return sa.table("workflow_status", *(sa.column(name) for name in names), schema=_schema(session))


def _schema(session: Session) -> str | None:
    return None if session.get_bind().dialect.name == "sqlite" else SCHEMA


def astray(session: Session, ids: InstrumentedAttribute[str], is_open: sa.ColumnElement[bool]) -> list[tuple[str, str | None]]:
    """Ids of rows of ours that are open while their job is at an end (with its status), or does not exist (None)."""
    table = _status(session)
    query = sa.select(ids, table.c.status).outerjoin_from(ids.class_, table, table.c.workflow_uuid == ids)
    lost = sa.or_(table.c.status.is_(None), table.c.status.not_in(OPEN_STATUSES))
    return [(row[0], row[1]) for row in session.execute(query.where(is_open, lost))]


def orphans(session: Session, name: str, is_wanted: Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]]) -> list[str]:
    """Queued jobs of one kind that nobody wants; `is_wanted` tells it of a job's id."""
    table = _status(session)
    unwanted = sa.not_(is_wanted(table.c.workflow_uuid))
    return list(
        session.scalars(sa.select(table.c.workflow_uuid).where(table.c.name == name, table.c.status == JobStatus.ENQUEUED, unwanted))
    )


def status(session: Session, job_id: str) -> str | None:
    """A job's status; None where there is no such job."""
    table = _status(session)
    return session.scalar(sa.select(table.c.status).where(table.c.workflow_uuid == job_id))


def is_executing(session: Session, job_id: str, executor_id: str) -> bool:
    """Whether the work is this executor's now; the row stays as it is until the transaction ends."""
    table = _status(session)
    query = sa.select(table.c.workflow_uuid).where(
        table.c.workflow_uuid == job_id, table.c.status == JobStatus.PENDING, table.c.executor_id == executor_id
    )
    return session.execute(query.with_for_update()).first() is not None


def in_hands_of(session: Session, executor_ids: Iterable[str]) -> list[str]:
    """Workflows that these executors have begun."""
    table = _status(session)
    query = sa.select(table.c.workflow_uuid).where(table.c.status == JobStatus.PENDING, table.c.executor_id.in_(list(executor_ids)))
    return list(session.scalars(query.order_by(table.c.workflow_uuid)))


def busy_executors(session: Session) -> set[str]:
    """Executors that have work in their hands, dead or alive."""
    table = _status(session)
    return set(session.scalars(sa.select(table.c.executor_id).distinct().where(table.c.status == JobStatus.PENDING)))


def hand_on(session: Session, executor_ids: Iterable[str], now: int, *, counts: bool) -> list[str]:
    """Give the work of these executors back to its queue and return its ids; whoever held it owns it no more.

    With `counts` the execution that ended so counts towards the most that a job may have.
    """
    table = _status(session)
    attempts = table.c.recovery_attempts if counts else sa.func.coalesce(table.c.recovery_attempts, 1) - 1
    statement = (
        sa.update(table)
        .where(table.c.status == JobStatus.PENDING, table.c.executor_id.in_(list(executor_ids)))
        .values(
            status=JobStatus.ENQUEUED,
            owner_xid=None,
            started_at_epoch_ms=None,
            updated_at=now,
            queue_name=sa.func.coalesce(table.c.queue_name, LOST_QUEUE),
            recovery_attempts=attempts,
        )
        .returning(table.c.workflow_uuid)
    )
    return list(session.scalars(statement))


def withdraw(session: Session, ids: Collection[str], now: int) -> None:
    """Take work off its queue. Whoever is at it already notices by itself, and ends it in order."""
    table = _status(session)
    session.execute(
        sa.update(table)
        .where(table.c.workflow_uuid.in_(ids), table.c.status == JobStatus.ENQUEUED)
        .values(status=JobStatus.CANCELLED, queue_name=None, updated_at=now, completed_at=now)
    )


def ended_before(session: Session, time_ms: int, limit: int) -> list[str]:
    """Workflows at an end for long."""
    table = _status(session)
    query = sa.select(table.c.workflow_uuid).where(table.c.status.not_in(OPEN_STATUSES), table.c.completed_at < time_ms)
    return list(session.scalars(query.limit(limit)))


def set_worker_concurrency(session: Session, queue: str, number: int) -> None:
    """So many jobs of a queue a worker takes at a time; workers see it at their next look."""
    table = sa.table("queues", sa.column("name"), sa.column("worker_concurrency"), schema=_schema(session))
    session.execute(sa.update(table).where(table.c.name == queue).values(worker_concurrency=number))
