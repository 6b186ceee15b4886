"""Answers given before the request's body was read: sent at once, then a bounded part of the body is thrown away, then the line is cut.

A server that closes at once resets the connection, and the client never sees why; one that reads on is kept busy for nothing.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAINED_BYTES = 64 << 20
DRAIN_SECONDS = 10.0


class EarlyAnswers:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        request = _Request(receive, send)
        await self._app(scope, request.receive, request.send)


class _Request:
    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_read = False
        self._is_early = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_read = self._is_read or not message.get("more_body", False)  # a disconnect has none either
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._is_read:
            self._is_early = True
            message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
        if self._is_early and message["type"] == "http.response.body" and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _drain(self) -> None:
        left = DRAINED_BYTES
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while left > 0 and not self._is_read:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
