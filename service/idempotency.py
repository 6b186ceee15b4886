"""`Idempotency-Key`: a request that is sent twice is done once, and gets its first answer again for a day."""

import hashlib
import json
from dataclasses import asdict, dataclass

from service.errors import IdempotencyMismatch, InvalidRequest
from service.store import idempotency as store
from service.store.engine import Database, now_ms
from service.store.idempotency import GivenAnswer
from service.store.movies import MovieFields

ANYONE = "anyone"  # owner of keys where no API keys are needed
MAX_KEY = 255


@dataclass(frozen=True)
class OnceOnly:
    """One request with its key."""

    database: Database
    owner: str
    key: str

    def begin(self) -> GivenAnswer | None:
        """The answer that was given already. Raises IdempotencyInFlight while the first request is at work."""
        with self.database.write() as session:
            return store.begin(session, self.owner, self.key, now_ms(session))

    def go_on(self) -> None:
        """Tell that the request is still at work; others take it for dead otherwise."""
        with self.database.write() as session:
            store.go_on(session, self.owner, self.key, now_ms(session))

    def finish(self, fingerprint: str, status: int, movie_id: str) -> None:
        """Keep the answer."""
        with self.database.write() as session:
            store.finish(session, self.owner, self.key, GivenAnswer(fingerprint, status, movie_id), now_ms(session))

    def release(self) -> None:
        """Forget a request that failed."""
        with self.database.write() as session:
            store.release(session, self.owner, self.key)


def once_only(database: Database, key_id: str | None, header: str) -> OnceOnly:
    """From the request's header. Raises InvalidRequest."""
    if not 1 <= len(header) <= MAX_KEY or not header.isascii() or not header.isprintable():
        raise InvalidRequest(f"Idempotency-Key must be 1 to {MAX_KEY} printable ASCII characters, such as a UUID.")
    return OnceOnly(database, key_id or ANYONE, header)


def fingerprint(fields: MovieFields, sha256: str) -> str:
    """Of what makes two requests the same: fields and content."""
    return hashlib.sha256(json.dumps([asdict(fields), sha256], sort_keys=True).encode()).hexdigest()


def check_same(given: GivenAnswer, wanted: str) -> None:
    """Raise IdempotencyMismatch when the key was used for another request."""
    if given.fingerprint != wanted:
        raise IdempotencyMismatch("This Idempotency-Key was used with another film or other fields; use a new key for a new request.")
