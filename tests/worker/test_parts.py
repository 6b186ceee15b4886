"""The worker's small parts, each by itself."""

import time
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from service.errors import DatabaseUnavailable, InferenceUnavailable, NotAVideo, StorageUnavailable, TaggingCancelled
from service.failures import failure
from service.store import workers
from service.worker.heartbeat import Heartbeat
from service.worker.metrics import Metrics, MetricsServer
from service.worker.patience import patiently, with_database
from service.worker.progress import FETCHING, PROBING, PUBLISHING, TAGGING, Progress
from service.worker.workplace import Workplace, fresh_executor_id
from tests.fakes import ColourTagger, PatchDetector


def test_progress_never_goes_back_and_tells_the_time_left():
    progress = Progress()
    assert progress.state() == {"stages": {FETCHING: 0, PROBING: 0, TAGGING: 0, PUBLISHING: 0}, "remaining_seconds": None}
    progress.begin(TAGGING)
    progress.tell(0.5)
    time.sleep(0.01)
    left = progress.state()["remaining_seconds"]
    assert left is not None and left >= 0
    progress.tell(0.2)
    progress.begin(PROBING)
    assert progress.stage == TAGGING
    assert progress.state()["stages"] == {FETCHING: 100, PROBING: 100, TAGGING: 50, PUBLISHING: 0}
    progress.tell(7.0)
    progress.begin(PUBLISHING)
    assert progress.state() == {"stages": {FETCHING: 100, PROBING: 100, TAGGING: 100, PUBLISHING: 0}, "remaining_seconds": 0.0}


def test_what_is_away_for_a_while_is_waited_for():
    waiting: list[Exception] = [InferenceUnavailable("away"), StorageUnavailable("away"), DatabaseUnavailable("away")]

    def act() -> str:
        if waiting:
            raise waiting.pop()
        return "done"

    assert patiently(act, lambda: None, patience=60) == "done"


def test_what_stays_away_is_told_in_the_end_and_who_waits_can_be_stopped():
    def away() -> None:
        raise InferenceUnavailable("away")

    def stop() -> None:
        raise TaggingCancelled("nobody wants it")

    with pytest.raises(InferenceUnavailable):
        patiently(away, lambda: None, patience=0)
    with pytest.raises(TaggingCancelled):
        patiently(away, stop)


def test_what_must_be_written_waits_for_the_database():
    waiting: list[Exception] = [DatabaseUnavailable("away")]

    def act() -> str:
        if waiting:
            raise waiting.pop()
        return "written"

    assert with_database(act) == "written"


def test_failures_are_told_without_paths_of_the_machine():
    error = NotAVideo("/data/films/mov_1/film.mp4: this is text")
    assert failure(error, "Holiday.mp4", "films/mov_1/film.mp4", "/data/films/mov_1/film.mp4") == {
        "type": "not-a-film",
        "title": "This is not a film",
        "detail": "Holiday.mp4: this is text",
    }
    unexpected = failure(KeyError("/secret/path"), "Holiday.mp4")
    assert unexpected["type"] == "internal" and "secret" not in unexpected["detail"]


def test_metrics_and_health_are_served():
    metrics, ready = Metrics(), [False]
    metrics.runs.labels("succeeded").inc()
    with metrics.timed("tagging"):
        pass
    server = MetricsServer("127.0.0.1", 0, metrics, lambda: ready[0])
    try:
        text = get(server, "/metrics")[1]
        assert 'movietags_runs_ended_total{outcome="succeeded"} 1.0' in text
        assert 'movietags_stage_seconds_count{stage="tagging"} 1.0' in text
        assert (get(server, "/health/live")[0], get(server, "/health/ready")[0], get(server, "/else")[0]) == (200, 503, 404)
        ready[0] = True
        assert get(server, "/health/ready")[0] == 200
    finally:
        server.close()


def get(server: MetricsServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_no_worker_is_taken_for_dead_before_a_whole_period_without_a_gap(bench, clip):
    """As after an outage of the database: who comes back first must not reap the others, who are about to come back."""
    bench.set(heartbeat_seconds=0.1, dead_after_seconds=1.0)
    service, database = replace(bench.service, settings=bench.settings), bench.service.database
    movie = bench.add(clip)
    bench.set_job(movie, status="PENDING", executor_id="late", recovery_attempts=1)
    with database.write() as session:
        workers.register(session, "late", "host", 1)
    time.sleep(1.2)  # "late" is silent for longer than the period now
    heartbeat = Heartbeat(Workplace(service, lambda _parameters: ColourTagger(), PatchDetector, fresh_executor_id(), Metrics()))
    began = time.monotonic()
    heartbeat.start()
    try:
        bench.wait(lambda: bench.job(movie) == "ENQUEUED")
        assert time.monotonic() - began >= 1.0
        bench.wait(lambda: heartbeat.is_heard)
    finally:
        heartbeat.stop()
