"""Imports and the queue over a real server."""

import os
import time

import httpx
import pytest

from service import imports, keys
from service.context import open_service
from service.settings import load_settings
from tests.api.serving import serving

HOUR_AGO = time.time() - 3600


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        (folder / name).write_bytes(b"film")
        os.utime(folder / name, (HOUR_AGO, HOUR_AGO))
    (folder / "d.mp4").write_bytes(b"still being copied")
    return folder


@pytest.fixture
def service(tmp_path, library, sqlite_url):
    return open_service(load_settings(data_dir=tmp_path / "data", database_url=sqlite_url, import_roots=[library]))


@pytest.fixture
def client(service):
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        yield client


def kind_of(response):
    return response.status_code, response.json()["type"]


def test_a_library_is_imported_and_its_files_listed(client, service, library):
    begun = client.post("/v1/movies/import", json={"path": str(library), "precision": "frame"})
    assert begun.status_code == 202
    job = begun.json()
    assert begun.headers["location"] == job["links"]["self"] == f"/v1/imports/{job['id']}"
    assert (job["state"], job["path"], sum(job["counts"].values())) == ("queued", str(library), 0)
    assert client.get("/v1/queue").json()["jobs"]["import"] == {"queued": 1, "running": 0}

    imports.run_import(service, job["id"], lambda: False)
    done = client.get(job["links"]["self"]).json()
    assert done["state"] == "succeeded" and done["finished_at"] and done["error"] is None
    assert done["counts"] == {"new": 3, "changed": 0, "unchanged": 0, "later": 1, "refused": 0}

    new = client.get(job["links"]["files"], params={"outcome": "new", "limit": 2}).json()
    rest = client.get(job["links"]["files"], params={"outcome": "new", "limit": 2, "cursor": new["next_cursor"]}).json()
    assert [file["path"] for file in new["files"] + rest["files"]] == [str(library / name) for name in ("a.mp4", "b.mp4", "c.mp4")]
    assert rest["next_cursor"] is None
    [later] = client.get(job["links"]["files"], params={"outcome": "later"}).json()["files"]
    assert later["movie"] is None and "copied" in later["reason"]

    movie = client.get(f"/v1/movies/{new['files'][0]['movie']}").json()
    assert (movie["source"], movie["priority"], movie["precision"], movie["file_name"]) == ("import", 7, "frame", "a.mp4")
    assert str(library) not in client.get("/v1/movies").text
    assert client.get("/v1/queue").json()["jobs"]["tag"]["queued"] == 3


def test_imports_are_listed_in_pages_and_cancelled(client, library):
    ids = [client.post("/v1/movies/import", json={"path": str(library / name)}).json()["id"] for name in ("a.mp4", "b.mp4", "c.mp4")]
    first = client.get("/v1/imports", params={"limit": 2}).json()
    second = client.get("/v1/imports", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [job["id"] for job in first["imports"] + second["imports"]] == ids[::-1] and second["next_cursor"] is None
    assert client.post(f"/v1/imports/{ids[0]}/cancel").json()["state"] == "cancelled"
    assert kind_of(client.post(f"/v1/imports/{ids[0]}/cancel")) == (409, "/problems/wrong-state")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"path": "/etc/passwd"}, (403, "/problems/outside-roots")),
        ({"path": "relative/a.mp4"}, (422, "/problems/invalid-request")),
        ({"path": "{library}/none.mp4"}, (422, "/problems/invalid-request")),
        ({}, (422, "/problems/invalid-request")),
        ({"path": "{library}", "precision": "best"}, (422, "/problems/invalid-request")),
        ({"path": "{library}", "unknown": 1}, (422, "/problems/invalid-request")),
        ({"path": "{library}", "webhook_url": "http://127.0.0.1/"}, (422, "/problems/webhook-refused")),
    ],
)
def test_an_import_that_is_not_allowed_is_refused(client, library, body, expected):
    given = {name: value.replace("{library}", str(library)) if isinstance(value, str) else value for name, value in body.items()}
    assert kind_of(client.post("/v1/movies/import", json=given)) == expected
    assert client.get("/v1/imports").json()["imports"] == []


def test_what_is_not_there_is_not_found(client):
    for path in ("/v1/imports/imp_1", "/v1/imports/imp_1/files", "/v1/imports/mov_1", "/v1/imports/imp_%00"):
        assert kind_of(client.get(path)) == (404, "/problems/not-found")
    assert kind_of(client.post("/v1/imports/imp_1/cancel")) == (404, "/problems/not-found")
    for cursor in ("!", "AA", "w6"):
        assert kind_of(client.get("/v1/imports", params={"cursor": cursor})) == (422, "/problems/bad-cursor")


def test_the_queue_is_paused_and_resumed(client):
    assert client.get("/v1/queue").json()["paused"] is False
    assert client.post("/v1/queue/pause").json()["paused"] is True
    assert client.get("/v1/queue").json()["paused"] is True
    body = client.post("/v1/queue/resume").json()
    assert body == {
        "paused": False,
        "jobs": {kind: {"queued": 0, "running": 0} for kind in ("tag", "retag", "import", "library_retag")},
        "workers": [],
    }


def test_only_an_admin_pauses_the_queue(tmp_path, sqlite_url):
    service = open_service(load_settings(data_dir=tmp_path / "data", database_url=sqlite_url, require_keys=True))
    writer = keys.create_key(service.database, "tests", ["write"])
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False, headers={"X-API-Key": writer.text}) as client:
        assert kind_of(client.post("/v1/queue/pause")) == (403, "/problems/scope-needed")
        assert client.get("/v1/queue").json()["paused"] is False
