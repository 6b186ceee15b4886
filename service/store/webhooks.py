"""Webhook events, their deliveries, and the secret that signs them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import ApiKey, Setting, WebhookDelivery, WebhookEvent

DUE, DELIVERED, GIVEN_UP = "due", "delivered", "given_up"
_SECRET = "webhook_secret"  # name of the setting


@dataclass(frozen=True)
class EventFilter:
    """Which events; all that is given must hold."""

    movie_id: str | None = None
    state: str | None = None


def add(session: Session, values: dict[str, Any]) -> None:
    """A new event; nothing happens when the run has told of this already."""
    session.execute(_insert(session, WebhookEvent).values(state=DUE, tries=0, **values).on_conflict_do_nothing())


def get(session: Session, event_id: str, *, lock: bool = False) -> WebhookEvent:
    """One event. Raises NotFound."""
    event = session.get(WebhookEvent, event_id, with_for_update=lock)
    if event is None:
        raise NotFound(f"There is no webhook event {event_id!r}; GET /v1/webhooks/events lists them.")
    return event


def page(session: Session, wanted: EventFilter, limit: int, before: str | None) -> list[WebhookEvent]:
    """Events, newest first, beginning behind the one with the id `before`."""
    query = sa.select(WebhookEvent).order_by(WebhookEvent.id.desc()).limit(limit)
    if wanted.movie_id is not None:
        query = query.where(WebhookEvent.movie_id == wanted.movie_id)
    if wanted.state is not None:
        query = query.where(WebhookEvent.state == wanted.state)
    if before is not None:
        query = query.where(WebhookEvent.id < before)
    return list(session.scalars(query))


def deliveries(session: Session, event_id: str) -> list[WebhookDelivery]:
    """Every try to deliver an event, oldest first."""
    query = sa.select(WebhookDelivery).where(WebhookDelivery.event_id == event_id)
    return list(session.scalars(query.order_by(WebhookDelivery.at, WebhookDelivery.id)))


def any_due(session: Session, now: int) -> bool:
    """Whether something is to be sent; asked often, since it writes nothing."""
    return session.scalar(sa.select(WebhookEvent.id).where(*_due(now)).limit(1)) is not None


def claim(session: Session, limit: int, busy: Collection[str], now: int, until: int) -> list[WebhookEvent]:
    """Take events that are due, except those for `busy` addresses; nobody else takes them before `until`."""
    query = sa.select(WebhookEvent).where(*_due(now), WebhookEvent.url.not_in(busy)).order_by(WebhookEvent.due_at).limit(limit)
    events = list(session.scalars(query.with_for_update(skip_locked=True)))
    for event in events:
        event.due_at, event.tries = until, event.tries + 1
    session.flush()
    return events


def finish(session: Session, delivery: WebhookDelivery, lease: int, state: str, due_at: int) -> None:
    """Log a try and say what becomes of its event, unless somebody else has taken it since."""
    if session.get(WebhookEvent, delivery.event_id) is None:
        return
    session.add(delivery)
    mine = sa.update(WebhookEvent).where(WebhookEvent.id == delivery.event_id, WebhookEvent.due_at == lease, WebhookEvent.state == DUE)
    session.execute(mine.values(state=state, due_at=due_at))


def forget(session: Session, before: int) -> None:
    """Remove events that were made before then and are no longer to be sent."""
    session.execute(sa.delete(WebhookEvent).where(WebhookEvent.created_at < before, WebhookEvent.state != DUE))


def secret_of(session: Session, key_id: str | None, new_secret: str) -> str:
    """What signs for a key; for films without one a secret of this installation, which is `new_secret` from its first use on."""
    key = session.get(ApiKey, key_id) if key_id else None
    if key is not None:
        return key.webhook_secret
    stored = session.get(Setting, _SECRET)
    if stored is None:
        session.execute(_insert(session, Setting).values(name=_SECRET, value={"secret": new_secret}).on_conflict_do_nothing())
        stored = session.get_one(Setting, _SECRET)
    return str(stored.value["secret"])


def _due(now: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (WebhookEvent.state == DUE, WebhookEvent.due_at <= now)


def _insert(session: Session, table: type[WebhookEvent] | type[Setting]) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
