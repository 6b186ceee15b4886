"""The model in use, for a process that lives on while another is chosen."""

import logging
import threading
import time
from pathlib import Path
from typing import Generic

from service.errors import BundleError
from service.models import Kind, M, marked, open_in_use

LOOK_SECONDS = 1.0  # between looks at whether another model is in use
AGAIN_SECONDS = 10.0  # before one that could not be opened is tried again
log = logging.getLogger(__name__)


class ModelInUse(Generic[M]):
    """The model of one kind."""

    def __init__(self, models: Path | None, kind: Kind[M]) -> None:
        """Raises BundleError where the model in use cannot be opened."""
        self._models, self._kind = models, kind
        self._seen = marked(models, kind)
        self._model = open_in_use(models, kind)
        self._refused: str | None = None  # what could not be opened
        self._again_at = 0.0
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._looking = threading.Lock()

    def now(self) -> M:
        """The same object as long as nothing changes; looked up at most once a second."""
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._model

    def _look(self) -> None:
        now = time.monotonic()
        self._look_at = now + LOOK_SECONDS
        chosen = marked(self._models, self._kind)
        if chosen == self._seen or (chosen == self._refused and now < self._again_at):
            return
        try:
            self._model = open_in_use(self._models, self._kind)
        except BundleError as error:
            if chosen != self._refused:
                log.error("%s stays in use: %s", self._model.title, error)
            self._refused, self._again_at = chosen, now + AGAIN_SECONDS
        else:
            self._seen, self._refused = chosen, None
            log.info("the model %s is in use from now on", self._model.title)
