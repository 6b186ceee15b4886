"""Sends webhook events that are due, signed, again and again with growing pauses until they are taken or given up."""

import json
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from service.errors import DatabaseUnavailable
from service.keys import new_webhook_secret
from service.settings import Settings
from service.store import webhooks
from service.store.engine import Database, new_id, now_ms
from service.store.tables import WebhookDelivery, WebhookEvent
from service.webhook_http import Poster, Reply

PAUSES_SECONDS = (5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600, 24 * 3600)  # after each try; the last one repeats
JITTER = 0.1  # so much longer at most, so that events that failed together do not come together
LEASE_MS = 60_000  # longer than a try can take: until then no other worker sends the event
AT_ONCE = 8
AT_ONCE_A_URL = 4  # so that one slow receiver does not keep the others waiting
POLL_SECONDS = 0.5
AWAY_SECONDS = 2.0  # between looks at a database that is away
GONE = 410  # the receiver wants no more
log = logging.getLogger(__name__)


class WebhookSender:
    """A thread that looks for due events, and some more that send them."""

    def __init__(self, database: Database, settings: Settings, poster: Poster | None = None) -> None:
        self._database = database
        self._settings = settings
        self._poster = poster
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks")

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more events; returns when those in hand are through, which is bounded."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        courier = _Courier(self._database, self._settings, self._poster)
        with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
            while not self._stop.is_set():
                try:
                    self._stop.wait(0 if courier.send_some(pool.submit) else POLL_SECONDS)
                except DatabaseUnavailable:
                    self._stop.wait(AWAY_SECONDS)
                except Exception:
                    log.exception("looking for due webhooks failed")
                    self._stop.wait(AWAY_SECONDS)


def deliver_due(database: Database, settings: Settings, poster: Poster | None = None) -> int:
    """Send what is due now, and say how many events that were."""
    with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
        courier = _Courier(database, settings, poster)
        count = 0
        while sent := courier.send_some(pool.submit):
            count += sent
            courier.wait()
        return count


class _Courier:
    """Claims events for free hands and sends each once."""

    def __init__(self, database: Database, settings: Settings, poster: Poster | None) -> None:
        self._database = database
        self._settings = settings
        self._poster = poster or Poster(allow_private=settings.allow_private_webhooks)
        self._at_work: dict[Future[None], str] = {}  # -> URL

    def send_some(self, submit: Callable[..., "Future[None]"]) -> int:
        """Hand due events to free hands; their number. Waits a moment when no hand is free."""
        self._at_work = {future: url for future, url in self._at_work.items() if not future.done()}
        free = AT_ONCE - len(self._at_work)
        if free == 0:
            wait(self._at_work, timeout=POLL_SECONDS, return_when="FIRST_COMPLETED")
            return 0
        claimed = self._claim(min(free, AT_ONCE_A_URL))
        for event, secret in claimed:
            self._at_work[submit(self._send, event, secret)] = event.url
        return len(claimed)

    def wait(self) -> None:
        """Until all hands are free."""
        for future in self._at_work:
            future.result()

    def _claim(self, limit: int) -> list[tuple[WebhookEvent, str]]:
        with self._database.read() as session:
            if not webhooks.any_due(session, now_ms(session)):
                return []
        urls = list(self._at_work.values())
        busy = {url for url in urls if urls.count(url) >= AT_ONCE_A_URL}
        with self._database.write() as session:
            now = now_ms(session)
            events = webhooks.claim(session, limit, busy, now, now + LEASE_MS)
            return [(event, webhooks.secret_of(session, event.key_id, new_webhook_secret())) for event in events]

    def _send(self, event: WebhookEvent, secret: str) -> None:
        try:
            reply = self._post(event, secret)
            self._finish(event, reply)
        except DatabaseUnavailable:
            log.warning("webhook event %s: the database is away; it is sent again when the lease ends", event.id)
        except Exception:
            log.exception("webhook event %s failed", event.id)

    def _post(self, event: WebhookEvent, secret: str) -> Reply:
        body = json.dumps(event.payload, ensure_ascii=False, separators=(",", ":"))
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "user-agent": f"movietags/{version('movietags')}",
            "webhook-id": event.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(event.id, now, body),
        }
        return self._poster.post(event.url, body.encode(), headers)

    def _finish(self, event: WebhookEvent, reply: Reply) -> None:
        state, pause = self._what_next(event.tries, reply)
        # Of the address only the host: the rest of it may be a secret.
        log.info("webhook event %s to %s, try %d: %s", event.id, urlsplit(event.url).hostname, event.tries, reply.status or reply.error)
        with self._database.write() as session:
            now = now_ms(session)
            delivery = WebhookDelivery(
                id=new_id("dlv"),
                event_id=event.id,
                at=now - reply.milliseconds,
                status=reply.status,
                error=reply.error,
                milliseconds=reply.milliseconds,
            )
            webhooks.finish(session, delivery, event.due_at, state, now + round(pause * 1000))

    def _what_next(self, tries: int, reply: Reply) -> tuple[str, float]:
        """The event's state, and the seconds until the next try."""
        if reply.is_taken:
            return webhooks.DELIVERED, 0
        if reply.status == GONE or tries >= self._settings.webhook_tries:
            return webhooks.GIVEN_UP, 0
        return webhooks.DUE, PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS)) - 1] * (1 + random.uniform(0, JITTER))
