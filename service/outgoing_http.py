"""Connections to addresses that were looked at, bounded in time; for httpcore."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from service.outgoing_urls import Resolve, UrlRules, addresses, resolve_name

ADDRESSES = 3  # tried of a host
FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError)  # of a connection


def failure_text(failure: Exception) -> str:
    """In a few words."""
    return f"{type(failure).__name__}: {failure}".removesuffix(": ")


class CheckedNetwork(httpcore.NetworkBackend):
    """Resolves a name once and connects to exactly the addresses that were looked at; TLS still asks for the name's certificate."""

    def __init__(self, rules: UrlRules, deadline: float, resolve: Resolve = resolve_name) -> None:
        """`deadline` by time.monotonic()."""
        self._rules = rules
        self._resolve = resolve
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises the rules' refusal, and what httpcore raises."""
        failure: Exception | None = None
        for address in addresses(host, port, self._resolve, self._rules)[:ADDRESSES]:
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
        raise httpcore.ReadTimeout("the other side took too long")
    return left
