"""A service on a fresh database, and a client of a real server on loopback."""

import httpx
import pytest

from service.context import Service
from service.jobs import JobQueue
from service.model_in_use import ModelInUse
from service.models import TAGGERS
from service.settings import load_settings
from service.storage import open_storage
from service.store.engine import Database
from tests.api.serving import serving


class CalmDatabase(Database):
    """Not taken for away where a busy machine lets a look at it wait; tests/api/test_database_watch.py is about that."""

    def look(self) -> None:
        pass


def service_on(url: str, folder, **given) -> Service:
    """A service on this database, with the job engine's tables in it."""
    settings = load_settings(**{"data_dir": folder, "disk_reserve_bytes": 0, "require_keys": False, **given})
    database = CalmDatabase(url)
    storage = open_storage(settings.files, settings.files_options, settings.disk_reserve_bytes)
    return Service(
        settings=settings, database=database, storage=storage, jobs=JobQueue(database), models=ModelInUse(settings.models, TAGGERS)
    )


@pytest.fixture
def service(tmp_path, sqlite_url):
    return service_on(sqlite_url, tmp_path / "data")


@pytest.fixture
def client(service):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield client


def problem_of(response) -> tuple[int, str]:
    """Status and type of a problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"] and body["detail"]
    return response.status_code, body["type"].removeprefix("/problems/")
