"""Resumable uploads: adding, finding, recording how far they are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import Upload


def add(session: Session, upload: Upload) -> None:
    """A new upload."""
    session.add(upload)


def get(session: Session, upload_id: str, *, lock: bool = False) -> Upload:
    """One upload. Raises NotFound."""
    upload = session.get(Upload, upload_id, with_for_update=lock)
    if upload is None:
        raise NotFound(f"There is no upload {upload_id!r}; GET /v1/uploads lists yours, POST /v1/uploads begins one.")
    return upload


def record(session: Session, upload_id: str, offset: int, expires_at: int) -> None:
    """So many bytes lie safely on disk. Raises NotFound when the upload was removed meanwhile."""
    changed = session.execute(
        sa.update(Upload).where(Upload.id == upload_id).values(offset=offset, expires_at=expires_at).returning(Upload.id)
    )
    if changed.scalar() is None:
        raise NotFound(f"The upload {upload_id!r} was removed.")


def remove(session: Session, upload_id: str) -> None:
    """Forget an upload; none there is no error."""
    session.execute(sa.delete(Upload).where(Upload.id == upload_id))


def count_open(session: Session, key_id: str | None, now: int) -> int:
    """Unfinished uploads of a key."""
    return (
        session.scalar(sa.select(sa.func.count()).select_from(Upload).where(_is_open(now), Upload.key_id.is_not_distinct_from(key_id))) or 0
    )


def missing_bytes(session: Session, now: int) -> int:
    """What all unfinished uploads will still bring."""
    return int(session.scalar(sa.select(sa.func.sum(Upload.length - Upload.offset)).where(_is_open(now))) or 0)


def page(session: Session, now: int, limit: int, before: str | None = None, **owner: str | None) -> Sequence[Upload]:
    """Newest first; of one key with `key_id=`, of all without; below the id `before`."""
    query = sa.select(Upload).where(Upload.expires_at > now).order_by(Upload.id.desc()).limit(limit)
    if "key_id" in owner:
        query = query.where(Upload.key_id.is_not_distinct_from(owner["key_id"]))
    return session.scalars(query.where(Upload.id < before) if before else query).all()


def expired(session: Session, now: int) -> Sequence[str]:
    """Ids of uploads whose time is over."""
    return session.scalars(sa.select(Upload.id).where(Upload.expires_at <= now)).all()


def complete_without_film(session: Session) -> Sequence[str]:
    """Ids of uploads whose last byte came, but whose film is not there."""
    return session.scalars(sa.select(Upload.id).where(Upload.offset == Upload.length, Upload.movie_id.is_(None))).all()


def all_ids(session: Session) -> set[str]:
    """Every upload that there is."""
    return set(session.scalars(sa.select(Upload.id)))


def _is_open(now: int) -> sa.ColumnElement[Any]:
    return sa.and_(Upload.movie_id.is_(None), Upload.expires_at > now)
