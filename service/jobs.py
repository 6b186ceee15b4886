"""Durable jobs by DBOS; the only file that knows it. The API enqueues, worker processes execute (`Executor`).

A film's run is a workflow of two steps whose id is the run's: execute, then publish. DBOS keeps which step is done; whoever
goes on after a crash begins at the step that was not.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, Serializer
from dbos._sys_db import SystemDatabase

from service.store import workflows
from service.store.engine import Database, Session, database_errors, now_ms
from service.store.tables import Run, Setting

APPLICATION = "movietags"
APPLICATION_VERSION = "1"  # changes when a run begun by older code cannot be gone on with; docs/operations.md tells how to drain
FILMS, IMPORTS, RETAGS = "films", "imports", "retags"  # queues
TAG_MOVIE, IMPORT_LIBRARY, RETAG_LIBRARY = "tag_movie", "import_library", "retag_library"  # workflows
POLL_SECONDS = 0.25  # how soon an idle worker sees new work
CHORE_POLL_SECONDS = 1.0  # the same for imports and retags of the library
RECOVERIES = 2  # after the first execution: three in all
REMARK_SECONDS = 10.0  # between two remarks of DBOS of the same kind
_PAUSE = "queue"  # name of the setting


class _Json(Serializer):
    """What DBOS keeps of arguments, steps and errors: plain JSON, readable for an operator."""

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"error": type(data).__name__, "message": str(data)}
        return json.dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {"error", "message"}:
            return RuntimeError(f"{data['error']}: {data['message']}")
        return data

    def name(self) -> str:
        return "movietags_json"


class JobQueue:
    """Adds work to the queues and takes it away; never waits for a database that is away."""

    def __init__(self, database: Database) -> None:
        """Connects when first used."""
        _quiet()
        self._database = database
        self._client = _client(database)

    def enqueue_run(self, session: Session, run: Run) -> None:
        """Queue a film's run inside the caller's transaction."""
        self._enqueue(session, TAG_MOVIE, FILMS, run.id, run.priority)

    def enqueue_import(self, session: Session, import_id: str) -> None:
        """Queue the import of a library inside the caller's transaction."""
        self._enqueue(session, IMPORT_LIBRARY, IMPORTS, import_id, 1)

    def enqueue_retag(self, session: Session, retag_id: str) -> None:
        """Queue the tagging anew of a part of the library inside the caller's transaction."""
        self._enqueue(session, RETAG_LIBRARY, RETAGS, retag_id, 1)

    def withdraw(self, run_id: str, session: Session | None = None) -> None:
        """Take a queued run off its queue; one at work notices by its row that it is not wanted.

        In the caller's transaction if one is given; without it, never while one is open.
        """
        if session is not None:
            workflows.withdraw(session, [run_id], now_ms(session))
            return
        with self._database.write() as own:
            workflows.withdraw(own, [run_id], now_ms(own))

    def forget(self, ids: list[str]) -> None:
        """Remove what is kept of jobs that are at an end."""
        self._client.delete_workflows(ids)

    def pause(self) -> None:
        """Begin no more films; the ones at work are finished. Outlasts restarts."""
        self._set_paused(True)

    def resume(self) -> None:
        """Begin films again."""
        self._set_paused(False)

    def is_paused(self) -> bool:
        """Whether films wait."""
        with self._database.read() as session:
            return _is_paused(session)

    def close(self) -> None:
        """Give the client's resources back; the database's connections are not its own."""
        self._client.destroy()

    def _enqueue(self, session: Session, workflow: str, queue: str, job_id: str, priority: int) -> None:
        session.flush()
        options: EnqueueOptions = {"workflow_name": workflow, "queue_name": queue, "workflow_id": job_id, "priority": priority}
        self._client.enqueue_in_transaction(session, options, job_id)

    def _set_paused(self, paused: bool) -> None:
        with self._database.write() as session:
            session.merge(Setting(name=_PAUSE, value={"paused": paused}))
            workflows.set_worker_concurrency(session, FILMS, 0 if paused else 1)


def migrate_jobs(database: Database) -> None:
    """Create or bring up to date what DBOS keeps in the database, and the queues; changes nothing that is right already."""
    _quiet()
    with database_errors():
        _migrate_tables(database)
        client = _client(database)
        for queue, pause in ((FILMS, POLL_SECONDS), (IMPORTS, CHORE_POLL_SECONDS), (RETAGS, CHORE_POLL_SECONDS)):
            client.register_queue(queue, worker_concurrency=1, polling_interval_sec=pause)
        client.destroy()
    with database.write() as session:
        if _is_paused(session):
            workflows.set_worker_concurrency(session, FILMS, 0)


def _migrate_tables(database: Database) -> None:
    system = SystemDatabase.create(
        system_database_url=database.url.render_as_string(hide_password=False),
        engine_kwargs={},
        engine=None if database.is_sqlite else database.engine,  # its steps for SQLite begin transactions of their own
        schema=workflows.SCHEMA,
        serializer=_Json(),
        executor_id=None,
        use_listen_notify=False,
    )
    try:
        system.run_migrations()
    finally:
        system.destroy()


@dataclass(frozen=True)
class Handlers:
    """What a worker does for each kind of job. Handlers may be called again for the same job, also by another worker."""

    execute_run: Callable[[str], dict[str, Any]]  # run id -> what `publish_run` is to know, as JSON
    publish_run: Callable[[dict[str, Any]], None]
    run_import: Callable[[str], None]
    run_retag: Callable[[str], None]


class Executor:
    """Takes jobs off the queues and executes them, in threads of this process; there is one a process."""

    def __init__(self, database: Database, executor_id: str, handlers: Handlers) -> None:
        _quiet()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": database.engine,
            "dbos_system_schema": workflows.SCHEMA,
            "serializer": _Json(),
            "executor_id": executor_id,
            "application_version": APPLICATION_VERSION,
            "run_migrations": False,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 1.0,
            "scheduler_polling_interval_sec": 3600.0,
            "log_level": "WARNING",
        }
        self._dbos = DBOS(config=config)
        _register(handlers)

    def launch(self) -> None:
        """Begin to take work."""
        DBOS.listen_queues([FILMS, IMPORTS, RETAGS])
        DBOS.launch()

    def stop_taking(self) -> None:
        """Take no more work; what is at work goes on."""
        for event in self._dbos.background_thread_stop_events:
            event.set()

    @property
    def is_busy(self) -> bool:
        """Whether work is in hand."""
        return bool(self._dbos._active_workflows_set.activeList())

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no work is in hand, and say whether that came about in time."""
        deadline = time.monotonic() + seconds
        while self.is_busy and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.is_busy

    def shutdown(self, seconds: float = 1.0) -> bool:
        """Stop; work still in hand must have been handed back. Whether all threads ended, so that the process can end by itself."""
        DBOS.destroy(destroy_registry=True)
        deadline = time.monotonic() + seconds
        while any(thread.name.startswith("dbos-executor") for thread in threading.enumerate()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not any(thread.name.startswith("dbos-executor") for thread in threading.enumerate())


def _register(handlers: Handlers) -> None:
    """The workflows; their steps' names are in the database, and must stay for as long as the application's version does."""

    def tag_movie(run_id: str) -> None:
        outcome = DBOS.run_step({"name": "execute"}, handlers.execute_run, run_id)
        DBOS.run_step({"name": "publish"}, handlers.publish_run, outcome)

    def import_library(import_id: str) -> None:
        DBOS.run_step({"name": "import"}, handlers.run_import, import_id)

    def retag_library(retag_id: str) -> None:
        DBOS.run_step({"name": "retag"}, handlers.run_retag, retag_id)

    for name, function in ((TAG_MOVIE, tag_movie), (IMPORT_LIBRARY, import_library), (RETAG_LIBRARY, retag_library)):
        DBOS.workflow(name=name, max_recovery_attempts=RECOVERIES)(function)


def _client(database: Database) -> DBOSClient:
    return DBOSClient(
        system_database_engine=database.engine,
        dbos_system_schema=workflows.SCHEMA,
        serializer=_Json(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def _is_paused(session: Session) -> bool:
    setting = session.get(Setting, _PAUSE)
    return setting is not None and bool(setting.value["paused"])


class _Seldom(logging.Filter):
    """Lets a remark of the same place in DBOS pass once a while, as one line: while the database is away each look at a queue fails."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._passed.get(place, -REMARK_SECONDS) < REMARK_SECONDS:
            return False
        self._passed[place] = now
        record.msg, record.args = record.getMessage().partition("\n")[0], None
        return True


def _quiet() -> None:
    """DBOS' remarks go where ours go, warnings and worse alone: with a handler of its own it adds none to the console."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_Seldom())
    logger.setLevel(logging.WARNING)
