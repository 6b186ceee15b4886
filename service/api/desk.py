"""What requests that bring films share in one process: threads of their own, who writes to which upload, running hashes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from service.api.body import PIECE_BYTES
from service.api.pace import Pace
from service.errors import UploadBusy
from service.upload_file import RunningHashes

WRITERS = 2  # threads; more would only take turns on the disk and keep other requests from the interpreter
FINISHERS = 3  # threads that may take long: reading a film once more, bringing it to a remote storage
WAIT_SECONDS = 10.0  # for the request that has to make way
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Hold:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stop: asyncio.Event | None = None  # of the request that holds the upload
    wanted: int = 0  # requests that hold it or wait for it


class Desk:
    """One for each application."""

    def __init__(self) -> None:
        self.hashes = RunningHashes()
        self._pace = Pace()
        self._writers = ThreadPoolExecutor(WRITERS, "upload")
        self._finishers = ThreadPoolExecutor(FINISHERS, "finish")
        self._holds: dict[str, _Hold] = {}

    async def run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something short in a thread."""
        return await _run(self._writers, lambda: act(*args, **kwargs))

    async def admit(self) -> None:
        """Before a body is read: uploads that come at the same moment begin one after the other, so that others get in between."""
        await self._pace.wait(PIECE_BYTES)

    async def take(self, take: Callable[[bytes], None], piece: bytes) -> None:
        """Give the next piece of a body to `take` in a thread, when it is its turn."""
        await self._pace.wait(len(piece))
        await self.run(take, piece)

    async def run_long(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something that may take minutes in a thread."""
        return await _run(self._finishers, lambda: act(*args, **kwargs))

    @asynccontextmanager
    async def hold(self, upload_id: str) -> AsyncIterator[asyncio.Event]:
        """Have an upload alone in this process. Whoever has it is told to stop; the event given tells when to stop oneself.

        Raises UploadBusy when the other does not make way, as while a film is made of the upload.
        """
        hold = self._holds.setdefault(upload_id, _Hold())
        hold.wanted += 1
        if hold.stop:
            hold.stop.set()
        try:
            try:
                await asyncio.wait_for(hold.lock.acquire(), WAIT_SECONDS)
            except TimeoutError:
                raise UploadBusy("Another request is finishing this upload; ask again.") from None
            try:
                hold.stop = asyncio.Event()
                if hold.wanted > 1:  # a still newer request waits
                    hold.stop.set()
                yield hold.stop
            finally:
                hold.stop = None
                hold.lock.release()
        finally:
            hold.wanted -= 1
            if not hold.wanted:
                self._holds.pop(upload_id, None)

    def is_held(self, upload_id: str) -> bool:
        """Whether a request is at work on it."""
        return upload_id in self._holds


async def _run(threads: Executor, act: Callable[[], T]) -> T:
    """A thread cannot be cancelled: what it works with must not be taken away before it is done."""
    future = asyncio.get_running_loop().run_in_executor(threads, act)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        raise


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(_desk)]
