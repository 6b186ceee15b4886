"""One task in the inference process: the networks in use, those that are being taken up, and why the last ones could not be."""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from service.errors import MovieTaggerError
from service.model_in_use import AGAIN_SECONDS
from service.models import Installed
from service.predictors.arrays import Arrays
from service.predictors.batching import Batcher, Networks
from service.predictors.operations import Operation
from service.predictors.requests import Refused, model_of, request_of
from service.predictors.sockets import Message

log = logging.getLogger(__name__)


class Choice(Protocol):
    """Knows which model is in use."""

    def now(self) -> Installed[Any]:
        """The same object as long as nothing changes."""


class Desk:
    """Takes requests for one task. The former networks answer until the next ones are loaded, and stay where those cannot be."""

    def __init__(self, task: str, find: Callable[[], Choice], load: Callable[[Installed[Any]], Networks]) -> None:
        """Nothing is loaded before `begin` or the first request. `find` may raise BundleError: then there is no such model."""
        self.failure: Exception | None = None  # why the model in use is not taken up
        self._task, self._find, self._load = task, find, load
        self._choice: Choice | None = None
        self._model: Installed[Any] | None = None  # the last one that was begun with
        self._again_at = 0.0  # when that is begun with once more
        self._current: Batcher | None = None
        self._coming: Batcher | None = None
        self._at_work = threading.Lock()

    @property
    def is_lost(self) -> bool:
        """Whether there are no networks, and none coming."""
        return self.failure is not None and self._serving is None

    @property
    def _serving(self) -> Batcher | None:
        return self._current or self._coming

    def begin(self) -> None:
        """Begin to load the networks of the model in use. Raises BundleError where there is none."""
        with self._at_work:
            self._take_up()

    def look(self) -> None:
        """Take up another model, where networks are there at all; to be called often."""
        if self._serving is not None and self._at_work.acquire(blocking=False):
            try:
                self._take_up()
            finally:
                self._at_work.release()

    def submit(self, operation: Operation[Any], message: Message) -> "Future[Arrays]":
        """Queue a request; the first one has the networks loaded. Raises Refused, ProtocolError."""
        wanted = message.header.get("model")
        with self._at_work:
            try:
                self._take_up()
            except MovieTaggerError as error:
                raise Refused(f"there is no model for {self._task}: {error}") from error
            for batcher in (self._coming, self._current):
                if batcher is not None and model_of(batcher.bundle) == wanted:
                    request = request_of(message, operation, batcher.bundle)
                    batcher.submit(request)
                    return request.answer
            raise Refused(self._why_not(wanted))

    def close(self, timeout: float) -> None:
        """Finish what is queued, waiting for it no longer than `timeout` seconds."""
        with self._at_work:
            for batcher in filter(None, (self._current, self._coming)):
                batcher.close(timeout)

    def health(self) -> dict[str, Any]:
        """What monitoring wants to know."""
        batcher, failure = self._serving, self.failure
        told = {"loaded": batcher is not None and batcher.loaded.is_set(), "failure": None if failure is None else str(failure)}
        if batcher is None:
            return told
        counts = batcher.counts
        return told | {
            "model": batcher.bundle.name,
            "version": batcher.bundle.version,
            "waiting": batcher.waiting,
            "requests": counts.requests,
            "frames": counts.frames,
            "seconds": round(counts.seconds, 3),
        }

    def _take_up(self) -> None:
        """One step: let loaded networks serve, note a failure, or begin with another model."""
        if self._coming is not None and not self._is_over(self._coming):
            return
        self._choice = self._choice or self._find()
        model = self._choice.now()
        if model is self._model and time.monotonic() < self._again_at:
            return
        self._model, self._again_at, self.failure = model, math.inf, None
        if self._current is not None and model_of(self._current.bundle) == model_of(model.bundle):
            return  # back to what never went
        try:
            self._coming = Batcher(self._load(model))
        except Exception as error:  # a stranger's bundle: the other tasks, and the networks in use, live on
            self._fail(error)

    def _is_over(self, coming: Batcher) -> bool:
        """Whether loading has come to an end, a good one or not."""
        if coming.failure is None and not coming.loaded.is_set():
            return False
        left = self._current if coming.failure is None else coming
        self._coming = None
        if coming.failure is None:
            self._current = coming
        else:
            self._fail(coming.failure)
        if left is not None:
            left.close(timeout=0)
        return True

    def _fail(self, error: Exception) -> None:
        self.failure, self._again_at = error, time.monotonic() + AGAIN_SECONDS
        stays = "" if self._current is None else ", the former model stays"
        log.error("%s is not taken up%s: %s", self._model and self._model.title, stays, error)

    def _why_not(self, wanted: Any) -> str:
        if self.failure is not None:
            stays = "" if self._current is None else f"; {model_of(self._current.bundle)!r} stays"
            return f"the model {self._model and self._model.title} cannot be loaded: {self.failure}{stays}"
        loaded = " and ".join(repr(model_of(batcher.bundle)) for batcher in (self._current, self._coming) if batcher is not None)
        return (
            f"the model {loaded} is loaded here, not {wanted!r}: another one is just being taken up, or the two processes "
            "look into different folders of models"
        )
