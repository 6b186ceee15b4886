"""Posting a webhook: one connection to an address that was looked at, no redirects, bounded in time and bytes."""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from service.errors import WebhookRefused
from service.webhook_urls import Resolve, addresses, resolve_name, split_url

SECONDS = 10.0  # for one delivery, from the first byte to the last
ANSWER_BYTES = 16 << 10  # read of an answer, and no more
ADDRESSES = 3  # tried of a host
_FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)


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
        self._allow_private = allow_private
        self._resolve = resolve
        self._ssl = ssl_context or httpx.create_ssl_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Reply:
        """Send once. Never raises: what went wrong is in the reply."""
        begun = time.monotonic()
        status, error = None, None
        try:
            split_url(url, allow_private=self._allow_private)
            status = self._send(url, body, headers, begun + seconds)
        except WebhookRefused as refused:
            error = str(refused)
        except _FAILURES as failure:
            error = f"{type(failure).__name__}: {failure}".removesuffix(": ")
        return Reply(status, error or _objection(status), round((time.monotonic() - begun) * 1000))

    def _send(self, url: str, body: bytes, headers: Mapping[str, str], deadline: float) -> int:
        network = _CheckedNetwork(self._resolve, deadline, allow_private=self._allow_private)
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


class _CheckedNetwork(httpcore.NetworkBackend):
    """Resolves a name once and connects to exactly the addresses that were looked at; TLS still asks for the name's certificate."""

    def __init__(self, resolve: Resolve, deadline: float, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._deadline = deadline
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in addresses(host, port, self._resolve, allow_private=self._allow_private)[:ADDRESSES]:
            try:
                stream = self._plain.connect_tcp(address, port, _left(self._deadline), local_address, socket_options)
                return _TimedStream(stream, self._deadline)
            except httpcore.ConnectError as error:
                failure = error
        assert failure is not None, "there is at least one address"
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline counts
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the receiver took too long")
    return left
