"""Runs: beginning an attempt, its progress, its end; each is one transaction with the film's own row.

The film's row is always locked before the run's. A film shows the state of its newest run alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store import feedback, objects, workflows
from service.store.movies import replace_tags
from service.store.tables import OPEN_STATES, Import, Movie, Retag, Run, RunKind, Source, State

NO_PROGRESS: Mapping[str, Any] = {"stages": {}, "remaining_seconds": None}  # of a run that waits, or begins


@dataclass(frozen=True)
class Attempt:
    """One execution of a run, and what it needs to know of its film."""

    run_id: str
    number: int  # only the newest may publish
    kind: RunKind
    parameters: dict[str, Any]
    movie_id: str
    source: Source
    path: str
    file_name: str
    size_bytes: int
    modified_ns: int | None
    sha256: str | None
    result_key: str | None  # folder of the result that is published now

    @property
    def folder(self) -> str:
        """Where this attempt, and no other, writes."""
        return f"results/{self.movie_id}/{self.run_id}-{self.number}"


@dataclass(frozen=True)
class Published:
    """What the rows keep of a result."""

    key: str
    result: dict[str, Any]  # as stored
    backbone_sha256: str | None
    picture: dict[str, Any]  # {"frame", "blurred"}


class Standing(Enum):
    """What an attempt is to do next."""

    GO_ON = auto()
    CANCELLED = auto()  # somebody asked to stop it
    DELETED = auto()  # the film is gone
    SUPERSEDED = auto()  # the run has ended, or belongs to somebody else


def begin(session: Session, run_id: str, executor_id: str, now: int) -> Attempt | Standing:
    """Draw the next attempt's number for the executor that holds the run; otherwise tell why there is nothing to do."""
    found = _locked(session, run_id)
    if found is None:
        return Standing.DELETED
    movie, run = found
    if run.state not in OPEN_STATES or not workflows.is_executing(session, run_id, executor_id):
        return Standing.SUPERSEDED
    if run.cancel_requested:
        return Standing.CANCELLED
    run.attempt, run.executor_id = run.attempt + 1, executor_id
    run.started_at = run.started_at or now
    run.stage, run.progress = None, dict(NO_PROGRESS)
    _set_state(movie, run, State.RUNNING, now)
    return Attempt(
        run_id=run.id,
        number=run.attempt,
        kind=RunKind(run.kind),
        parameters=run.parameters,
        movie_id=movie.id,
        source=Source(movie.source),
        path=movie.path,
        file_name=movie.file_name,
        size_bytes=movie.size_bytes,
        modified_ns=movie.modified_ns,
        sha256=movie.sha256,
        result_key=movie.result_key,
    )


def standing(session: Session, attempt: Attempt) -> Standing:
    """Whether an attempt may go on."""
    row = session.execute(sa.select(Run.state, Run.attempt, Run.cancel_requested).where(Run.id == attempt.run_id)).one_or_none()
    if row is None:
        return Standing.DELETED
    if row.state != State.RUNNING or row.attempt != attempt.number:
        return Standing.SUPERSEDED
    return Standing.CANCELLED if row.cancel_requested else Standing.GO_ON


def write_progress(session: Session, attempt: Attempt, stage: str, progress: dict[str, Any], now: int) -> None:
    """Tell how far an attempt is; nothing happens when it is no longer the one that counts."""
    session.execute(sa.select(Movie.id).where(Movie.id == attempt.movie_id).with_for_update())
    mine = sa.update(Run).where(Run.id == attempt.run_id, Run.attempt == attempt.number, Run.state == State.RUNNING)
    written = session.execute(mine.values(stage=stage, progress=progress, updated_at=now).returning(Run.id)).first()
    if written is not None:
        session.execute(sa.update(Movie).where(Movie.id == attempt.movie_id, Movie.run_id == attempt.run_id).values(updated_at=now))


def end(session: Session, run_id: str, state: State, error: dict[str, Any] | None, now: int, attempt: int | None = None) -> Movie | None:
    """End an open run without a result; the film, or None where the run is not open (or not at this attempt) any more."""
    found = _locked(session, run_id)
    if found is None:
        return None
    movie, run = found
    if run.state not in OPEN_STATES or (attempt is not None and run.attempt != attempt):
        return None
    run.error, run.finished_at = error, now
    if movie.run_id == run.id:
        movie.error = error
    _set_state(movie, run, state, now)
    return movie


def publish(session: Session, attempt: Attempt, published: Published, now: int) -> Movie | Standing:
    """Make an attempt's result the film's: the film, or why that may not be."""
    found = _locked(session, attempt.run_id)
    if found is None:
        return Standing.DELETED
    movie, run = found
    if movie.result_key == published.key:
        return movie  # this was done before, and only the news of it was lost
    # An attempt that was executed and handed on before this step is queued again, and is still the one that counts.
    if run.state not in OPEN_STATES or run.attempt != attempt.number:
        return Standing.SUPERSEDED
    if run.cancel_requested:
        return Standing.CANCELLED
    _store_result(session, movie, published, now)
    run.error, run.finished_at, run.stage = None, now, None
    run.progress = {"stages": dict.fromkeys(run.progress["stages"], 100), "remaining_seconds": 0}
    movie.error = None
    _set_state(movie, run, State.SUCCEEDED, now)
    return movie


def hand_on(session: Session, executor_ids: list[str], now: int, *, counts: bool) -> list[str]:
    """Give all work of these executors back to its queues; its ids. `counts`: as executions that came to nothing."""
    for job_id in workflows.in_hands_of(session, executor_ids):
        found = _locked(session, job_id)
        if found and found[1].state == State.RUNNING:
            found[1].executor_id, found[1].stage, found[1].progress = None, None, dict(NO_PROGRESS)
            _set_state(*found, State.QUEUED, now)
    session.flush()
    return workflows.hand_on(session, executor_ids, now, counts=counts)


def astray(session: Session, before_ms: int) -> list[tuple[str, str | None]]:
    """Open runs that have not changed since then, and whose job is at an end (its status) or missing (None)."""
    return workflows.astray(session, Run.id, sa.and_(Run.state.in_(OPEN_STATES), Run.updated_at <= before_ms))


def unwanted_jobs(session: Session, name: str) -> list[str]:
    """Queued jobs whose run is gone or at an end."""
    return workflows.orphans(session, name, lambda job_id: sa.exists().where(Run.id == job_id, Run.state.in_(OPEN_STATES)))


def open_counts(session: Session) -> dict[str, int]:
    """How many runs are queued, and how many at work."""
    query = sa.select(Run.state, sa.func.count()).where(Run.state.in_(OPEN_STATES)).group_by(Run.state)
    return dict.fromkeys(OPEN_STATES, 0) | {row[0]: row[1] for row in session.execute(query)}


def astray_chores(session: Session, table: type[Import] | type[Retag]) -> list[tuple[str, str | None]]:
    """Open imports, or retags of the library, whose job is at an end (its status) or missing (None)."""
    ids = Import.id if table is Import else Retag.id
    return workflows.astray(session, ids, table.state.in_(OPEN_STATES))


def end_chore(
    session: Session, table: type[Import] | type[Retag], chore_id: str, state: State, error: dict[str, Any] | None, now: int
) -> None:
    """End an import, or a retag of the library, that is still open."""
    still_open = sa.update(table).where(table.id == chore_id, table.state.in_(OPEN_STATES))
    session.execute(still_open.values(state=state, error=error, finished_at=now))


def _store_result(session: Session, movie: Movie, published: Published, now: int) -> None:
    result = published.result
    movie.result_key, movie.result_at = published.key, now
    movie.duration_ms, movie.film, movie.model = result["film"]["duration_ms"], result["film"], result["model"]
    movie.tags, movie.warnings, movie.parameters = result["tags"], result["warnings"], result["parameters"]
    movie.backbone_sha256, movie.picture = published.backbone_sha256, published.picture
    if movie.source == Source.IMPORT:
        movie.sha256 = result["film"]["sha256"]
    session.flush()
    replace_tags(session, movie.id, result["scores"], [tag["tag"] for tag in result["tags"]])
    objects.replace_objects(session, movie.id, result.get("objects", {}).get("tracks", ()))
    feedback.renumber(session, movie.id, [frame["time_ms"] for frame in result["frames"]])


def _set_state(movie: Movie, run: Run, state: State, now: int) -> None:
    run.state, run.updated_at = state, now
    if movie.run_id == run.id:
        movie.state = state
    movie.updated_at = now


def _locked(session: Session, run_id: str) -> tuple[Movie, Run] | None:
    movie_id = session.scalar(sa.select(Run.movie_id).where(Run.id == run_id))
    movie = session.get(Movie, movie_id, with_for_update=True) if movie_id else None
    run = session.get(Run, run_id, with_for_update=True) if movie else None
    return (movie, run) if movie and run else None
