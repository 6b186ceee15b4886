"""How fast all uploads of a process may go together: as fast as they can while other requests stay quick, slower otherwise."""

import asyncio

GOAL_SECONDS = 0.01  # from the event loop to a thread and back; a request makes that way a few times
LEAST = 16 << 20  # bytes a second; never slower, or a machine that is busy with films would take no new ones
MOST = 1 << 30
STEP = 1 << 20  # faster by so much after each good look
BACK = 0.5  # times slower after each bad one
LOOK_SECONDS = 0.05
IDLE_SECONDS = 2.0  # without an upload, nobody looks


class Pace:
    """Grows slowly and falls quickly, as senders on a network do."""

    def __init__(self) -> None:
        self.rate: float = LEAST  # bytes a second
        self._next = 0.0  # when the next piece may be taken
        self._used = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, size: int) -> None:
        """Until `size` more bytes may be taken."""
        now = self._used = asyncio.get_running_loop().time()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        turn = max(self._next, now)
        self._next = turn + size / self.rate
        if turn > now:
            await asyncio.sleep(turn - now)

    async def _look(self) -> None:
        """Measure how quick others are served, while uploads are at work."""
        loop = asyncio.get_running_loop()
        while loop.time() - self._used < IDLE_SECONDS:
            begun = loop.time()
            await loop.run_in_executor(None, lambda: None)
            self.learn(loop.time() - begun)
            await asyncio.sleep(LOOK_SECONDS)

    def learn(self, seconds: float) -> None:
        """Of one way to a thread and back."""
        self.rate = max(LEAST, self.rate * BACK) if seconds > GOAL_SECONDS else min(MOST, self.rate + STEP)
