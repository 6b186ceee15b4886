"""Waiting for what is away for a while: the database, the file storage, the inference process."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from service.errors import DatabaseUnavailable, InferenceUnavailable, StorageUnavailable

AWAY = (DatabaseUnavailable, StorageUnavailable, InferenceUnavailable)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between tries
PATIENCE_SECONDS = 600.0
CHECK_SECONDS = 0.2
Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


def patiently(act: Callable[[], Answer], check: Callable[[], None], patience: float = PATIENCE_SECONDS) -> Answer:
    """`act`, tried again while something is away, at most for so many seconds of trouble.

    `check` is called often while this waits; what it raises ends the waiting.
    """
    pause, until = FIRST_PAUSE, time.monotonic() + patience
    while True:
        begun = time.monotonic()
        try:
            return act()
        except AWAY as error:
            if time.monotonic() - begun > patience / 2:  # it was well for long: these are other troubles than before
                pause, until = FIRST_PAUSE, time.monotonic() + patience
            if time.monotonic() >= until:
                raise
            log.warning("%s Trying again in %.1f s.", error, pause)
            _wait(pause, check)
            pause = min(2 * pause, LONGEST_PAUSE)


def with_database(act: Callable[[], Answer]) -> Answer:
    """`act`, tried again for as long as the database is away: what it writes must not be lost."""
    pause = FIRST_PAUSE
    while True:
        try:
            return act()
        except DatabaseUnavailable:
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


def _wait(seconds: float, check: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check()
        time.sleep(min(CHECK_SECONDS, left))
