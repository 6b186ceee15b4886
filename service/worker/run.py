"""A run's two steps: execute it in a folder of the attempt, then publish that folder in one transaction."""

import logging
from contextlib import suppress
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from service.endings import end_run, publish_run
from service.errors import DatabaseUnavailable, FilmError, MovieTaggerError, NotFound, StorageUnavailable, TaggingCancelled
from service.failures import INTERNAL, failure, internal_failure
from service.outputs import read_result
from service.store import runs
from service.store.engine import now_ms
from service.store.runs import Attempt, Published, Standing
from service.store.tables import Movie, RunKind, Source, State
from service.timeline.telling import telling_frame
from service.worker.companion import Companion
from service.worker.patience import patiently, with_database
from service.worker.progress import Progress
from service.worker.retagging import retag
from service.worker.tagging import tag
from service.worker.workplace import Workplace

NOTHING: dict[str, Any] = {"attempt": None}  # there is nothing to publish
log = logging.getLogger(__name__)


class Runner:
    """Executes and publishes runs; whatever happens to a film ends in its rows, never in an exception."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._service = workplace.service

    def execute(self, run_id: str) -> dict[str, Any]:
        """Draw an attempt and execute it; what `publish` is to know."""
        begun = with_database(lambda: self._begin(run_id))
        if not isinstance(begun, Attempt):
            return NOTHING
        log.info("run %s: attempt %d begins", run_id, begun.number)
        progress = Progress()
        with Companion(self._service.database, begun, progress, lambda: self._end(begun, State.CANCELLED)) as companion:
            backbone = self._executed(begun, progress, companion)
        if companion.standing is Standing.CANCELLED:
            self._end(begun, State.CANCELLED)  # unless the companion has done so already
        if backbone is not None:
            return {"attempt": asdict(begun), "backbone": backbone}
        self._clean(begun, companion.standing)
        return NOTHING

    def publish(self, outcome: dict[str, Any]) -> None:
        """Make the executed attempt's result the film's, unless another attempt counts or nobody wants it any more."""
        if outcome["attempt"] is None:
            return
        facts = outcome["attempt"]
        attempt = Attempt(**{**facts, "kind": RunKind(facts["kind"]), "source": Source(facts["source"])})
        try:
            movie = self._published(attempt, outcome["backbone"])
        except Exception as error:
            self._fail(attempt, error)
            self._clean(attempt, Standing.SUPERSEDED)
            return
        if isinstance(movie, Movie):
            log.info("run %s: attempt %d is published", attempt.run_id, attempt.number)
            self._workplace.metrics.runs.labels(State.SUCCEEDED).inc()
            self._remove_what_was_replaced(attempt, movie)
            return
        if movie is Standing.CANCELLED:
            self._end(attempt, State.CANCELLED)
        self._clean(attempt, movie)

    def _begin(self, run_id: str) -> Attempt | Standing:
        with self._service.database.write() as session:
            now = now_ms(session)
            begun = runs.begin(session, run_id, self._workplace.executor_id, now)
            if begun is Standing.CANCELLED:
                end_run(session, run_id, State.CANCELLED, None, now)
        return begun

    def _executed(self, attempt: Attempt, progress: Progress, companion: Companion) -> str | None:
        """Go through the stages; the backbone's hash, or None where nothing came of it."""
        stages = retag if attempt.kind is RunKind.RETAG else tag
        try:
            backbone = patiently(lambda: stages(self._workplace, attempt, progress, companion), companion.check)
            with_database(companion.look)  # the last look may be half a second old
            companion.check()
            return backbone
        except TaggingCancelled as error:
            log.info("%s", error)
        except Exception as error:
            if companion.is_over():
                log.info("run %s: attempt %d is no longer wanted", attempt.run_id, attempt.number)
            else:
                self._fail(attempt, error)
        return None

    def _published(self, attempt: Attempt, backbone: str) -> Movie | Standing:
        storage = self._service.storage
        try:
            result = patiently(lambda: read_result(storage, attempt.folder), lambda: None)
        except NotFound:
            with self._service.database.read() as session:
                where = runs.standing(session, attempt)
            if where is Standing.GO_ON:
                raise
            return where
        picture = asdict(telling_frame(result, self._service.vocabulary.blurred))
        published = Published(attempt.folder, result, backbone, picture)
        return with_database(lambda: self._publish(attempt, published))

    def _publish(self, attempt: Attempt, published: Published) -> Movie | Standing:
        with self._service.database.write() as session:
            movie = publish_run(session, attempt, published, now_ms(session))
            if isinstance(movie, Movie) and movie.source == Source.UPLOAD and attempt.kind is RunKind.TAG:
                movie.original_gone = not (movie.keep_original and self._service.settings.keep_originals)
        return movie

    def _fail(self, attempt: Attempt, error: Exception) -> None:
        kind = type(error).__name__
        if isinstance(error, FilmError):
            self._workplace.metrics.failures.labels(kind).inc()
        if isinstance(error, MovieTaggerError):
            log.warning("run %s: attempt %d failed: %s: %s", attempt.run_id, attempt.number, kind, error)
        else:
            log.error("run %s: attempt %d failed", attempt.run_id, attempt.number, exc_info=error)
        self._end(attempt, State.FAILED, self._told(attempt, error))

    def _told(self, attempt: Attempt, error: Exception) -> dict[str, Any]:
        """The error for people: without paths of this machine."""
        if not isinstance(error, MovieTaggerError):
            return internal_failure(INTERNAL)
        scratch = self._workplace.scratch / f"film{PurePath(attempt.path).suffix}"
        local = None if attempt.source is Source.IMPORT else self._service.storage.local_path(attempt.path)
        return failure(error, attempt.file_name, attempt.path, str(scratch), str(local or ""))

    def _end(self, attempt: Attempt, state: State, error: dict[str, Any] | None = None) -> None:
        def act() -> bool:
            with self._service.database.write() as session:
                return end_run(session, attempt.run_id, state, error, now_ms(session), attempt.number)

        if with_database(act):
            self._workplace.metrics.runs.labels(state).inc()

    def _clean(self, attempt: Attempt, standing: Standing) -> None:
        """Remove what an attempt wrote in vain; of a deleted film everything. What stays behind the janitor finds."""
        with suppress(DatabaseUnavailable, StorageUnavailable, OSError):
            if standing is not Standing.DELETED and self._is_published(attempt):
                return
            self._service.storage.delete(f"results/{attempt.movie_id}" if standing is Standing.DELETED else attempt.folder)

    def _is_published(self, attempt: Attempt) -> bool:
        with self._service.database.read() as session:
            movie = session.get(Movie, attempt.movie_id)
            return movie is not None and movie.result_key == attempt.folder

    def _remove_what_was_replaced(self, attempt: Attempt, movie: Movie) -> None:
        with suppress(StorageUnavailable, OSError):
            if attempt.result_key and attempt.result_key != attempt.folder:
                self._service.storage.delete(attempt.result_key)
            if movie.original_gone:
                self._service.storage.delete(f"films/{movie.id}")
