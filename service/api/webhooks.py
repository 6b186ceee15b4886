"""The log of webhooks: what was told to whom, and telling it once more."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, Field

from service import errors, webhooks
from service.api.auth import WriterKey
from service.api.bodies import moment
from service.api.deps import MOVIE_ID, PlainText, ServiceDep
from service.api.openapi import answer, problems
from service.api.pages import Cursor, Limit, check_id, cursor_at, read_cursor
from service.api.schemas import Answer
from service.store.tables import WebhookDelivery, WebhookEvent
from service.store.webhooks import DELIVERED, DUE, GIVEN_UP
from service.webhooks import EventFilter

EVENT_ID = "evt_0191d1f0c3a27b5e9f04a1c2d3e4f506"
EVENT: dict[str, Any] = {
    "id": EVENT_ID,
    "type": "movie.succeeded",
    "movie": MOVIE_ID,
    "url": "https://example.com/hooks/films",
    "state": "delivered",
    "tries": 1,
    "created_at": "2026-11-03T08:30:21.440Z",
    "next_try_at": None,
}
DELIVERY = {"at": "2026-11-03T08:30:21.502Z", "status": 204, "error": None, "milliseconds": 87}
PAYLOAD = {
    "type": "movie.succeeded",
    "timestamp": "2026-11-03T08:30:21.440Z",
    "data": {
        "movie": MOVIE_ID,
        "title": "The harbour",
        "external_id": None,
        "state": "succeeded",
        "tags": [{"tag": "war", "score": 0.91, "coverage": 0.42, "first_ms": 12480}],
        "error": None,
        "links": {
            "self": f"/v1/movies/{MOVIE_ID}",
            "segments": f"/v1/movies/{MOVIE_ID}/segments",
            "export": f"/v1/movies/{MOVIE_ID}/export",
        },
    },
}
DETAIL = {**EVENT, "payload": PAYLOAD, "deliveries": [DELIVERY]}
router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

EventId = Annotated[
    str,
    AfterValidator(lambda value: check_id(value, "evt_", "webhook event", "/v1/webhooks/events")),
    Path(description="The event's id, which is the header `webhook-id` too.", examples=[EVENT_ID]),
]


class EventState(StrEnum):
    """What becomes of an event."""

    DUE = DUE
    DELIVERED = DELIVERED
    GIVEN_UP = GIVEN_UP


class EventOut(Answer):
    """Something that somebody wants to be told of."""

    id: str = Field(description="The same for every try: the header `webhook-id`.")
    type: str = Field(description="`movie.succeeded`, `movie.failed` or `movie.cancelled`.")
    movie: str
    url: str
    state: EventState
    tries: int
    created_at: str
    next_try_at: str | None = Field(description="Null when nothing more is sent.")


class DeliveryOut(Answer):
    """One try."""

    at: str
    status: int | None = Field(description="The HTTP status; null where no answer came.")
    error: str | None
    milliseconds: int


class EventDetail(EventOut):
    """An event, what is sent, and every try to send it."""

    payload: dict[str, Any]
    deliveries: list[DeliveryOut]


class Events(Answer):
    """A page of the log."""

    events: list[EventOut]
    next_cursor: str | None


class SigningSecret(Answer):
    """What verifies webhooks."""

    secret: str = Field(description="As any library for Standard Webhooks takes it.")


@router.get(
    "/events",
    summary="List webhook events",
    responses=answer(Events, "A page of the log, newest first.", {"events": [EVENT], "next_cursor": None})
    | problems(errors.InvalidRequest, errors.BadCursor),
)
def list_webhook_events(
    service: ServiceDep,
    _caller: WriterKey,
    movie: Annotated[PlainText | None, Query(max_length=100, description="Of this film.")] = None,
    state: Annotated[EventState | None, Query(description="In this state.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Events are kept for 30 days, also of films that were deleted."""
    found = webhooks.list_events(service.database, EventFilter(movie, state), limit + 1, read_cursor(cursor))
    shown = found[:limit]
    following = cursor_at(shown[-1].id) if len(found) > limit else None
    return JSONResponse({"events": [_body(event) for event in shown], "next_cursor": following})


@router.get(
    "/events/{event_id}",
    summary="Get a webhook event",
    responses=answer(EventDetail, "The event with every try to deliver it.", DETAIL) | problems(errors.NotFound),
)
def get_webhook_event(event_id: EventId, service: ServiceDep, _caller: WriterKey) -> Response:
    """What is sent, and what came of it."""
    event, deliveries = webhooks.get_event(service.database, event_id)
    return JSONResponse({**_body(event), "payload": event.payload, "deliveries": [_delivery(each) for each in deliveries]})


@router.post(
    "/events/{event_id}/redeliver",
    summary="Send a webhook event once more",
    status_code=202,
    responses=answer(EventOut, "It is due now.", {**EVENT, "state": "due", "tries": 0}, 202) | problems(errors.NotFound),
)
def redeliver_webhook(event_id: EventId, service: ServiceDep, _caller: WriterKey) -> Response:
    """Under the same id, so that a receiver that has it already can tell; with as many tries as a new one."""
    event = webhooks.redeliver(service.database, event_id)
    return JSONResponse(_body(event), 202, {"Location": f"{service.settings.root_path}/v1/webhooks/events/{event.id}"})


@router.get(
    "/secret",
    summary="Get the secret that signs webhooks",
    responses=answer(SigningSecret, "The secret.", {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
)
def webhook_secret(service: ServiceDep, caller: WriterKey) -> Response:
    """Of the key that asks: it signs the webhooks of the films that this key brings. Without keys, of this installation."""
    return JSONResponse({"secret": webhooks.signing_secret(service.database, caller.key_id)})


def _body(event: WebhookEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "movie": event.movie_id,
        "url": event.url,
        "state": event.state,
        "tries": event.tries,
        "created_at": moment(event.created_at),
        "next_try_at": moment(event.due_at) if event.state == DUE else None,
    }


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "at": moment(delivery.at),
        "status": delivery.status,
        "error": delivery.error,
        "milliseconds": delivery.milliseconds,
    }
