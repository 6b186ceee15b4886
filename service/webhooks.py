"""Webhooks: telling of films that came to an end, after the Standard Webhooks specification; one event a run, sent at least once."""

from datetime import UTC, datetime
from typing import Any

from service.keys import new_webhook_secret
from service.store import webhooks
from service.store.engine import Database, Session, new_id, now_ms
from service.store.tables import Movie, State, WebhookDelivery, WebhookEvent
from service.store.webhooks import EventFilter

__all__ = ["EventFilter", "forget_old", "get_event", "list_events", "record_event", "redeliver", "signing_secret"]

TYPES = {str(state): f"movie.{state}" for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED)}
KEPT_DAYS = 30  # in the log


def record_event(session: Session, movie: Movie, now: int) -> None:
    """Tell whoever asked for it that the film is at its end: in the transaction that makes it so, once the film shows its state."""
    kind = TYPES.get(movie.state)
    if movie.webhook_url is None or kind is None:
        return
    session.flush()
    webhooks.add(
        session,
        {
            "id": new_id("evt"),
            "movie_id": movie.id,
            "run_id": movie.run_id,
            "key_id": movie.key_id,
            "type": kind,
            "url": movie.webhook_url,
            "payload": _payload(movie, kind, now),
            "due_at": now,
            "created_at": now,
        },
    )


def _payload(movie: Movie, kind: str, now: int) -> dict[str, Any]:
    film = f"/v1/movies/{movie.id}"
    return {
        "type": kind,
        "timestamp": datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "movie": movie.id,
            "title": movie.title,
            "external_id": movie.external_id,
            "state": movie.state,
            "tags": movie.tags if movie.state == State.SUCCEEDED else None,
            "error": movie.error,
            "links": {"self": film, "segments": f"{film}/segments", "export": f"{film}/export"},
        },
    }


def signing_secret(database: Database, key_id: str | None) -> str:
    """The secret with which events of the key's films are signed; without a key, the installation's."""
    with database.write() as session:
        return webhooks.secret_of(session, key_id, new_webhook_secret())


def list_events(database: Database, wanted: EventFilter, limit: int, before: str | None) -> list[WebhookEvent]:
    """The log, newest first."""
    with database.read() as session:
        return webhooks.page(session, wanted, limit, before)


def get_event(database: Database, event_id: str) -> tuple[WebhookEvent, list[WebhookDelivery]]:
    """An event and every try to deliver it. Raises NotFound."""
    with database.read() as session:
        return webhooks.get(session, event_id), webhooks.deliveries(session, event_id)


def redeliver(database: Database, event_id: str) -> WebhookEvent:
    """Send an event once more, under the same id, and with as many tries as a new one. Raises NotFound."""
    with database.write() as session:
        event = webhooks.get(session, event_id, lock=True)
        event.state, event.due_at, event.tries = webhooks.DUE, now_ms(session), 0
        return event


def forget_old(database: Database, days: int = KEPT_DAYS) -> None:
    """Remove events from the log that are older and no longer to be sent; the janitor's."""
    with database.write() as session:
        webhooks.forget(session, now_ms(session) - days * 86_400_000)
