"""Health and figures."""

import threading
import time

import httpx
import pytest

from service.store.tables import Worker
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving
from tests.api.test_images import RednessNetworks
from tests.predictors.test_remote import serving as inference_at

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"
WAIT = 60  # seconds for what takes less than two on a quiet machine


def test_a_process_that_lives_says_so(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_when_all_parts_are(service):
    with inference_at(service.settings.socket, RednessNetworks()), serving(service) as url:
        response = httpx.get(f"{url}/health/ready", timeout=WAIT)
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert response.json()["parts"] == {"database": "ok", "storage": "ok", "inference": "ok"}


def test_not_ready_without_an_inference_process(client):
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert response.json()["parts"] == {"database": "ok", "storage": "ok", "inference": "does not answer"}


class Hanging:
    """A storage that never answers."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def check(self) -> None:
        self.end.wait(2 * WAIT)


def test_a_part_that_hangs_keeps_nobody_waiting(service):
    from dataclasses import replace

    storage = Hanging()
    with serving(replace(service, storage=storage)) as url:
        response = httpx.get(f"{url}/health/ready", timeout=WAIT)
        storage.end.set()
    assert (response.status_code, response.json()["parts"]["storage"]) == (503, "does not answer")


@pytest.mark.parametrize("path", ["/v1/movies", "/v1/movies/mov_0", "/v1/movies/mov_0/events", "/v1/export"])
def test_a_database_that_is_away_is_told_soon(tmp_path, path):
    with serving(service_on(AWAY, tmp_path)) as url:
        response = httpx.get(url + path, timeout=WAIT)
        assert problem_of(response) == (503, "database-away")
        assert int(response.headers["retry-after"]) > 0
        assert httpx.get(f"{url}/health/ready", timeout=WAIT).json()["parts"]["database"] == "does not answer"
        assert httpx.get(f"{url}/health/live", timeout=WAIT).status_code == 200
        assert "movietags_database_up 0.0" in httpx.get(f"{url}/metrics", timeout=WAIT).text


def test_requests_are_counted_by_route(service, client):
    client.get(f"/v1/movies/{seed.add_film(service)}")
    client.get("/v1/movies/mov_0")
    client.get("/nothing/of/ours")
    text = client.get("/metrics").text
    assert 'movietags_requests_total{method="GET",route="/v1/movies/{movie_id}",status="200"} 1.0' in text
    assert 'movietags_requests_total{method="GET",route="/v1/movies/{movie_id}",status="404"} 1.0' in text
    assert 'movietags_requests_total{method="GET",route="unknown",status="404"} 1.0' in text
    assert 'movietags_request_seconds_bucket{le="0.15",method="GET",route="/v1/movies/{movie_id}"}' in text
    assert "mov_0" not in text


def test_methods_that_do_not_exist_make_no_series(client):
    client.request("BREW", "/v1/movies")
    assert "BREW" not in client.get("/metrics").text


def test_queue_workers_and_model_are_looked_up(service, client):
    seed.add_film(service)
    seed.add_tagged(service)
    now = int(time.time() * 1000)
    with service.database.write() as session:
        session.add(Worker(executor_id="w1", host="here", process_id=1, started_at=now, heartbeat_at=now))
        session.add(Worker(executor_id="w2", host="here", process_id=2, started_at=now, heartbeat_at=now - 3_600_000))
    text = client.get("/metrics").text
    assert 'movietags_movies{state="queued"} 1.0' in text
    assert 'movietags_movies{state="succeeded"} 1.0' in text
    assert "movietags_workers_alive 1.0" in text
    assert "movietags_model_loaded 0.0" in text
    assert "movietags_database_up 1.0" in text


def test_bytes_of_films_are_counted(client):
    client.post("/v1/movies", files={"file": ("x.mp4", bytes(5000), "video/mp4")})
    [line] = [line for line in client.get("/metrics").text.splitlines() if line.startswith("movietags_upload_bytes_total")]
    assert float(line.split()[1]) > 5000
