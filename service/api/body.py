"""A request's body in pieces of a good size for a thread; ends when the client goes, stalls, or has to make way."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.types import Message, Receive

from service.errors import UploadBusy, UploadStalled

PIECE_BYTES = 512 << 10
FLUSH_SECONDS = 1.0  # bytes wait at most so long for more of them
STALL_SECONDS = 60.0  # without a byte


class ClientGone(Exception):
    """Nobody waits for the answer."""


class Body:
    """The body of one request; what came is given out before any of its ends is raised."""

    def __init__(self, receive: Receive, stop: asyncio.Event | None = None, stall_seconds: float = STALL_SECONDS) -> None:
        """`stop` is set by whoever wants this request to end."""
        self._receive = receive
        self._stop = stop or asyncio.Event()
        self._stall_seconds = stall_seconds

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Raises ClientGone, UploadStalled, and UploadBusy when another request goes on."""
        stopped = asyncio.ensure_future(self._stop.wait())
        coming: asyncio.Future[Message] | None = None
        waiting: list[bytes] = []
        size = 0
        try:
            while True:
                coming = coming or asyncio.ensure_future(self._receive())
                patience = FLUSH_SECONDS if waiting else self._stall_seconds
                awaited: set[asyncio.Future[Any]] = {coming, stopped}
                await asyncio.wait(awaited, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                message = coming.result() if coming.done() else None
                end = self._end(message, stopped.done(), bool(waiting))
                if message and not end:
                    coming = None
                    waiting.append(message.get("body", b""))
                    size += len(waiting[-1])
                is_last = message is not None and not message.get("more_body", False)
                if waiting and (size >= PIECE_BYTES or is_last or end or message is None):
                    if size:
                        yield b"".join(waiting)
                    waiting, size = [], 0
                if end:
                    raise end
                if is_last:
                    return
        finally:
            for task in (stopped, coming):
                if task:
                    task.cancel()

    def _end(self, message: Message | None, is_stopped: bool, has_waiting: bool) -> Exception | None:
        """Why to stop here, if so."""
        if message and message["type"] == "http.disconnect":
            return ClientGone()
        if is_stopped:
            return UploadBusy("A newer request goes on with this upload.")
        if message is None and not has_waiting:
            return UploadStalled(f"Nothing came for {self._stall_seconds:.0f} s. What came is kept where the upload can be resumed.")
        return None
