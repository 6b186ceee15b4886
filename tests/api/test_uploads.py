"""Resumable uploads by tus at /v1/uploads: the protocol, and what is kept when things go wrong."""

import base64
import hashlib
import http.client
import io
import os
import threading
import time

import httpx
import pytest
from tusclient.client import TusClient

from service import uploads
from service.api.body import STALL_SECONDS
from service.errors import MovieTaggerError
from service.keys import create_key
from service.store.tables import Movie, Upload
from tests import clips
from tests.api.serving import service_in, serving
from tests.api.test_movie_upload import films, leftovers, problem, wait_until

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
MB = 1 << 20


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> bytes:
    """A clip with a box of noise behind it that players pass over: 3 MB."""
    clip = clips.write(tmp_path_factory.mktemp("film") / "film.mp4", clips.scenes(20, 20)).read_bytes()
    return clip + (3 * MB).to_bytes(4, "big") + b"free" + os.urandom(3 * MB - 8)


@pytest.fixture
def service(tmp_path):
    return service_in(tmp_path / "data")


@pytest.fixture
def client(service):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield client


def declared(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def begin(client, length, headers=None, **values):
    return client.post(
        "/v1/uploads", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": declared(**values), **(headers or {})}
    )


def patch(client, url, offset, content, headers=None):
    return client.patch(url, content=content, headers={**BYTES, "Upload-Offset": str(offset), **(headers or {})})


def offset_of(client, url) -> int:
    return int(client.head(url, headers=TUS).headers["upload-offset"])


def stored(service, url):
    with service.database.read() as session:
        return session.get_one(Upload, url.rsplit("/", 1)[1])


def test_the_server_tells_what_it_can_do(service, client):
    response = client.options("/v1/uploads")
    assert response.status_code == 204
    assert response.headers["tus-version"] == response.headers["tus-resumable"] == "1.0.0"
    assert response.headers["tus-extension"] == "creation,termination,expiration"
    assert response.headers["tus-max-size"] == str(service.settings.max_upload_bytes)


def test_a_tus_client_brings_a_film(service, client, film):
    metadata = {
        "filename": "C:\\films\\Crossing.mp4",
        "filetype": "video/mp4",
        "title": "The crossing",
        "precision": "frame",
        "relativePath": "x",
    }
    uploader = TusClient(f"{client.base_url}/v1/uploads").uploader(file_stream=io.BytesIO(film), chunk_size=MB, metadata=metadata)
    uploader.upload()
    upload = client.get(uploader.url).json()
    assert (upload["state"], upload["offset"], upload["file_name"]) == ("finished", len(film), "Crossing.mp4")
    assert [path.read_bytes() for path in films(service)] == [film]
    assert leftovers(service) == []
    assert len(service.jobs.queued) == 1
    with service.database.read() as session:
        movie = session.get_one(Movie, upload["movie_id"])
    assert (movie.title, movie.parameters["precision"], movie.sha256) == ("The crossing", "frame", hashlib.sha256(film).hexdigest())


def test_the_last_bytes_are_answered_with_the_film(client, film):
    url = begin(client, len(film), filename="a.mp4").headers["location"]
    first = patch(client, url, 0, film[:MB])
    assert (first.status_code, first.headers["upload-offset"], first.headers.get("movietags-movie")) == (204, str(MB), None)
    last = patch(client, url, MB, film[MB:], {"Tus-Resumable": "1.0.0"})
    movie = last.headers["movietags-movie"]
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(film)))
    for again in (client.head(url, headers=TUS), patch(client, url, len(film), b"")):
        assert again.headers["movietags-movie"] == movie
    assert client.get(url).json()["links"]["movie"] == movie
    assert problem(patch(client, url, 0, film[:10])) == (409, "offset-mismatch")


def test_where_an_upload_stands(client, film):
    begun = begin(client, len(film), filename="a.mp4")
    url = begun.headers["location"]
    assert begun.status_code == 201
    assert url.startswith(f"{client.base_url}/v1/uploads/upl_")
    assert begun.headers["upload-expires"].endswith("GMT")
    head = client.head(url, headers=TUS)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("0", str(len(film)))
    assert head.headers["upload-metadata"] == declared(filename="a.mp4")
    assert head.headers["cache-control"] == "no-store"
    assert [upload["id"] for upload in client.get("/v1/uploads").json()["uploads"]] == [url.rsplit("/", 1)[1]]


def test_uploads_are_listed_in_pages(client):
    ids = [begin(client, 1000 + n).headers["location"].rsplit("/", 1)[1] for n in range(3)]
    first = client.get("/v1/uploads", params={"limit": 2}).json()
    second = client.get("/v1/uploads", params={"limit": 2, "before": first["next_before"]}).json()
    assert [upload["id"] for upload in first["uploads"] + second["uploads"]] == ids[::-1]
    assert second["next_before"] is None


@pytest.mark.parametrize(
    ("length", "values", "expected"),
    [
        ("0", {}, (422, "empty")),
        ("many", {}, (422, "invalid-request")),
        (str(1 << 50), {}, (413, "too-large")),
        ("1000", {"filetype": "image/png"}, (415, "wrong-type")),
        ("1000", {"sha256": "abc"}, (422, "invalid-request")),
        ("1000", {"precision": "best"}, (422, "invalid-request")),
        ("1000", {"webhook_url": "http://10.0.0.1/"}, (422, "webhook-refused")),
    ],
)
def test_what_is_declared_is_checked(service, client, length, values, expected):
    assert problem(begin(client, length, **values)) == expected
    assert leftovers(service) == []


def test_wrong_words_are_refused(client):
    assert problem(client.post("/v1/uploads", headers={"Upload-Length": "10"})) == (412, "unsupported-protocol")
    wrong = client.post("/v1/uploads", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "10"})
    assert (wrong.headers["tus-version"], wrong.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert problem(begin(client, 10, {"Upload-Metadata": "filename ???"})) == (422, "invalid-request")
    assert problem(client.post("/v1/uploads", content=b"x", headers={**TUS, "Upload-Length": "10"})) == (422, "invalid-request")
    url = begin(client, 10).headers["location"]
    assert problem(client.patch(url, content=b"x", headers={**TUS, "Upload-Offset": "0"})) == (415, "wrong-type")
    assert problem(client.patch(url, content=b"x", headers=BYTES)) == (422, "invalid-request")
    assert problem(patch(client, url[:-1] + "x", 0, b"x")) == (404, "not-found")
    assert problem(patch(client, "/v1/uploads/..%2Fa", 0, b"x")) == (404, "not-found")


def test_bytes_at_another_place_are_refused(service, client, film):
    url = begin(client, len(film)).headers["location"]
    patch(client, url, 0, film[:MB])
    assert problem(patch(client, url, 5, film[5:MB])) == (409, "offset-mismatch")
    assert problem(patch(client, url, 2 * MB, film[2 * MB :])) == (409, "offset-mismatch")
    assert offset_of(client, url) == MB
    assert leftovers(service)[0].read_bytes() == film[:MB]


@pytest.mark.parametrize("chunked", [False, True])
def test_more_than_declared_is_refused_and_not_kept(service, client, film, chunked):
    url = begin(client, MB).headers["location"]
    content = film[: MB + 1]
    assert problem(patch(client, url, 0, iter([content]) if chunked else content)) == (413, "too-large")
    assert leftovers(service)[0].stat().st_size <= MB
    assert stored(service, url).offset == leftovers(service)[0].stat().st_size < MB


def test_what_is_no_film_is_refused_when_its_beginning_is_there(service, client):
    url = begin(client, 10 * MB).headers["location"]
    assert patch(client, url, 0, b"%PDF-1.7\n").status_code == 204
    assert problem(patch(client, url, 9, bytes(MB))) == (415, "wrong-type")
    assert problem(client.get(url)) == (404, "not-found")
    assert leftovers(service) == []


def test_content_with_another_hash_is_refused(service, client, film):
    url = begin(client, len(film), sha256="0" * 64).headers["location"]
    assert problem(patch(client, url, 0, film)) == (460, "content-mismatch")
    assert client.get(url).status_code == 404
    assert leftovers(service) == films(service) == []
    url = begin(client, len(film), sha256=hashlib.sha256(film).hexdigest()).headers["location"]
    assert patch(client, url, 0, film).status_code == 204


def test_an_upload_can_be_ended(service, client, film):
    url = begin(client, len(film)).headers["location"]
    patch(client, url, 0, film[:MB])
    assert client.delete(url, headers=TUS).status_code == 204
    assert leftovers(service) == []
    assert client.head(url, headers=TUS).status_code == 404


def test_an_expired_upload_is_gone_and_then_forgotten(service, client, film):
    url = begin(client, len(film)).headers["location"]
    with service.database.write() as session:
        session.get_one(Upload, url.rsplit("/", 1)[1]).expires_at = 1
    assert problem(patch(client, url, 0, film)) == (410, "upload-expired")
    assert uploads.sweep(service) == 1
    assert problem(patch(client, url, 0, film)) == (404, "not-found")
    assert leftovers(service) == []


def test_files_that_nobody_knows_are_removed_when_old(service, client):
    url = begin(client, 10).headers["location"]
    for name in ("form_old", "form_new"):
        (service.settings.uploads / name).write_bytes(b"x")
    for name in ("form_old", url.rsplit("/", 1)[1]):
        os.utime(service.settings.uploads / name, (1, 1))
    assert uploads.sweep(service) == 1
    assert {path.name for path in leftovers(service)} == {"form_new", url.rsplit("/", 1)[1]}


def test_open_uploads_are_bounded(tmp_path):
    with serving(service_in(tmp_path, max_open_uploads=2)) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        assert [begin(client, 10).status_code for _ in range(3)] == [201, 201, 429]


def test_a_disk_that_would_be_full_is_told_before_the_first_byte(tmp_path):
    service = service_in(tmp_path)
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        share = min(free * 2 // 3, service.settings.max_upload_bytes)
        tries = [begin(client, share) for _ in range(free // share + 1)]
        assert tries[0].status_code == 201
        assert problem(tries[-1]) == (507, "disk-full")


def test_a_disk_that_fills_up_keeps_what_came(service, tmp_path, film):
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        address = begin(client, len(film)).headers["location"]
        patch(client, address, 0, film[:MB])
    full = service_in(tmp_path / "data", disk_reserve_bytes=1 << 60)
    upload_id = address.rsplit("/", 1)[1]
    with serving(full) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        assert problem(begin(client, 10)) == (507, "disk-full")
        assert offset_of(client, f"{url}/v1/uploads/{upload_id}") == MB


def test_keys_are_asked_for_before_a_byte_is_kept(tmp_path, film):
    service = service_in(tmp_path, require_keys=True)
    mine, theirs, admin = (
        {"Authorization": f"Bearer {create_key(service.database, name, [scope]).text}"}
        for name, scope in (("a", "write"), ("b", "write"), ("c", "admin"))
    )
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        address = begin(client, len(film), mine).headers["location"]
        assert problem(patch(client, address, 0, film)) == (401, "key-needed")
        assert problem(patch(client, address, 0, film, theirs)) == (404, "not-found")
        assert leftovers(service)[0].stat().st_size == 0
        assert client.get("/v1/uploads", headers=theirs).json()["uploads"] == []
        assert len(client.get("/v1/uploads", headers=admin).json()["uploads"]) == 1
        assert patch(client, address, 0, film, mine).status_code == 204
        assert client.options("/v1/uploads").status_code == 204


def test_addresses_carry_the_prefix_of_a_proxy(tmp_path, film):
    with serving(service_in(tmp_path, root_path="/films")) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        address = begin(client, len(film)).headers["location"]
        assert address.startswith(f"{url}/films/v1/uploads/upl_")
        done = patch(client, address.replace("/films", ""), 0, film)
        assert done.headers["movietags-movie"].startswith("/films/v1/movies/mov_")


class Stalling:
    """A client that sends a part of what it promised, and then nothing."""

    def __init__(self, client, url, content, promised):
        self.connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
        self.connection.putrequest("PATCH", httpx.URL(url).path)
        for name, value in {**BYTES, "Upload-Offset": "0", "Content-Length": str(promised)}.items():
            self.connection.putheader(name, value)
        self.connection.endheaders(content)


def test_a_client_that_goes_leaves_what_came(service, client, film):
    url = begin(client, len(film)).headers["location"]
    stalling = Stalling(client, url, film[:MB], len(film))
    wait_until(lambda: leftovers(service)[0].stat().st_size == MB)
    stalling.connection.close()
    wait_until(lambda: stored(service, url).offset == MB)
    assert patch(client, url, MB, film[MB:]).status_code == 204
    assert [path.read_bytes() for path in films(service)] == [film]


def test_a_stalled_request_makes_way_for_its_retry_while_others_are_served(service, client, film):
    url = begin(client, len(film)).headers["location"]
    stalling = Stalling(client, url, film[:MB], len(film))
    wait_until(lambda: leftovers(service)[0].stat().st_size == MB)
    others: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            others.append(httpx.get(f"{client.base_url}/v1/uploads", timeout=60).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    begun = time.monotonic()
    assert offset_of(client, url) == MB
    assert patch(client, url, MB, film[MB:]).status_code == 204
    assert time.monotonic() - begun < STALL_SECONDS  # so long the stalled request would be waited for
    stop.set()
    asking.join()
    assert set(others) == {200}
    assert stalling.connection.getresponse().status == 423
    stalling.connection.close()
    assert [path.read_bytes() for path in films(service)] == [film]


def test_the_same_content_by_another_upload_is_the_same_film(service, client, film):
    movies = set()
    for _ in range(2):
        url = begin(client, len(film)).headers["location"]
        movies.add(patch(client, url, 0, film).headers["movietags-movie"])
    assert len(movies) == len(films(service)) == len(service.jobs.queued) == 1
    assert leftovers(service) == []


class Power:
    """Cuts off a service's storage or film-keeping at a chosen moment, once."""

    def __init__(self, service, moment):
        self._storage = service.storage
        self.moment = moment

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def move_in(self, path, key) -> None:
        moment, self.moment = self.moment, None
        if moment == "before the move":
            raise Cut
        self._storage.move_in(path, key)
        if moment == "after the move":
            raise Cut


class Cut(MovieTaggerError):
    pass


@pytest.mark.parametrize("moment", ["before the move", "after the move"])
@pytest.mark.parametrize("ask", ["HEAD", "GET", "PATCH", "sweep"])
def test_a_film_not_made_before_the_end_is_made_when_asked_again(service, film, moment, ask):
    object.__setattr__(service, "storage", Power(service, moment))
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        url = begin(client, len(film), filename="a.mp4").headers["location"]
        assert patch(client, url, 0, film).status_code == 500
        assert stored(service, url).movie_id is None
        if ask == "sweep":
            uploads.sweep(service)
        else:
            client.request(ask, url, headers={**BYTES, "Upload-Offset": str(len(film))})
        assert stored(service, url).movie_id is not None
        assert [path.read_bytes() for path in films(service)] == [film]
        assert len(service.jobs.queued) == 1
        assert leftovers(service) == []
