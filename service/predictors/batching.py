"""One thread owns the networks; small requests that wait at the same time go through them together."""

import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.predictors.predictions import Predictions

MOST_PICTURES = 32  # that go through the networks at once when requests are put together
FEW_PICTURES = 8  # a request with fewer waits a moment for others
LINGER_SECONDS = 0.002  # that moment; a picture takes ten times as long


class Networks(Protocol):
    """What the inference process needs of a tagger."""

    bundle: TaggerBundle

    def wait_until_loaded(self) -> None:
        """Raises BundleError where a network cannot be loaded."""

    def predict(self, views: NDArray[np.uint8], *, sensitive: bool = True) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB."""


@dataclass(frozen=True)
class Request:
    """Frames of one client, and where its answer will be."""

    views: NDArray[np.uint8]
    sensitive: bool
    answer: "Future[Predictions]" = field(default_factory=Future)

    @property
    def pictures(self) -> int:
        return len(self.views) * int(self.views.shape[1])

    def goes_with(self, other: "Request") -> bool:
        """Whether both can be one batch."""
        return self.views.shape[1:] == other.views.shape[1:] and self.sensitive == other.sensitive


@dataclass
class Counts:
    """Since the start."""

    requests: int = 0
    frames: int = 0
    seconds: float = 0.0  # that the networks were at work


class Batcher:
    """Takes requests in the order they come; each client waits for its answer, so none can crowd out the others."""

    def __init__(self, networks: Networks) -> None:
        self.counts = Counts()
        self.loaded = threading.Event()
        self.failure: Exception | None = None  # why the networks cannot be loaded
        self._networks = networks
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._next: Request | None = None  # taken already, but no companion of the batch before it
        self._thread = threading.Thread(target=self._run, name="networks", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Requests that nobody has begun."""
        return self._waiting.qsize() + (self._next is not None)

    def submit(self, request: Request) -> "Future[Predictions]":
        """Queue a request."""
        self._waiting.put(request)
        return request.answer

    def close(self, timeout: float) -> None:
        """Finish what is queued, if that takes no longer than `timeout` seconds."""
        self._waiting.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._networks.wait_until_loaded()
        except Exception as error:  # the edge of this thread: whoever runs the process raises it again
            self.failure = error
            return
        self.loaded.set()
        while (first := self._take()) is not None:
            self._answer([request for request in (first, *self._companions(first)) if request.answer.set_running_or_notify_cancel()])

    def _take(self) -> Request | None:
        held, self._next = self._next, None
        return held or self._waiting.get()

    def _companions(self, first: Request) -> Iterator[Request]:
        """Requests that wait already, or come within a moment, and still fit."""
        pictures = first.pictures
        until = time.monotonic() + (LINGER_SECONDS if pictures < FEW_PICTURES else 0)
        while pictures < MOST_PICTURES:
            try:
                request = self._waiting.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return
            if request is None:
                self._waiting.put(None)
                return
            pictures += request.pictures
            if pictures > MOST_PICTURES or not request.goes_with(first):
                self._next = request
                return
            yield request

    def _answer(self, batch: list[Request]) -> None:
        if not batch:
            return
        began = time.monotonic()
        try:
            found = self._networks.predict(_together(batch), sensitive=batch[0].sensitive)
        except Exception as error:  # the edge of this thread: the clients are told
            for request in batch:
                request.answer.set_exception(error)
            return
        self.counts.seconds += time.monotonic() - began
        self.counts.requests += len(batch)
        self.counts.frames += len(found.scores)
        start = 0
        for request in batch:
            rows = slice(start, start + len(request.views))
            start = rows.stop
            request.answer.set_result(Predictions(found.scores[rows], found.features[rows]))


def _together(batch: list[Request]) -> NDArray[np.uint8]:
    return batch[0].views if len(batch) == 1 else np.concatenate([request.views for request in batch])
