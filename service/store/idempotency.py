"""Answers given once for a key that a client chose."""

from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import IdempotencyInFlight
from service.store.tables import IdempotencyKey

Statement = TypeVar("Statement", sa.Update, sa.Delete)
KEPT_MS = 24 * 3_600_000
SILENT_MS = 3 * 60_000  # whoever works on a request says so every half minute; silent for so long, it is dead


@dataclass(frozen=True)
class GivenAnswer:
    """What the first request with a key was, and got."""

    fingerprint: str
    status: int
    movie_id: str


def begin(session: Session, owner: str, key: str, now: int) -> GivenAnswer | None:
    """Take the key for a new request, or the answer that it got already. Raises IdempotencyInFlight."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"owner": owner, "key": key, "created_at": now}
    insert = dialect.insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if session.execute(insert).scalar() is not None:
        return None
    row = session.get_one(IdempotencyKey, (owner, key), with_for_update=True)
    if row.created_at < now - (SILENT_MS if row.fingerprint is None else KEPT_MS):
        row.fingerprint, row.status, row.movie_id, row.created_at = None, None, None, now
        return None
    if row.fingerprint is None:
        raise IdempotencyInFlight("The first request with this Idempotency-Key is still at work; ask again when it has its answer.")
    assert row.status is not None
    assert row.movie_id is not None
    return GivenAnswer(row.fingerprint, row.status, row.movie_id)


def go_on(session: Session, owner: str, key: str, now: int) -> None:
    """Say that the request is still at work."""
    session.execute(_open(sa.update(IdempotencyKey), owner, key).values(created_at=now))


def finish(session: Session, owner: str, key: str, answer: GivenAnswer, now: int) -> None:
    """Keep the answer."""
    values = {"fingerprint": answer.fingerprint, "status": answer.status, "movie_id": answer.movie_id, "created_at": now}
    session.execute(_open(sa.update(IdempotencyKey), owner, key).values(values))


def release(session: Session, owner: str, key: str) -> None:
    """The request failed: the key may be used anew."""
    session.execute(_open(sa.delete(IdempotencyKey), owner, key))


def remove_old(session: Session, now: int) -> None:
    """Forget what is no longer kept."""
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT_MS))


def _open(statement: Statement, owner: str, key: str) -> Statement:
    return statement.where(IdempotencyKey.owner == owner, IdempotencyKey.key == key, IdempotencyKey.fingerprint.is_(None))
