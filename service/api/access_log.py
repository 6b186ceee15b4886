"""One line for each request: who asked for what, and what became of it. Queries, keys and cookies are left out."""

import logging
import time
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.auth import PROBES, known_key, route_path
from service.api.rates import network_of

log = logging.getLogger("service.access")


class AccessLog:
    """Writes the line when the answer is complete."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        level = logging.DEBUG if scope["type"] == "http" and route_path(scope).startswith(PROBES) else logging.INFO
        if scope["type"] != "http" or not log.isEnabledFor(level):
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        status = 500  # of an error that nobody answered yet

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            spent = (time.monotonic() - begun) * 1000
            client = network_of(scope.get("client")) or "-"
            # Quoted, so that no path can write a line of its own.
            log.log(level, "%s %s %s %d %.0f ms %s", client, scope["method"], quote(scope["path"]), status, spent, known_key(scope) or "-")
