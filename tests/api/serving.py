"""A real server on loopback, in a thread or (as a program) in a process of its own; jobs are written down and not done."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.routing import BaseRoute

from service.app import create_app
from service.context import Service
from service.model_in_use import ModelInUse
from service.models import TAGGERS
from service.settings import Settings, load_settings
from service.storage import open_storage
from service.store.engine import Database
from service.store.schema import migrate

_routes: dict[int, BaseRoute] = {}  # of the first application, by the router that they come from


class FakeJobs:
    """Notes which runs were queued."""

    def __init__(self) -> None:
        self.queued: list[str] = []

    def enqueue_run(self, _session, run) -> None:
        self.queued.append(run.id)

    def withdraw(self, run_id, _session=None) -> None:
        self.queued.remove(run_id)

    def close(self) -> None:
        pass


def service_in(folder: Path, database: Database | None = None, **given) -> Service:
    """A service that keeps all in one folder."""
    settings: Settings = load_settings(data_dir=folder, **{"disk_reserve_bytes": 0, "require_keys": False, **given})
    if database is None:
        database = Database(settings.database)
        migrate(database)
    jobs: Any = FakeJobs()
    storage = open_storage(settings.files, settings.files_options, settings.disk_reserve_bytes)
    return Service(settings=settings, database=database, storage=storage, jobs=jobs, models=ModelInUse(settings.models, TAGGERS))


@contextmanager
def serving(service: Service, port: int = 0) -> Iterator[str]:
    """The base URL of a server at work, on a free port if none is given."""
    server = uvicorn.Server(_config(service, port))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        service.close()


def _config(service: Service, port: int = 0) -> uvicorn.Config:
    return uvicorn.Config(
        _with_shared_routes(create_app(service)),
        host="127.0.0.1",
        port=port,
        log_config=None,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )


def _with_shared_routes(app: FastAPI) -> FastAPI:
    """FastAPI works the included routes out anew for each application, which takes longer than most tests; they depend on nothing in it."""
    for place, route in enumerate(app.router.routes):
        origin = getattr(route, "original_router", None)
        if origin is not None:
            app.router.routes[place] = _routes.setdefault(id(origin), route)
    return app


if __name__ == "__main__":
    uvicorn.Server(_config(service_in(Path(sys.argv[1])), int(sys.argv[2]))).run()
