"""API keys: made, listed, revoked, recognised. A key is 256 random bits, so its plain SHA-256 tells nothing of it."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from service.errors import DatabaseUnavailable, InvalidRequest
from service.store import keys
from service.store.engine import Database, new_id, now_ms
from service.store.tables import ApiKey

READ, WRITE, ADMIN = "read", "write", "admin"
SCOPES = (READ, WRITE, ADMIN)  # each includes those before it
KEY_PREFIX = "mt_"
SECRET_PREFIX = "whsec_"  # of Standard Webhooks
NAME_LENGTH = 100
FRESH_SECONDS = 3.0  # a key that was good so long ago is not looked up again; a revoked one lives on no longer
AWAY_SECONDS = 0.5  # a database that was away so long ago is not asked again by everybody who waits
REMEMBERED = 4096  # keys and logins in memory
_RANDOM_BYTES = 32


@dataclass(frozen=True)
class Caller:
    """Who asks, and what they may do."""

    key_id: str | None  # None: keys are off, everybody may do everything
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the scope, or one that includes it, was given."""
        return not self.scopes.isdisjoint(SCOPES[SCOPES.index(scope) :])


EVERYBODY = Caller(None, frozenset(SCOPES))


@dataclass(frozen=True)
class NewKey:
    """A key at its making: the only time that its text is known."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True)
class Presented:
    """What a request showed of itself; only its hash is kept anywhere."""

    hash: str
    is_login: bool  # a browser's cookie, not a key


def presented(text: str, *, is_login: bool) -> Presented:
    """Of a key's or cookie's text."""
    return Presented(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), is_login)


def new_webhook_secret() -> str:
    """A secret to sign webhooks with, in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_RANDOM_BYTES)).decode()


def create_key(database: Database, name: str, scopes: Iterable[str]) -> NewKey:
    """Make and store a key. Raises InvalidRequest."""
    name, wanted = name.strip(), frozenset(scopes)
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise InvalidRequest(f"A key's name has 1 to {NAME_LENGTH} printable characters; it says who uses the key.")
    if not wanted or not wanted <= frozenset(SCOPES):
        raise InvalidRequest(f"A key's scopes are one or more of {', '.join(SCOPES)}, not {', '.join(sorted(wanted)) or 'none'}.")
    text = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    with database.write() as session:
        key = ApiKey(
            id=new_id("key"),
            name=name,
            key_hash=presented(text, is_login=False).hash,
            scopes=[scope for scope in SCOPES if scope in wanted],
            webhook_secret=new_webhook_secret(),
            created_at=now_ms(session),
            revoked_at=None,
        )
        keys.add(session, key)
    return NewKey(key, text)


def list_keys(database: Database) -> list[ApiKey]:
    """Every key, revoked ones too."""
    with database.read() as session:
        return keys.all_keys(session)


def get_key(database: Database, key_id: str) -> ApiKey:
    """One key. Raises NotFound."""
    with database.read() as session:
        return keys.get(session, key_id)


def revoke_key(database: Database, key_id: str) -> ApiKey:
    """End a key and the logins made with it; doing it again changes nothing. Raises NotFound."""
    with database.write() as session:
        key = keys.get(session, key_id)
        if key.revoked_at is None:
            key.revoked_at = now_ms(session)
        keys.end_logins(session, key_id)
        return key


def has_keys(database: Database) -> bool:
    """Whether anybody could be let in."""
    with database.read() as session:
        return keys.any_valid(session)


def log_in(database: Database, key_id: str, hours: int) -> str:
    """A token for a browser's cookie, good for so long."""
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    with database.write() as session:
        now = now_ms(session)
        keys.remove_expired_logins(session, now)
        keys.add_login(session, key_id, presented(token, is_login=True).hash, now + hours * 3_600_000)
    return token


def log_out(database: Database, token: str) -> None:
    """The token is worth nothing from now on."""
    with database.write() as session:
        keys.end_login(session, presented(token, is_login=True).hash)


class KeyRing:
    """Recognises keys and logins; those seen a moment ago from memory, since every request shows one."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[Presented, tuple[float, Caller]] = {}
        self._lock = threading.Lock()
        self._away_at = float("-inf")

    def recall(self, shown: Presented) -> Caller | None:
        """Whose it is, from memory alone and only while that is fresh."""
        at, caller = self._seen.get(shown, (float("-inf"), None))
        return caller if self._clock() - at < FRESH_SECONDS else None

    def knew(self, shown: Presented) -> bool:
        """Whether it was good when it was last looked up."""
        return shown in self._seen

    def look_up(self, shown: Presented) -> Caller | None:
        """Whose it is; None when it is unknown, revoked or over. Raises DatabaseUnavailable."""
        with self._lock:  # when a key is no longer fresh, one of its requests asks and the others wait for the answer
            caller = self.recall(shown)
            if caller is not None:
                return caller
            if self._clock() - self._away_at < AWAY_SECONDS:
                raise DatabaseUnavailable("The database does not answer; nothing was lost. Try again in a few seconds.")
            try:
                key = self._find(shown)
            except DatabaseUnavailable:
                self._away_at = self._clock()
                raise
            return self._remember(shown, key)

    def forget(self, shown: Presented) -> None:
        """Look it up again next time."""
        self._seen.pop(shown, None)

    def _find(self, shown: Presented) -> ApiKey | None:
        with self._database.read() as session:
            if shown.is_login:
                return keys.valid_by_login(session, shown.hash, now_ms(session))
            return keys.valid_by_hash(session, shown.hash)

    def _remember(self, shown: Presented, key: ApiKey | None) -> Caller | None:
        if key is None:
            self.forget(shown)
            return None
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        caller = Caller(key.id, frozenset(key.scopes))
        self._seen[shown] = (self._clock(), caller)
        return caller
