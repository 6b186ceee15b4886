"""Rows of ours and of the job engine that do not fit together, and how they are mended."""

import pytest
import sqlalchemy as sa

from service.store import workers, workflows
from service.store.engine import now_ms
from service.store.runs import hand_on
from service.store.tables import Import, Movie, Run
from service.worker.reconciler import reconcile


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"never looked at")
    return path


@pytest.mark.parametrize(
    ("job", "state", "kind"),
    [
        ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "failed", "stopped-its-worker"),
        ("ERROR", "failed", "internal"),
        ("SUCCESS", "failed", "internal"),
        ("CANCELLED", "cancelled", None),
    ],
)
def test_a_run_whose_job_is_at_an_end_ends(bench, film, job, state, kind):
    movie = bench.add(film)
    bench.set_job(movie, status=job)
    reconcile(bench.service, settled_ms=0)
    found = bench.movie(movie)
    assert (found.state, bench.run(movie).state) == (state, state)
    assert (found.error or {}).get("type") == kind
    assert bench.events(movie) == [f"movie.{state}"]
    reconcile(bench.service, settled_ms=0)
    assert len(bench.events(movie)) == 1


def test_a_run_without_a_job_is_queued_again(bench, film):
    movie = bench.add(film)
    bench.set_job(movie)
    assert bench.job(movie) is None
    reconcile(bench.service, settled_ms=0)
    assert (bench.job(movie), bench.movie(movie).state) == ("ENQUEUED", "queued")


def test_a_row_that_has_just_changed_is_left_alone(bench, film):
    movie = bench.add(film)
    bench.set_job(movie, status="ERROR")
    reconcile(bench.service)
    assert bench.movie(movie).state == "queued"


def test_jobs_of_films_that_are_gone_or_ended_are_withdrawn(bench, film):
    deleted, ended, waiting = (bench.add(film, content=name) for name in ("deleted", "ended", "waiting"))
    with bench.service.database.write() as session:
        session.delete(session.get_one(Movie, deleted.id))
        session.get_one(Run, ended.run_id).state = "cancelled"
    reconcile(bench.service, settled_ms=0)
    assert [bench.job(movie) for movie in (deleted, ended, waiting)] == ["CANCELLED", "CANCELLED", "ENQUEUED"]


def test_an_import_whose_job_failed_fails_and_one_without_a_job_is_queued(bench):
    with bench.service.database.write() as session:
        for name in ("imp_1", "imp_2"):
            session.add(Import(id=name, path="/films", fields={}, state="queued", counts={}, created_at=1))
        bench.service.jobs.enqueue_import(session, "imp_1")
        table = sa.table("workflow_status", sa.column("workflow_uuid"), sa.column("status"), schema=workflows._schema(session))
        session.execute(sa.update(table).values(status="ERROR"))
    reconcile(bench.service, settled_ms=0)
    with bench.service.database.read() as session:
        states = {row.id: row.state for row in session.query(Import)}
        assert states == {"imp_1": "failed", "imp_2": "queued"} and workflows.status(session, "imp_2") == "ENQUEUED"


def test_work_is_handed_on_from_the_silent_the_unknown_and_those_who_said_goodbye(bench, film):
    database = bench.service.database
    owners = ("alive", "silent", "stopped", "unknown")
    films = {name: bench.add(film, content=name) for name in owners}
    for name, movie in films.items():
        bench.set_job(movie, status="PENDING", executor_id=name, recovery_attempts=1)
    with database.write() as session:
        for name in ("alive", "silent", "stopped"):
            workers.register(session, name, "host", 1)
            session.get_one(Run, films[name].run_id).state = "running"
        session.flush()
        session.execute(sa.text("UPDATE workers SET heartbeat_at = heartbeat_at - 60000 WHERE executor_id = 'silent'"))
        workers.say_goodbye(session, "stopped")
    with database.write() as session:
        assert workers.dead_with_work(session, None) == ["stopped", "unknown"]
        dead = workers.dead_with_work(session, 15_000)
        assert dead == ["silent", "stopped", "unknown"]
        assert len(hand_on(session, dead, now_ms(session), counts=True)) == 3
        workers.mark_reaped(session, dead)
    assert [bench.job(films[name]) for name in owners] == ["PENDING", "ENQUEUED", "ENQUEUED", "ENQUEUED"]
    assert bench.run(films["silent"]).state == "queued" and bench.executions(films["silent"]) == 1
    with database.write() as session:
        assert workers.renew(session, "silent", "host", 1) and not workers.renew(session, "silent", "host", 1)
        workers.declare_all_dead(session)
        assert workers.alive(session, 60_000) == []
        assert workers.dead_with_work(session, None) == ["alive"]
