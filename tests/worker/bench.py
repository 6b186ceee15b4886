"""What the tests of workers share: a service of a test's own, its films, its worker processes."""

import hashlib
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from service import movies
from service.context import open_service
from service.results import Parameters
from service.settings import load_settings
from service.store import workflows
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Movie, Run, Source, WebhookEvent
from tests.worker import process

PARAMETERS = Parameters("keyframe", "pyav", False, False, None, None)
PATIENCE = 240  # seconds, for what takes two on a quiet machine: where each beat of a heart comes late, nobody is taken for dead for long
_context = multiprocessing.get_context("forkserver")  # a worker is there at once: what it imports is loaded one time
_context.set_forkserver_preload(["tests.worker.process", "service.endings", "service.imports", "service.retags"])


class Bench:
    """A service in a folder of its own."""

    def __init__(self, folder: Path, database_url: str, **settings) -> None:
        self.control = folder / "control"
        self.control.mkdir()
        given = {"heartbeat_seconds": 0.3, "dead_after_seconds": 1.5, "grace_seconds": 0.5, "disk_reserve_bytes": 0}
        self.settings = load_settings(data_dir=folder / "data", database_url=database_url, **{**given, **settings})
        self.service = open_service(self.settings)
        self.workers: list[multiprocessing.process.BaseProcess] = []

    def close(self) -> None:
        for worker in self.workers:
            if worker.is_alive() and worker.pid:
                os.kill(worker.pid, signal.SIGCONT)
                worker.kill()
            worker.join()
        self.service.close()

    def start_worker(self, **settings):
        """With settings of its own, where they are given."""
        worker = _context.Process(target=process.main, args=(self.settings.model_copy(update=settings), self.control))
        worker.start()
        self.workers.append(worker)
        return worker

    def set(self, **settings) -> None:
        """Other settings for the workers that are started from now on."""
        self.settings = self.settings.model_copy(update=settings)

    def hold(self, stage: str) -> Path:
        path = self.control / f"hold-{stage}"
        path.touch()
        return path

    def add(self, film: Path, name: str = "film.mp4", content: str = "", **changes) -> Movie:
        """Take a film in, as the API does; `content` tells films apart."""
        fields = MovieFields(**{"parameters": PARAMETERS, "webhook_url": "https://example.org/hook", **changes})
        movie_id = movies.new_movie_id()
        key = f"films/{movie_id}/film{film.suffix}"
        self.service.storage.put(key, film.read_bytes())
        file = FilmFile(Source.UPLOAD, key, name, film.stat().st_size, sha256_of(movie_id + content))
        return movies.take_in(self.service, movie_id, file, fields, None).movie

    def poison(self, film: Path) -> Movie:
        return self.add(film, "poison.mp4", parameters=replace(PARAMETERS, top=process.POISON_TOP))

    def movie(self, movie: Movie) -> Movie:
        with self.service.database.read() as session:
            return session.get_one(Movie, movie.id)

    def run(self, movie: Movie) -> Run:
        with self.service.database.read() as session:
            return session.get_one(Run, session.get_one(Movie, movie.id).run_id)

    def events(self, movie: Movie) -> list[str]:
        with self.service.database.read() as session:
            return [event.type for event in session.query(WebhookEvent).filter_by(movie_id=movie.id)]

    def job(self, movie: Movie) -> str | None:
        with self.service.database.read() as session:
            return workflows.status(session, movie.run_id)

    def set_job(self, movie: Movie, **values) -> None:
        """Change a job as DBOS itself might, or take it away."""
        with self.service.database.write() as session:
            table = sa.table("workflow_status", *map(sa.column, ("workflow_uuid", *values)), schema=workflows._schema(session))
            mine = table.c.workflow_uuid == movie.run_id
            session.execute(sa.update(table).where(mine).values(values) if values else sa.delete(table).where(mine))

    def executions(self, movie: Movie) -> int:
        """How many of the film's executions count."""
        with self.service.database.read() as session:
            columns = (sa.column("workflow_uuid", sa.Text), sa.column("recovery_attempts", sa.Integer))
            table = sa.table("workflow_status", *columns, schema=workflows._schema(session))
            return int(session.scalar(sa.select(table.c.recovery_attempts).where(table.c.workflow_uuid == movie.run_id)) or 0)

    def results(self, movie: Movie) -> list[str]:
        return self.service.storage.folders(f"results/{movie.id}")

    def wait(self, what, seconds: float = PATIENCE):
        """Until `what()` is true; its answer."""
        end = time.monotonic() + seconds
        while not (answer := what()):
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.05)
        return answer

    def wait_state(self, movie: Movie, *states: str) -> Movie:
        end = time.monotonic() + PATIENCE
        while (found := self.movie(movie)).state not in states:
            assert time.monotonic() < end, (found.state, found.error, self.run(movie).progress, self.job(movie))
            time.sleep(0.05)
        return found

    def wait_stage(self, movie: Movie, stage: str) -> Run:
        self.wait(lambda: self.run(movie).stage == stage)
        return self.run(movie)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def descendants(worker):
    return psutil.Process(worker.pid).children(recursive=True)


def kill_now(worker) -> None:
    """As the kernel does when memory is short."""
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()


def pause(bench: Bench, worker) -> None:
    """Stop a process, though not in the middle of a transaction: on SQLite all others would wait for it."""
    engine = sa.create_engine(bench.service.database.url, connect_args=_hurried(bench), poolclass=sa.NullPool)
    while True:
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("UPDATE service_settings SET name = name")
            return
        except OperationalError:
            go_on(worker)
            time.sleep(0.01)


def _hurried(bench: Bench) -> dict[str, object]:
    return {"timeout": 0.2} if bench.service.database.is_sqlite else {"options": "-c lock_timeout=200"}


def go_on(worker) -> None:
    os.kill(worker.pid, signal.SIGCONT)
