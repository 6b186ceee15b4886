"""The signs of life of a worker, and the handing on of dead workers' work."""

import logging
import threading
import time

from service.errors import DatabaseUnavailable
from service.store import runs, workers
from service.store.engine import now_ms
from service.worker.workplace import Workplace

log = logging.getLogger(__name__)


class Heartbeat:
    """A thread that renews this worker's row and looks for dead ones.

    After the database (or this process) was away, the living renew first: the silent are taken for dead only when this worker
    itself was heard without a gap for a whole period. Who said goodbye is dead at once.
    """

    def __init__(self, workplace: Workplace) -> None:
        settings = workplace.service.settings
        self._workplace, self._database = workplace, workplace.service.database
        self._pause, self._period = settings.heartbeat_seconds, settings.dead_after_seconds
        self._steady_since: float | None = None  # first of the heartbeats without a gap
        self._last = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Renew once, then go on in a thread. Raises DatabaseUnavailable."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """No more signs of life."""
        self._stop.set()
        self._thread.join()

    @property
    def is_heard(self) -> bool:
        """Whether the last sign of life reached the database in time."""
        return time.monotonic() - self._last < self._period

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self._beat()
                self._reap()
            except DatabaseUnavailable as error:
                self._steady_since = None
                log.warning("no heartbeat: %s", error)
            except Exception:  # a worker without heartbeats would lose its work
                log.exception("the heartbeat failed")

    def _beat(self) -> None:
        place = self._workplace
        with self._database.write() as session:
            was_dead = workers.renew(session, place.executor_id, place.host, place.process_id)
        now = time.monotonic()
        if self._steady_since is None or now - self._last > self._period:
            self._steady_since = now
        self._last = now
        if was_dead:
            log.info("this worker is heard (again) as %s", place.executor_id)

    def _reap(self) -> None:
        steady = self._steady_since is not None and time.monotonic() - self._steady_since >= self._period
        silent_ms = int(self._period * 1000) if steady else None
        with self._database.read() as session:
            if not workers.dead_with_work(session, silent_ms):
                return
        with self._database.write() as session:
            dead = workers.dead_with_work(session, silent_ms)
            handed_on = runs.hand_on(session, dead, now_ms(session), counts=True)
            workers.mark_reaped(session, dead)
        if handed_on:
            self._workplace.metrics.recovered.inc(len(handed_on))
            log.warning("workers %s are gone; their jobs %s wait again", ", ".join(dead), ", ".join(handed_on))
