"""A database that hangs must not hang its clients: while a look at it stays unanswered, requests are told so at once.

A server that is down refuses connections and is noticed by everybody; one that is frozen, or behind a broken line, answers nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.auth import PROBES, route_path
from service.api.problems import refuse
from service.errors import DatabaseUnavailable

LOOK_SECONDS = 0.5  # between two looks
PATIENCE_SECONDS = 1.2  # for one; with the pause before it less than two
TOLD_ALWAYS = (PROBES, "/metrics")  # how the database does is a part of what they tell
AWAY = "The database does not answer; nothing was lost. Try again in a few seconds."


class DatabaseWatch:
    """An ASGI application around another: answers 503 in its place while the database is away."""

    def __init__(self, app: ASGIApp, look: Callable[[], None], patience_seconds: float = PATIENCE_SECONDS) -> None:
        """`look` asks the database something small, in a thread; it may hang, and may raise DatabaseUnavailable."""
        self._app, self._look, self._patience = app, look, patience_seconds
        self._thread = ThreadPoolExecutor(1, "database watch")
        self._away: asyncio.Event | None = None
        self._looking: asyncio.Future[None] | None = None  # the look under way
        self._looking_again: asyncio.Future[None] | None = None
        self._running: set[asyncio.Future[None]] = set()  # kept from being forgotten by the event loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What was begun before goes on in the background, and is no longer heard."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._end()
            return
        if scope["type"] != "http" or route_path(scope).startswith(TOLD_ALWAYS):
            await self._app(scope, receive, send)
            return
        away = self._begun()
        if away.is_set():
            await refuse(DatabaseUnavailable(AWAY))(scope, receive, send)
            return
        answer = _Answer(receive, send)
        answering = self._keep(self._app(scope, answer.receive, answer.send))
        waiting = asyncio.ensure_future(away.wait())
        try:
            awaited: set[asyncio.Future[Any]] = {answering, waiting}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if answering.done() or answer.is_begun:
                await answering
                return
            await answer.close()
            await refuse(DatabaseUnavailable(AWAY))(scope, receive, send)
        except asyncio.CancelledError:
            answering.cancel()
            raise
        finally:
            waiting.cancel()

    def _begun(self) -> asyncio.Event:
        """Begin to look with the first request, when there is an event loop."""
        if self._away is None:
            self._away = asyncio.Event()
            self._looking_again = self._keep(self._look_again_and_again(self._away))
        return self._away

    async def _end(self) -> None:
        """No look is begun any more, and the last one is waited for, so that its line can be closed."""
        if self._looking_again:
            self._looking_again.cancel()
        if self._looking:
            await asyncio.wait({self._looking}, timeout=self._patience)
        self._thread.shutdown(wait=False)

    def _keep(self, work: Awaitable[None]) -> asyncio.Future[None]:
        future = asyncio.ensure_future(work)
        self._running.add(future)
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: asyncio.Future[None]) -> None:
        self._running.discard(future)
        if not future.cancelled():
            future.exception()  # told by whoever waited for it; of what nobody waited for, nobody asks

    async def _look_again_and_again(self, away: asyncio.Event) -> None:
        while True:
            looking = self._looking = self._looking or asyncio.get_running_loop().run_in_executor(self._thread, self._look)
            done, _ = await asyncio.wait({looking}, timeout=self._patience)
            if done and looking.exception() is None:
                away.clear()
            else:
                away.set()
            if done:
                self._looking = None
            await asyncio.sleep(LOOK_SECONDS)


class _Answer:
    """One request as the application within sees it: closed from outside, it looks as if the client had gone.

    Who answers in its place reads what is left of the body, so the application must get nothing more of it: it would keep what
    comes as if there were no gap.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._closed = asyncio.Event()
        self._coming: asyncio.Future[Message] | None = None
        self.is_begun = False

    async def close(self) -> None:
        """From now on the body belongs to the caller."""
        self._closed.set()
        if self._coming:
            self._coming.cancel()
            await asyncio.wait({self._coming})

    async def receive(self) -> Message:
        """The next part of the body."""
        if self._closed.is_set():
            return {"type": "http.disconnect"}
        coming = self._coming = asyncio.ensure_future(self._receive())
        try:
            return await coming
        except asyncio.CancelledError:
            if not self._closed.is_set():
                coming.cancel()
                raise
            return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """A part of the answer, unless another one was given."""
        if self._closed.is_set():
            return
        self.is_begun = True
        await self._send(message)
