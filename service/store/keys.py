"""API keys and the browsers that logged in with one: adding, finding, ending."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import ApiKey, BrowserLogin


def add(session: Session, key: ApiKey) -> None:
    """Store a new key."""
    session.add(key)
    session.flush()


def all_keys(session: Session) -> list[ApiKey]:
    """Every key, revoked ones too, oldest first."""
    return list(session.scalars(sa.select(ApiKey).order_by(ApiKey.created_at, ApiKey.id)))


def get(session: Session, key_id: str) -> ApiKey:
    """One key. Raises NotFound."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise NotFound(f"There is no API key with the id {key_id!r}; `movietags keys list` shows them.")
    return key


def any_valid(session: Session) -> bool:
    """Whether there is a key that is not revoked."""
    return session.scalar(sa.select(ApiKey.id).where(ApiKey.revoked_at.is_(None)).limit(1)) is not None


def valid_by_hash(session: Session, key_hash: str) -> ApiKey | None:
    """The key with this hash, unless it is revoked."""
    return session.scalar(sa.select(ApiKey).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None)))


def valid_by_login(session: Session, token_hash: str, now: int) -> ApiKey | None:
    """The key that a browser logged in with, unless the key is revoked or the login over."""
    query = sa.select(ApiKey).join(BrowserLogin, BrowserLogin.key_id == ApiKey.id)
    return session.scalar(query.where(BrowserLogin.token_hash == token_hash, BrowserLogin.expires_at > now, ApiKey.revoked_at.is_(None)))


def add_login(session: Session, key_id: str, token_hash: str, expires_at: int) -> None:
    """A browser logged in."""
    session.add(BrowserLogin(token_hash=token_hash, key_id=key_id, expires_at=expires_at))


def end_login(session: Session, token_hash: str) -> None:
    """A browser logged out; no such login is no error."""
    session.execute(sa.delete(BrowserLogin).where(BrowserLogin.token_hash == token_hash))


def end_logins(session: Session, key_id: str) -> None:
    """Log out every browser that logged in with the key."""
    session.execute(sa.delete(BrowserLogin).where(BrowserLogin.key_id == key_id))


def remove_expired_logins(session: Session, now: int) -> None:
    """Forget logins that are over."""
    session.execute(sa.delete(BrowserLogin).where(BrowserLogin.expires_at <= now))
