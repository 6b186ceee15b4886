"""Removes what nobody needs: expired uploads and logins, folders without a film, results of attempts that do not count.

Imported films lie elsewhere, and nothing here ever looks there.
"""

import logging
import shutil
import time

from service import uploads, webhooks
from service.errors import MovieTaggerError
from service.store import idempotency, keys, leftovers, workers, workflows
from service.store.engine import now_ms
from service.worker.workplace import Workplace

HOUR_MS = 3_600_000
ORPHAN_MS = HOUR_MS  # a folder without a film is removed when it was seen so for that long
JOBS_KEPT_MS = 24 * HOUR_MS  # after their end
WORKERS_KEPT_MS = 7 * 24 * HOUR_MS
ROWS_TURN, FILES_TURN = "janitor_rows", "janitor_files"
log = logging.getLogger(__name__)


class Janitor:
    """Of one worker; however many there are, one at a time has its turn."""

    def __init__(self, workplace: Workplace, orphan_ms: int = ORPHAN_MS) -> None:
        self._workplace, self._service, self._orphan_ms = workplace, workplace.service, orphan_ms

    def look(self, rows_every_ms: int = HOUR_MS // 12, files_every_ms: int = HOUR_MS) -> None:
        """Do what is due."""
        database = self._service.database
        with database.write() as session:
            rows = leftovers.claim_turn(session, ROWS_TURN, now_ms(session), rows_every_ms)
            files = leftovers.claim_turn(session, FILES_TURN, now_ms(session), files_every_ms)
        self._clean_scratch()
        if rows is not None:
            self._clean_rows()
        if files is not None:
            self._clean_films(files.get("orphans", {}))
            self._clean_results()

    def _clean_rows(self) -> None:
        service = self._service
        try:
            uploads.sweep(service)
        except MovieTaggerError as error:
            log.warning("uploads were not looked after: %s", error)
        webhooks.forget_old(service.database)
        with service.database.write() as session:
            now = now_ms(session)
            idempotency.remove_old(session, now)
            keys.remove_expired_logins(session, now)
            workers.forget(session, now - WORKERS_KEPT_MS)
            ended = workflows.ended_before(session, now - JOBS_KEPT_MS, limit=1000)
        service.jobs.forget(ended)

    def _clean_films(self, seen: dict[str, int]) -> None:
        """Folders without a film: only those that were seen so before, long enough ago that no upload can be on its way."""
        storage = self._service.storage
        folders = {f"{place}/{name}": name for place in ("films", "results") for name in storage.folders(place)}
        with self._service.database.read() as session:
            now = now_ms(session)
            unknown = leftovers.unknown_movies(session, set(folders.values()))
            gone = leftovers.gone_originals(session, set(folders.values()))
        orphans = {key: seen.get(key, now) for key, movie_id in folders.items() if movie_id in unknown}
        due = [key for key, since in orphans.items() if now - since >= self._orphan_ms]
        for key in due + [f"films/{movie_id}" for movie_id in sorted(gone) if f"films/{movie_id}" in folders]:
            log.info("%s belongs to no film and is removed", key)
            storage.delete(key)
        with self._service.database.write() as session:
            leftovers.remember(session, FILES_TURN, {"orphans": {key: since for key, since in orphans.items() if key not in due}})

    def _clean_results(self) -> None:
        """Folders of attempts that do not count; the rows are read after the folders, so that a new attempt's is safe."""
        storage = self._service.storage
        folders = {movie_id: storage.folders(f"results/{movie_id}") for movie_id in storage.folders("results")}
        with self._service.database.read() as session:
            wanted = leftovers.wanted_results(session, folders.keys())
        for movie_id, keep in wanted.items():
            for name in sorted(set(folders[movie_id]) - keep):
                log.info("results/%s/%s is of an attempt that does not count and is removed", movie_id, name)
                storage.delete(f"results/{movie_id}/{name}")

    def _clean_scratch(self) -> None:
        """Scratch folders of workers that are gone for long; a folder in use is written to more often than that."""
        scratch = self._service.settings.scratch
        if not scratch.is_dir():
            return
        with self._service.database.read() as session:
            alive = {worker.executor_id for worker in workers.alive(session, HOUR_MS)}
        for folder in scratch.iterdir():
            if folder.name not in alive and time.time() - folder.stat().st_mtime > 60:
                shutil.rmtree(folder, ignore_errors=True)
