"""Imports of films that are on disk already: read in place, never copied, moved, written or deleted. A folder is a job of its own."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from service.context import Service
from service.errors import DatabaseUnavailable, InvalidRequest, OutsideRoots, WrongState
from service.failures import failure
from service.library_walk import Look, Outcome, allowed_path, look_again, walk
from service.results import Parameters
from service.store import imports, movies
from service.store.engine import Session, new_id, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import OPEN_STATES, Import, ImportFile, Movie, Run, RunKind, Source, State
from service.webhook_urls import check_url

__all__ = [
    "PRIORITY",
    "Outcome",
    "begin_import",
    "cancel_import",
    "get_import",
    "import_files",
    "list_imports",
    "run_import",
    "take_in_again",
    "take_in_new",
]

PRIORITY = 7  # uploads by hand have 5 and go first
BATCH = 100  # files in one transaction
AWAY_SECONDS = 1.0  # between tries while the database is away
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenFile:
    """What became of one file."""

    outcome: Outcome
    movie_id: str | None = None
    reason: str | None = None


def begin_import(service: Service, path: str, fields: MovieFields, key_id: str | None) -> Import:
    """Queue an import of a file or folder. Raises OutsideRoots, InvalidRequest or WebhookRefused."""
    start = allowed_path(path, service.settings.import_roots)
    if fields.webhook_url is not None:
        check_url(fields.webhook_url, service.settings)
    with service.database.write() as session:
        job = imports.add(session, new_id("imp"), str(start), key_id, asdict(fields), now_ms(session))
        service.jobs.enqueue_import(session, job.id)
        return job


def get_import(service: Service, import_id: str) -> Import:
    """One import. Raises NotFound."""
    with service.database.read() as session:
        return imports.get(session, import_id)


def list_imports(service: Service, limit: int, before: str | None = None) -> list[Import]:
    """Imports, newest first, beginning behind the one with the id `before`."""
    with service.database.read() as session:
        return imports.page(session, limit, before)


def import_files(service: Service, import_id: str, outcome: str | None, limit: int, after: str | None = None) -> list[ImportFile]:
    """What became of files, in order of their paths, beginning behind the path `after`. Raises NotFound."""
    with service.database.read() as session:
        imports.get(session, import_id)
        return imports.files_page(session, import_id, outcome, limit, after)


def cancel_import(service: Service, import_id: str) -> Import:
    """Take in no more of its files; films that were taken in stay. Raises NotFound, or WrongState when it is at its end."""
    with service.database.write() as session:
        job = imports.get(session, import_id, lock=True)
        if job.state not in OPEN_STATES:
            raise WrongState(f"The import is {job.state}; only a queued or running one can be cancelled.")
        was_queued = job.state == State.QUEUED
        job.state, job.finished_at = State.CANCELLED, now_ms(session)
        if was_queued:
            service.jobs.withdraw(import_id, session)
        return job


def run_import(service: Service, import_id: str, cancelled: Callable[[], bool], batch: int = BATCH) -> None:
    """The job: take in the films in batches; called again after a crash, or when the database is back, it passes over what it has noted.

    `cancelled` says that this process ends; the import stays open then, and another goes on with it.
    """
    while not cancelled():
        try:
            _run(service, import_id, cancelled, batch)
            return
        except DatabaseUnavailable as error:
            log.warning("import %s waits: %s", import_id, error)
            time.sleep(AWAY_SECONDS)


def _run(service: Service, import_id: str, cancelled: Callable[[], bool], batch: int) -> None:
    with service.database.write() as session:
        job = imports.get(session, import_id, lock=True)
        if job.state not in OPEN_STATES:
            return
        job.state = State.RUNNING
    try:
        start = allowed_path(job.path, service.settings.import_roots)
    except (OutsideRoots, InvalidRequest) as error:
        _end(service, import_id, State.FAILED, failure(error, ""))
        return
    for found in _batches(walk(start, service.settings.import_roots), batch):
        if cancelled() or not _take_in_batch(service, import_id, found):
            return
    _end(service, import_id, State.SUCCEEDED)


def _end(service: Service, import_id: str, state: State, error: dict[str, Any] | None = None) -> None:
    with service.database.write() as session:
        job = imports.get(session, import_id, lock=True)
        if job.state == State.RUNNING:
            job.state, job.error, job.finished_at = state, error, now_ms(session)


def _batches(looks: Iterator[Look], size: int) -> Iterator[dict[str, Look]]:
    """Files by path, so that each is there once however many links lead to it."""
    while batch := list(islice(looks, size)):
        yield {found.path: found for found in batch}


def _take_in_batch(service: Service, import_id: str, batch: Mapping[str, Look]) -> bool:
    """One transaction; False when the import was cancelled meanwhile."""
    again = {path: look_again(found) for path, found in batch.items()}
    with service.database.write() as session:
        job = imports.get(session, import_id, lock=True)
        if job.state != State.RUNNING:
            return False
        done = imports.noted(session, import_id, list(again))
        taken = _take_in(service, session, job, {path: found for path, found in again.items() if path not in done})
        imports.note(session, job, ({"path": path, **asdict(file)} for path, file in taken.items()))
        return True


def _take_in(service: Service, session: Session, job: Import, batch: Mapping[str, Look]) -> dict[str, TakenFile]:
    there = imports.movies_at(session, list(batch))
    fields, now = _fields(job), now_ms(session)
    new = {new_id("mov"): found for path, found in batch.items() if found.outcome is None and path not in there}
    taken = take_in_new(service, session, new, fields, job.key_id, now)
    for path, found in batch.items():
        if found.outcome is not None:
            taken[path] = TakenFile(found.outcome, reason=found.reason)
        elif path in there:
            taken[path] = take_in_again(service, session, found, there[path], fields, job.key_id, now)
    return taken


def take_in_new(
    service: Service, session: Session, new: Mapping[str, Look], fields: MovieFields, key_id: str | None, now: int
) -> dict[str, TakenFile]:
    """Add films by id with their jobs in this transaction; by path what became of them."""
    runs = movies.insert_many(session, {movie_id: _film_file(found) for movie_id, found in new.items()}, fields, key_id, now)
    for run in runs:
        service.jobs.enqueue_run(session, run)
    added = {run.movie_id for run in runs}
    # What could not be added is there since a moment ago: another import was quicker.
    return {
        found.path: TakenFile(Outcome.NEW, movie_id) if movie_id in added else TakenFile(Outcome.UNCHANGED, _id_at(session, found.path))
        for movie_id, found in new.items()
    }


def _id_at(session: Session, path: str) -> str | None:
    movie = movies.by_path(session, path)
    return movie.id if movie else None


def take_in_again(
    service: Service, session: Session, found: Look, movie: Movie, fields: MovieFields, key_id: str | None, now: int
) -> TakenFile:
    """Tag a film anew if its file has changed, with its job in this transaction."""
    if (movie.size_bytes, movie.modified_ns) == (found.size_bytes, found.modified_ns):
        return TakenFile(Outcome.UNCHANGED, movie.id)
    run = session.get_one(Run, movie.run_id)
    if movie.state in OPEN_STATES and (movie.state == State.RUNNING or run.kind != RunKind.TAG):
        return TakenFile(Outcome.LATER, movie.id, "It has changed while it is being tagged; import it again when that is done.")
    movie.size_bytes, movie.modified_ns, movie.sha256, movie.updated_at = found.size_bytes, found.modified_ns, None, now
    if movie.state != State.QUEUED:  # a queued one has not been read yet
        movie.parameters, movie.priority = asdict(fields.parameters), fields.priority
        movie.webhook_url, movie.key_id = fields.webhook_url, key_id
        service.jobs.enqueue_run(session, movies.add_run(session, movie, RunKind.TAG, new_id("run"), now))
    return TakenFile(Outcome.CHANGED, movie.id)


def _film_file(found: Look) -> FilmFile:
    return FilmFile(
        source=Source.IMPORT,
        path=found.path,
        file_name=os.path.basename(found.path),
        size_bytes=found.size_bytes,
        sha256=None,
        modified_ns=found.modified_ns,
    )


def _fields(job: Import) -> MovieFields:
    return MovieFields(**{**job.fields, "parameters": Parameters(**job.fields["parameters"])})
