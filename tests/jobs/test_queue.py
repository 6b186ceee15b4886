"""The queue's own promises: one transaction with the caller's rows, nothing lost, nothing waited for."""

import time

import pytest

from service.context import open_service
from service.errors import DatabaseUnavailable
from service.jobs import JobQueue, migrate_jobs
from service.results import Parameters
from service.settings import load_settings
from service.store import movies, workflows
from service.store.engine import Database, new_id, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Run, Source

FIELDS = MovieFields(Parameters("keyframe", "pyav", False, False, None, None))


@pytest.fixture
def service(tmp_path, database_url):
    service = open_service(load_settings(data_dir=tmp_path / "data", database_url=database_url))
    yield service
    service.close()


def add(service, session) -> str:
    movie_id = new_id("mov")
    movie = movies.insert(session, movie_id, FilmFile(Source.UPLOAD, "films/x", "a.mp4", 3, movie_id), FIELDS, None, now_ms(session))
    assert movie is not None
    service.jobs.enqueue_run(session, session.get_one(Run, movie.run_id))
    return movie.run_id


def status(service, run_id):
    with service.database.read() as session:
        return workflows.status(session, run_id)


def test_a_run_is_queued_with_its_row(service):
    with service.database.write() as session:
        run_id = add(service, session)
    assert status(service, run_id) == "ENQUEUED"
    service.jobs.withdraw(run_id)
    assert status(service, run_id) == "CANCELLED"


def test_what_is_rolled_back_was_never_queued(service):
    def fail():
        with service.database.write() as session:
            run_ids.append(add(service, session))
            raise KeyError("on purpose")

    run_ids: list[str] = []
    with pytest.raises(KeyError):
        fail()
    assert status(service, run_ids[0]) is None
    with service.database.read() as session:
        assert session.get(Run, run_ids[0]) is None


def test_a_run_is_withdrawn_in_the_callers_transaction(service):
    with service.database.write() as session:
        run_id = add(service, session)
    with service.database.write() as session:
        service.jobs.withdraw(run_id, session)
    assert status(service, run_id) == "CANCELLED"


def test_a_pause_outlasts_another_migration(service):
    assert not service.jobs.is_paused()
    service.jobs.pause()
    migrate_jobs(service.database)
    assert service.jobs.is_paused()
    service.jobs.resume()
    assert not service.jobs.is_paused()


def test_ended_jobs_are_forgotten(service):
    with service.database.write() as session:
        run_id = add(service, session)
        service.jobs.withdraw(run_id, session)
    with service.database.read() as session:
        assert workflows.ended_before(session, now_ms(session) + 1000, 10) == [run_id]
    service.jobs.forget([run_id])
    assert status(service, run_id) is None


def test_a_database_that_is_away_is_told_and_not_waited_for():
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    queue = JobQueue(database)
    for act in (queue.is_paused, queue.pause, lambda: queue.withdraw("run_1"), lambda: migrate_jobs(database)):
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            act()
        assert time.monotonic() - began < 10
    queue.close()
    database.close()
