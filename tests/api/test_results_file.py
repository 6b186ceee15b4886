"""The film's own file, whole and in ranges."""

import os
import re
import time
from urllib.parse import unquote

import httpx
import pytest

from service.api.film_file import disposition
from service.originals import media_type
from service.store.tables import Movie
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def address(service):
    return f"/v1/movies/{seed.add_film(service, content=CONTENT)}/file"


def test_the_whole_film(client, address):
    response = client.get(address)
    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["content-disposition"].startswith('inline; filename="harbour.mp4"')
    assert client.get(address, params={"download": True}).headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-0", 0, 1), ("100-199", 100, 200), ("10000-", 10000, 10240), ("-240", 10000, 10240), ("-99999", 0, 10240), ("5-99999", 5, 10240)],
)
def test_a_range(client, address, asked, start, end):
    response = client.get(address, headers={"Range": f"bytes={asked}"})
    assert (response.status_code, response.content) == (206, CONTENT[start:end])
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/10240"
    assert response.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=0-5", "bytes=0-1,4-5", "bytes=" + "9" * 30 + "-", "bytes=٣-٤".encode()]
)
def test_ranges_that_make_no_sense_are_passed_by(client, address, asked):
    assert client.get(address, headers={"Range": asked}).status_code == 200


@pytest.mark.parametrize("asked", ["10240-", "99999-100000", "-0"])
def test_ranges_beyond_the_end_are_refused(client, address, asked):
    response = client.get(address, headers={"Range": f"bytes={asked}"})
    assert problem_of(response) == (416, "range-refused")
    assert response.headers["content-range"] == "bytes */10240"


def test_a_range_holds_for_the_same_file_alone(client, address):
    etag = client.get(address).headers["etag"]
    assert client.get(address, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert client.get(address, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_the_head_alone(client, address):
    response = client.head(address)
    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "10240")
    assert client.head(address, headers={"Range": "bytes=0-9"}).headers["content-length"] == "10"


def test_a_client_that_goes_leaves_no_open_file(service, client):
    movie_id = seed.add_film(service, content=bytes(64 << 20))
    for _ in range(3):
        with client.stream("GET", f"/v1/movies/{movie_id}/file") as response:
            next(response.iter_raw(1000))
    client.get("/health/live")
    for _ in range(100):
        if not [link for link in _open_files() if "film.mp4" in link]:
            return
    raise AssertionError("the film is still open")


def _open_files():
    time.sleep(0.05)
    for name in os.listdir("/proc/self/fd"):
        try:
            yield os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue


def test_a_film_whose_file_is_gone(service, client, address):
    movie_id = address.split("/")[3]
    service.storage.delete(f"films/{movie_id}")
    assert problem_of(client.get(address)) == (410, "original-gone")


def test_a_file_that_was_not_to_be_kept(service, client, address):
    with service.database.write() as session:
        session.get_one(Movie, address.split("/")[3]).original_gone = True
    assert problem_of(client.get(address)) == (410, "original-gone")
    assert problem_of(client.get("/v1/movies/mov_0/file")) == (404, "not-found")


@pytest.fixture
def library(tmp_path, sqlite_url):
    """A service with an imported film; its file."""
    root = tmp_path / "library"
    root.mkdir()
    film = root / "Crossing.mkv"
    film.write_bytes(CONTENT)
    service = service_on(sqlite_url, tmp_path / "data", import_roots=[root])
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield client, f"/v1/movies/{seed.add_library_film(service, film)}/file", film


def test_an_imported_film_is_given_out_in_place(library):
    client, address, _film = library
    response = client.get(address, headers={"Range": "bytes=1-2"})
    assert (response.status_code, response.content, response.headers["content-type"]) == (206, CONTENT[1:3], "video/x-matroska")


def test_an_imported_film_that_has_changed_is_not_given_out(library):
    client, address, film = library
    os.utime(film, ns=(0, 0))
    assert problem_of(client.get(address)) == (410, "original-gone")
    film.unlink()
    assert problem_of(client.get(address)) == (410, "original-gone")


def test_nothing_outside_the_roots_is_given_out(library, tmp_path):
    client, address, film = library
    facts = film.stat()
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    os.utime(secret, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    film.unlink()
    film.symlink_to(secret)
    assert problem_of(client.get(address)) == (410, "original-gone")
    film.unlink()
    film.parent.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / film.name).write_bytes(CONTENT)
    os.utime(tmp_path / "elsewhere" / film.name, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    film.parent.symlink_to(tmp_path / "elsewhere")
    assert problem_of(client.get(address)) == (410, "original-gone")


@pytest.mark.parametrize("name", ['a"b\\c.mp4', "Ärger 日本.mp4", "x\r\nSet-Cookie: a=b.mp4", "100%.mp4", "\ud800.mp4"])
def test_any_name_makes_a_safe_header(name):
    header = disposition("inline", name)
    assert header.isascii() and header.isprintable()
    found = re.fullmatch(r"inline; filename=\"([^\"\\]*)\"; filename\*=UTF-8''([!-~]*)", header)
    assert found and unquote(found[2]) == name.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("name", "container", "expected"),
    [
        ("a.webm", "matroska,webm", "video/webm"),
        ("a", "mov,mp4", "video/quicktime"),
        ("a.x", "nut", "application/octet-stream"),
        ("a.MTS", "", "video/mp2t"),
    ],
)
def test_the_type_is_the_containers(name, container, expected):
    assert media_type(Movie(file_name=name, film={"container": container})) == expected
