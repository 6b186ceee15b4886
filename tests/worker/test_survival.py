"""Workers that are killed, stopped for a while, or asked to end, while they are in each stage of a film."""

import os
import signal
import time

from service.store.tables import Worker
from tests.worker.bench import PATIENCE, descendants, go_on, kill_now, pause

NEVER = 600.0  # seconds: who goes on takes nobody for dead, however slow the machine is
STAGES = ("fetching", "probing", "tagging", "publishing")


def test_a_film_whose_worker_is_killed_in_any_stage_is_finished_once_by_another(bench, clip):
    (bench.control / "far").touch()
    worker = bench.start_worker()
    for stage in STAGES:
        held = bench.hold(stage)
        movie = bench.add(clip, content=stage)
        bench.wait_stage(movie, stage)
        children = descendants(worker)
        kill_now(worker)
        held.unlink()
        worker = bench.start_worker()
        done = bench.wait_state(movie, "succeeded", "failed")
        assert (stage, done.state, bench.run(movie).attempt) == (stage, "succeeded", 2)
        assert bench.events(movie) == ["movie.succeeded"]
        bench.wait(lambda movie=movie, done=done: bench.results(movie) == [done.result_key.rsplit("/", 1)[1]])
        bench.wait(lambda children=children: not any(child.is_running() for child in children))


def heard_at(bench, worker):
    """When a worker gave its last sign of life, by the database's clock."""
    with bench.service.database.read() as session:
        return session.query(Worker).filter_by(process_id=worker.pid).one().heartbeat_at


def test_what_a_stopped_worker_does_when_it_goes_on_changes_nothing(bench, clip):
    held = bench.hold("tagging")
    movie = bench.add(clip)
    stopped = bench.start_worker(dead_after_seconds=NEVER)
    bench.wait_stage(movie, "tagging")
    pause(bench, stopped)
    other = bench.start_worker()
    bench.wait(lambda: bench.run(movie).attempt == 2)
    silent_since = heard_at(bench, stopped)
    go_on(stopped)  # both are in the middle of the film now
    bench.wait(lambda: heard_at(bench, stopped) > silent_since)
    held.unlink()
    done = bench.wait_state(movie, "succeeded", "failed")
    assert (done.state, bench.run(movie).attempt) == ("succeeded", 2)
    bench.wait(lambda: bench.results(movie) == [f"{movie.run_id}-2"])
    assert bench.events(movie) == ["movie.succeeded"]
    # The one that was taken for dead is of use again.
    kill_now(other)
    assert bench.wait_state(bench.add(clip, content="next"), "succeeded", "failed").state == "succeeded"


def test_a_worker_that_goes_on_after_the_film_is_done_changes_nothing(bench, clip):
    held = bench.hold("publishing")
    movie = bench.add(clip)
    stopped = bench.start_worker(dead_after_seconds=NEVER)
    bench.wait_stage(movie, "publishing")
    pause(bench, stopped)
    held.unlink()
    other = bench.start_worker()
    before = bench.wait_state(movie, "succeeded", "failed")
    kill_now(other)
    go_on(stopped)
    # It has given up the film that it had when it takes another one.
    assert bench.wait_state(bench.add(clip, content="next"), "succeeded", "failed").state == "succeeded"
    after = bench.movie(movie)
    assert (after.state, after.result_key, after.updated_at) == ("succeeded", before.result_key, before.updated_at)
    bench.wait(lambda: bench.results(movie) == [f"{movie.run_id}-2"])
    assert bench.events(movie) == ["movie.succeeded"]


def test_a_film_that_kills_its_workers_fails_after_three_and_hurts_no_other(bench, clip):
    poison, neighbour = bench.poison(clip), bench.add(clip, content="neighbour")
    workers = [bench.start_worker()]

    def over():
        if not workers[-1].is_alive():
            workers.append(bench.start_worker())
        return bench.movie(poison).state == "failed"

    bench.wait(over)
    assert bench.run(poison).attempt == 3 and len(workers) == 4
    assert bench.movie(poison).error["type"] == "stopped-its-worker"
    assert "stopped its worker three times" in bench.movie(poison).error["detail"]
    assert bench.events(poison) == ["movie.failed"]
    assert bench.wait_state(neighbour, "succeeded", "failed").state == "succeeded"
    assert bench.run(neighbour).attempt == 1


def test_a_worker_asked_to_end_hands_its_film_back_and_that_is_no_execution(bench, clip):
    held = bench.hold("tagging")
    movie = bench.add(clip)
    worker = bench.start_worker()
    bench.wait_stage(movie, "tagging")
    children = descendants(worker)
    os.kill(worker.pid, signal.SIGTERM)
    worker.join(PATIENCE)
    assert worker.exitcode == 0
    bench.wait(lambda: not any(child.is_running() for child in children))
    assert bench.run(movie).state == bench.movie(movie).state == "queued"
    assert (bench.job(movie), bench.executions(movie)) == ("ENQUEUED", 0)
    held.unlink()
    bench.start_worker()
    assert bench.wait_state(movie, "succeeded", "failed").state == "succeeded"
    assert bench.results(movie) == [f"{movie.run_id}-2"] and bench.executions(movie) == 1


def test_a_worker_asked_to_end_finishes_a_film_that_is_nearly_done(bench, clip):
    bench.set(grace_seconds=float(PATIENCE))
    held = bench.hold("publishing")
    movie = bench.add(clip)
    worker = bench.start_worker()
    bench.wait_stage(movie, "publishing")
    os.kill(worker.pid, signal.SIGTERM)
    time.sleep(0.3)  # so that the film is most often at work when the worker hears of it
    held.unlink()
    worker.join(PATIENCE)
    assert worker.exitcode == 0
    assert (bench.movie(movie).state, bench.run(movie).attempt, bench.job(movie)) == ("succeeded", 1, "SUCCESS")
    with bench.service.database.read() as session:
        assert [row.stopped_at is not None for row in session.query(Worker)] == [True]
