"""Work in another thread whose result is waited for only as long as it is wanted."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from service.errors import TaggingCancelled

Result = TypeVar("Result")
Cancelled = Callable[[], bool]  # called several times a second, so it must be cheap

POLL_SECONDS = 0.25


def in_background(work: Callable[[], Result]) -> "Future[Result]":
    """Begin `work`; the process can end although it is not done."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whoever asks for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def result_of(future: "Future[Result]", cancelled: Cancelled | None) -> Result:
    """The result, once it is there. Raises TaggingCancelled when it is no longer wanted: the work is left to itself."""
    while cancelled is not None and not wait([future], POLL_SECONDS).done:
        refuse_cancelled(cancelled)
    return future.result()


def refuse_cancelled(cancelled: Cancelled | None) -> None:
    """Raises TaggingCancelled when the work is no longer wanted."""
    if cancelled is not None and cancelled():
        raise TaggingCancelled("The tagging was cancelled.")
