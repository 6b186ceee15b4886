"""One thread owns a task's networks; small requests that wait at the same time go through them together."""

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.predictors.arrays import Arrays
from service.predictors.requests import Request

LINGER_SECONDS = 0.002  # where requests come close together, one with few pictures waits so long for others
FEW = 4  # a request is small when it has less than this part of the most pictures that go through at once


class Networks(Protocol):
    """What the inference process needs of the networks of any task; operations know what else they can do."""

    bundle: Any

    def wait_until_loaded(self) -> None:
        """Raises BundleError where a network cannot be loaded."""


@dataclass
class Counts:
    """Since the networks were loaded."""

    requests: int = 0
    frames: int = 0
    seconds: float = 0.0  # that the networks were at work


class Batcher:
    """Takes requests in the order they come; each client waits for its answer, so none can crowd out the others."""

    def __init__(self, networks: Networks) -> None:
        self.bundle = networks.bundle
        self.counts = Counts()
        self.loaded = threading.Event()
        self.failure: Exception | None = None  # why the networks cannot be loaded; every request is answered by it
        self._networks = networks
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._next: Request | None = None  # taken already, but no companion of the batch before it
        self._shared = False  # whether the last batch was of several requests: a lone client need not wait for others
        self._thread = threading.Thread(target=self._run, name="networks", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests that nobody has begun."""
        return self._waiting.qsize() + (self._next is not None)

    def submit(self, request: Request) -> None:
        """Queue a request, not after `close`."""
        self._waiting.put(request)

    def close(self, timeout: float) -> None:
        """Finish what is queued, waiting for it no longer than `timeout` seconds."""
        self._waiting.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._networks.wait_until_loaded()
        except Exception as error:  # the edge of this thread: whoever looks after it is told
            self.failure = error
        else:
            self.loaded.set()
        while (first := self._take()) is not None:
            batch = [first, *self._companions(first)]
            self._shared = len(batch) > 1
            self._answer([request for request in batch if request.answer.set_running_or_notify_cancel()])

    def _take(self) -> Request | None:
        held, self._next = self._next, None
        return held or self._waiting.get()

    def _companions(self, first: Request) -> Iterator[Request]:
        """Requests that wait already, or come within a moment while several clients ask, and still fit."""
        pictures, most = first.pictures, first.operation.most
        until = time.monotonic() + (LINGER_SECONDS if self._shared and FEW * pictures < most else 0)
        while pictures < most:
            try:
                request = self._waiting.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return
            if request is None:
                self._waiting.put(None)
                return
            pictures += request.pictures
            if pictures > most or not request.goes_with(first):
                self._next = request
                return
            yield request

    def _answer(self, batch: list[Request]) -> None:
        if not batch:
            return
        began = time.monotonic()
        try:
            found = self._found(batch[0], _together(batch))
        except Exception as error:  # the edge of this thread: the clients are told
            for request in batch:
                request.answer.set_exception(error)
            return
        self.counts.seconds += time.monotonic() - began
        self.counts.requests += len(batch)
        start = 0
        for request in batch:
            rows = slice(start, start + len(request.rows))
            start = rows.stop
            request.answer.set_result({name: array[rows] for name, array in found.items()})
        self.counts.frames += start

    def _found(self, first: Request, rows: NDArray[np.uint8]) -> Arrays:
        if self.failure is not None:
            raise self.failure
        found = first.operation.run(self._networks, rows)
        odd = [name for name, array in found.items() if len(array) != len(rows)]
        if odd:
            raise ValueError(f"{odd[0]} of {len(found[odd[0]])} rows for {len(rows)}")
        return found


def _together(batch: list[Request]) -> NDArray[np.uint8]:
    return batch[0].rows if len(batch) == 1 else np.concatenate([request.rows for request in batch])
