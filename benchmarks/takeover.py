"""A worker killed at several points of a film: how soon another one goes on, and is the result the same?

usage: python -m benchmarks.takeover FILM        (one that takes 20 s or more to tag)
"""

import argparse
import json
import time
from pathlib import Path

import psutil
import sqlalchemy as sa

from service.store.engine import Database
from service.store.tables import Run, WebhookEvent
from tests.running_service import RunningService, distinct_copy, running_service

POINTS = (0.0, 5.0, 50.0, 90.0)  # per cent of the run at which the worker is killed; 0: as soon as it has begun
WEBHOOK = "http://127.0.0.1:9/"  # nobody answers; what counts is the event


def main() -> None:
    """Once undisturbed, then killed at each point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    film = parser.parse_args().film
    environment = {"MOVIETAGS_ALLOW_PRIVATE_WEBHOOKS": "true", "MOVIETAGS_LOG_LEVEL": "error"}
    with running_service(("--workers", "2"), environment) as service:
        begun = time.perf_counter()
        undisturbed = _result(service, service.upload(film)["id"])
        print(f"undisturbed: {time.perf_counter() - begun:.1f} s")
        for point in POINTS:
            copy = distinct_copy(film, service.data_dir / f"{point}{film.suffix}", str(point))
            _kill_at(service, copy, point, undisturbed)


def _kill_at(service: RunningService, film: Path, point: float, expected: dict[str, object]) -> None:
    movie = service.upload(film, webhook_url=WEBHOOK)
    while (seen := service.movie(movie["id"]))["state"] == "queued" or seen["progress"]["percent"] < point:
        time.sleep(0.02)
    worker = _at_work(service, movie["id"])
    worker.kill()
    killed, stage = time.perf_counter(), seen["progress"]["stage"]
    while _run(service, movie["id"]).attempt < 2:
        time.sleep(0.05)
    taken_over = time.perf_counter() - killed
    same = _result(service, movie["id"]) == expected
    run, events = _run(service, movie["id"]), _events(service, movie["id"])
    decoders = [child for child in psutil.Process(service.process.pid).children(recursive=True) if "-c" in child.cmdline()]
    print(
        f"killed at {seen['progress']['percent']:.0f} % ({stage}): taken over after {taken_over:.1f} s; "
        f"attempts {run.attempt}, {run.state}, same result: {same}, webhook events: {events}, decoding processes left: {len(decoders)}"
    )


def _at_work(service: RunningService, movie_id: str) -> psutil.Process:
    executor = _run(service, movie_id).executor_id or ""
    return next(worker for worker in service.children("worker") if f"-{worker.pid}-" in executor)


def _result(service: RunningService, movie_id: str) -> dict[str, object]:
    ended = service.wait(movie_id)
    if ended["state"] != "succeeded":
        raise SystemExit(f"the film {ended['state']}: {ended['error']}")
    result = json.loads(service.client.get(f"/v1/movies/{movie_id}/export?format=json").content)
    return {part: result[part] for part in ("scores", "tags", "segments", "shots", "frames")}


def _database(service: RunningService) -> Database:
    return Database(f"sqlite:///{service.data_dir}/movietags.db")


def _run(service: RunningService, movie_id: str) -> Run:
    database = _database(service)
    with database.read() as session:
        run = session.scalars(sa.select(Run).where(Run.movie_id == movie_id)).one()
    database.close()
    return run


def _events(service: RunningService, movie_id: str) -> int:
    database = _database(service)
    with database.read() as session:
        found = len(session.scalars(sa.select(WebhookEvent.id).where(WebhookEvent.movie_id == movie_id)).all())
    database.close()
    return found


if __name__ == "__main__":
    main()
