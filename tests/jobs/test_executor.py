"""Two steps, and a process that dies between them."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import sqlalchemy as sa

from service.jobs import Executor, Handlers, JobQueue
from service.store import workflows
from service.store.engine import Database, now_ms
from service.store.tables import Run

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["service.jobs"])


def execute_jobs(url: str, executor_id: str, folder: Path) -> None:
    """A process that notes its steps; while the file `deadly` lies there, publishing kills it."""

    def note(text: str) -> None:
        with (folder / "notes").open("a") as stream:
            stream.write(f"{text}\n")

    def execute(run_id: str) -> dict[str, str]:
        note(f"{executor_id} executes {run_id}")
        return {"by": executor_id}

    def publish(outcome: dict[str, str]) -> None:
        if (folder / "deadly").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        note(f"{executor_id} publishes what {outcome['by']} executed")

    database = Database(url)
    executor = Executor(database, executor_id, Handlers(execute, publish, note, note))
    executor.launch()
    while not (folder / "stop").exists():
        time.sleep(0.05)
    executor.stop_taking()
    assert executor.wait_idle(5)
    assert executor.shutdown()
    database.close()


def test_who_goes_on_begins_at_the_step_that_was_not_done(tmp_path, database_url):
    database = Database(database_url)
    queue = JobQueue(database)
    (tmp_path / "deadly").touch()
    first = _context.Process(target=execute_jobs, args=(database_url, "first", tmp_path))
    first.start()
    with database.write() as session:
        queue.enqueue_run(session, Run(id="run_1", priority=5))
        session.expunge_all()
    first.join(30)
    assert first.exitcode == -signal.SIGKILL
    (tmp_path / "deadly").unlink()
    with database.write() as session:
        assert workflows.busy_executors(session) == {"first"}
        assert workflows.hand_on(session, ["first"], now_ms(session), counts=True) == ["run_1"]
        queue.enqueue_import(session, "imp_1")
    second = _context.Process(target=execute_jobs, args=(database_url, "second", tmp_path))
    second.start()
    expected = {"first executes run_1", "second publishes what first executed", "imp_1"}
    end = time.monotonic() + 30
    while set((tmp_path / "notes").read_text().splitlines()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    (tmp_path / "stop").touch()
    second.join(30)
    assert second.exitcode == 0
    assert sorted((tmp_path / "notes").read_text().splitlines()) == sorted(expected)
    with database.read() as session:
        schema = workflows._schema(session)
        table = sa.table("workflow_input", sa.column("workflow_uuid"), sa.column("inputs"), schema=schema)
        inputs = session.scalars(sa.select(table.c.inputs).where(table.c.workflow_uuid == "run_1")).one()
        assert inputs == '{"args": ["run_1"], "kwargs": {}}'  # plain JSON, nothing that runs when it is read
    queue.close()
    database.close()
