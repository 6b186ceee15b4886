"""`POST /v1/movies`."""

import hashlib
import http.client
import json
import threading
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from service.keys import create_key
from service.store.tables import IdempotencyKey, Movie
from tests import clips
from tests.api.serving import service_in, serving


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> bytes:
    return clips.write(tmp_path_factory.mktemp("film") / "film.mp4", clips.scenes(20, 20)).read_bytes()


@pytest.fixture
def service(tmp_path):
    return service_in(tmp_path / "data")


@pytest.fixture
def client(service):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield client


def send(client, content: bytes, headers=None, name="Crossing.mp4", **fields):
    return client.post("/v1/movies", files={"file": (name, content, "video/mp4")}, data=fields, headers=headers)


def problem(response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def leftovers(service) -> list[Path]:
    folder = service.settings.uploads
    return list(folder.iterdir()) if folder.exists() else []


def films(service) -> list[Path]:
    return [path for path in (service.settings.data_dir / "files").rglob("*") if path.is_file()]


def test_a_film_is_stored_and_queued(service, client, film):
    response = send(client, film, title="The crossing", external_id="b-17", precision="frame", priority="2", keep_original="false")
    movie = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/movies/{movie['id']}"
    assert (movie["state"], movie["title"], movie["external_id"], movie["file_name"]) == ("queued", "The crossing", "b-17", "Crossing.mp4")
    assert (movie["precision"], movie["priority"], movie["sha256"]) == ("frame", 2, hashlib.sha256(film).hexdigest())
    assert [path.read_bytes() for path in films(service)] == [film]
    assert films(service)[0].name == "film.mp4"
    assert leftovers(service) == []
    assert len(service.jobs.queued) == 1


def test_the_same_content_is_the_same_movie(service, client, film):
    first, second = send(client, film), send(client, film, name="other.mp4", precision="frame")
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["precision"] == "keyframe"
    assert len(films(service)) == len(service.jobs.queued) == 1
    assert leftovers(service) == []


def test_the_same_content_at_once_is_one_movie(service, client, film):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(send(client, film))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202]
    assert len({answer.json()["id"] for answer in answers}) == len(films(service)) == len(service.jobs.queued) == 1


def test_a_failed_film_that_comes_again_is_queued_with_the_new_fields(service, client, film):
    movie_id = send(client, film).json()["id"]
    with service.database.write() as session:
        session.get_one(Movie, movie_id).state = "failed"
    again = send(client, film, precision="frame")
    assert (again.status_code, again.json()["id"], again.json()["state"], again.json()["precision"]) == (202, movie_id, "queued", "frame")
    assert len(films(service)) == 1


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"%PDF-1.7\n" + bytes(100_000), "PDF"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "picture"),
        (b"<!DOCTYPE html><html>" + b" " * 100, "HTML"),
        (b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "playlist"),
        (b"just some words, nothing else\n" * 4000, "text"),
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b"fLaC" + bytes(100), "FLAC"),
    ],
)
def test_what_is_no_film_is_named_and_refused(service, client, content, named):
    response = send(client, content)
    assert problem(response) == (415, "wrong-type")
    assert named in response.json()["detail"]
    assert leftovers(service) == films(service) == []


def test_unknown_content_is_left_to_the_decoder(client):
    assert send(client, bytes(range(256)) * 400).status_code == 202


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"precision": "best"}, "keyframe and frame"),
        ({"priority": "0"}, "1 to 9"),
        ({"priority": "first"}, "1 to 9"),
        ({"min_score": "nan"}, "0 to 1"),
        ({"keep_original": "perhaps"}, "true and false"),
        ({"title": "x" * 501}, "500"),
        ({"title": "two\nlines"}, "one line"),
        ({"titel": "Typo"}, "external_id"),
    ],
)
def test_wrong_fields_are_refused_with_what_is_allowed(service, client, film, fields, named):
    response = send(client, film, **fields)
    assert problem(response) == (422, "invalid-request")
    assert named in response.json()["detail"]
    assert leftovers(service) == films(service) == []


def test_a_webhook_to_a_private_address_is_refused(service, client, film):
    assert problem(send(client, film, webhook_url="http://127.0.0.1:9000/hook")) == (422, "webhook-refused")
    assert films(service) == []


def test_forms_that_are_none_are_refused(service, client, film):
    two = [("file", ("a.mp4", film)), ("file", ("b.mp4", film))]
    assert problem(client.post("/v1/movies", files=two)) == (422, "invalid-request")
    assert problem(client.post("/v1/movies", files={"title": (None, b"no film")})) == (422, "invalid-request")
    assert problem(client.post("/v1/movies", json={"file": "film.mp4"})) == (422, "invalid-request")
    assert problem(client.post("/v1/movies", content=b"garbage", headers={"content-type": "multipart/form-data; boundary=x"}))[0] == 422
    assert problem(send(client, b"")) == (422, "empty")
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + film[:200]
    assert problem(client.post("/v1/movies", content=cut, headers={"content-type": "multipart/form-data; boundary=x"}))[0] == 422
    assert leftovers(service) == films(service) == []


@pytest.mark.parametrize("limits", [{"max_upload_bytes": 1000}, {"disk_reserve_bytes": 1 << 60}])
@pytest.mark.parametrize("chunked", [False, True])
def test_limits_hold_whether_the_length_is_declared_or_not(tmp_path, film, limits, chunked):
    service = service_in(tmp_path, **limits)
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + film + bytes(2 << 20) + b"\r\n--x--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    with serving(service) as url:
        response = httpx.post(f"{url}/v1/movies", content=iter([body]) if chunked else body, headers=headers, timeout=60)
    assert problem(response) == ((413, "too-large") if "max_upload_bytes" in limits else (507, "disk-full"))
    assert leftovers(service) == films(service) == []


def test_a_refusal_comes_while_the_client_still_sends(service, client):
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    connection.putrequest("POST", "/v1/movies")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(10 << 30))
    connection.endheaders(head + b"%PDF-1.7" + bytes(600 << 10))
    response = connection.getresponse()
    assert (response.status, response.getheader("connection")) == (415, "close")
    assert json.loads(response.read())["type"] == "/problems/wrong-type"
    connection.close()
    assert leftovers(service) == []


def test_a_client_that_goes_leaves_nothing(service, client, film):
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
    connection.putrequest("POST", "/v1/movies")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(10 << 20))
    connection.endheaders(b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + film + bytes(1 << 20))
    wait_until(lambda: leftovers(service))
    connection.close()
    wait_until(lambda: not leftovers(service))
    assert films(service) == []


def wait_until(holds) -> None:
    pause = threading.Event()
    for _ in range(2400):
        if holds():
            return
        pause.wait(0.025)
    raise AssertionError("it did not come to pass")


def test_a_request_sent_twice_with_its_key_is_done_once(service, client, film):
    key = {"Idempotency-Key": "7d0c"}
    first, second = send(client, film, key, title="A"), send(client, film, key, title="A")
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json()["id"] == first.json()["id"]
    assert (first.headers.get("idempotent-replayed"), second.headers["idempotent-replayed"]) == (None, "true")
    assert len(service.jobs.queued) == 1
    assert problem(send(client, film, key, title="B")) == (422, "idempotency-mismatch")
    assert problem(send(client, film + b"free", key, title="A")) == (422, "idempotency-mismatch")
    assert len(films(service)) == 1
    assert leftovers(service) == []


def test_a_key_in_flight_is_refused_until_its_request_is_dead(service, client, film):
    with service.database.write() as session:
        session.add(IdempotencyKey(owner="anyone", key="k", created_at=10**14))
    assert problem(send(client, film, {"Idempotency-Key": "k"})) == (409, "idempotency-in-flight")
    with service.database.write() as session:
        session.get_one(IdempotencyKey, ("anyone", "k")).created_at = 0
    assert send(client, film, {"Idempotency-Key": "k"}).status_code == 202


def test_a_refused_request_gives_its_key_back(service, client, film):
    key = {"Idempotency-Key": "again"}
    assert send(client, film, key, priority="11").status_code == 422
    with service.database.read() as session:
        assert session.scalars(select(IdempotencyKey)).all() == []
    assert send(client, film, key, priority="9").status_code == 202


def test_keys_are_asked_for_before_a_byte_is_kept(tmp_path, film):
    service = service_in(tmp_path, require_keys=True)
    reader, writer = (create_key(service.database, name, [name]).text for name in ("read", "write"))
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        assert problem(send(client, film)) == (401, "key-needed")
        assert problem(send(client, film, {"Authorization": f"Bearer {reader}"})) == (403, "scope-needed")
        assert leftovers(service) == films(service) == []
        assert send(client, film, {"Authorization": f"Bearer {writer}"}).status_code == 202


def test_addresses_carry_the_prefix_of_a_proxy(tmp_path, film):
    with serving(service_in(tmp_path, root_path="/films")) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        response = send(client, film)
        assert response.headers["location"] == response.json()["links"]["self"]
        assert response.headers["location"].startswith("/films/v1/movies/mov_")
