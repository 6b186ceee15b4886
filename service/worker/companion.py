"""The thread beside an attempt: looks every half second whether it may go on, and writes its progress down."""

import contextlib
import threading
from collections.abc import Callable

from service.errors import DatabaseUnavailable, TaggingCancelled
from service.store import runs
from service.store.engine import Database, now_ms
from service.store.runs import Attempt, Standing
from service.worker.progress import Progress

LOOK_SECONDS = 0.5


class Companion:
    """Runs while its block does. The database being away stops nothing: the attempt goes on meanwhile."""

    def __init__(self, database: Database, attempt: Attempt, progress: Progress, on_cancel: Callable[[], None]) -> None:
        """`on_cancel` is called, in the companion's thread, as soon as somebody asked to stop."""
        self.standing = Standing.GO_ON
        self._database, self._attempt, self._progress, self._on_cancel = database, attempt, progress, on_cancel
        self._written: object = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"companion-{attempt.run_id}", daemon=True)

    def __enter__(self) -> "Companion":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def is_over(self) -> bool:
        """Whether the attempt must not go on."""
        return self.standing is not Standing.GO_ON

    def check(self) -> None:
        """Raise TaggingCancelled when the attempt must not go on."""
        if self.is_over():
            raise TaggingCancelled(f"attempt {self._attempt.number} of {self._attempt.run_id}: {self.standing.name.lower()}")

    def _run(self) -> None:
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                self.look()
            if self.standing is Standing.CANCELLED:
                self._on_cancel()
            if self.is_over() or self._done.wait(LOOK_SECONDS):
                return

    def look(self) -> None:
        """Look now, and write the progress down."""
        state = (self._progress.stage, self._progress.state())
        if state == self._written:
            with self._database.read() as session:
                self.standing = runs.standing(session, self._attempt)
            return
        with self._database.write() as session:
            self.standing = runs.standing(session, self._attempt)
            runs.write_progress(session, self._attempt, *state, now_ms(session))
        self._written = state
