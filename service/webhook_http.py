"""Posting a webhook: one connection to an address that was looked at, no redirects, bounded in time and bytes."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore
import httpx

from service.errors import WebhookRefused
from service.outgoing_http import FAILURES, CheckedNetwork, failure_text
from service.outgoing_urls import Resolve, resolve_name, split_url
from service.webhook_urls import webhook_rules

SECONDS = 10.0  # for one delivery, from the first byte to the last
ANSWER_BYTES = 16 << 10  # read of an answer, and no more


@dataclass(frozen=True)
class Reply:
    """What came of a try."""

    status: int | None  # None where no answer came
    error: str | None
    milliseconds: int

    @property
    def is_taken(self) -> bool:
        """The receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Poster:
    """Posts to URLs; threads may share it."""

    def __init__(self, *, allow_private: bool, resolve: Resolve = resolve_name, ssl_context: ssl.SSLContext | None = None) -> None:
        """`ssl_context` None: the authorities that httpx knows, or those of SSL_CERT_FILE."""
        self._rules = webhook_rules(allow_private=allow_private)
        self._resolve = resolve
        self._ssl = ssl_context or httpx.create_ssl_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Reply:
        """Send once. Never raises: what went wrong is in the reply."""
        begun = time.monotonic()
        status, error = None, None
        try:
            split_url(url, self._rules)
            status = self._send(url, body, headers, begun + seconds)
        except WebhookRefused as refused:
            error = str(refused)
        except FAILURES as failure:
            error = failure_text(failure)
        return Reply(status, error or _objection(status), round((time.monotonic() - begun) * 1000))

    def _send(self, url: str, body: bytes, headers: Mapping[str, str], deadline: float) -> int:
        network = CheckedNetwork(self._rules, deadline, self._resolve)
        with (
            httpcore.ConnectionPool(ssl_context=self._ssl, network_backend=network, max_keepalive_connections=0) as pool,
            pool.stream("POST", url, headers=[(name, value) for name, value in headers.items()], content=body) as response,
        ):
            read = 0
            for piece in response.iter_stream():
                read += len(piece)
                if read > ANSWER_BYTES:
                    break
            return int(response.status)


def _objection(status: int | None) -> str | None:
    if status is None or 200 <= status < 300:
        return None
    return "Redirects are not followed." if 300 <= status < 400 else f"The receiver answered {status}."
