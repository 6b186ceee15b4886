"""What people get wrong, each answered with a problem type that the manual explains; each resource's own tests try more of it."""

import re
from pathlib import Path

import httpx
import pytest

from service.api.problems import ANSWERS
from service.app import create_app
from service.keys import create_key
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving

MANUAL = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8").partition("## Problems")[2]
BY_THE_SERVER = {"not-found": "404", "method-not-allowed": "405", "refused": "4xx"}  # for addresses, not for what is at them
TUS = {"Tus-Resumable": "1.0.0"}


def manual_status(slug: str) -> str | None:
    """The status under which the manual lists a problem type."""
    row = re.search(rf"^\| `{slug}` \| (\w+) \|", MANUAL, re.M)
    return row[1] if row else None


def film_form(content: bytes = b"\0\0\0\x18ftypmp42" + bytes(100), **fields: str):
    return {"files": {"file": ("harbour.mp4", content)}, "data": fields}


@pytest.mark.parametrize(
    ("slug", "status"), sorted({(answer.slug, str(answer.status)) for answer in ANSWERS.values()} | {*BY_THE_SERVER.items()})
)
def test_the_manual_has_every_problem_type(slug, status):
    assert manual_status(slug) == status


def test_the_manual_has_no_other_problem_type():
    known = {answer.slug for answer in ANSWERS.values()} | BY_THE_SERVER.keys()
    assert set(re.findall(r"^\| `([a-z-]+)` \| \w+ \|", MANUAL, re.M)) == known


@pytest.mark.parametrize(
    ("request_of", "slug", "told"),
    [
        (("POST", "/v1/movies", film_form(b"%PDF-1.7" + bytes(100))), "wrong-type", "PDF"),
        (("POST", "/v1/movies", film_form(bytes(200_000))), "too-large", "100,000"),
        (("POST", "/v1/movies", film_form(b"")), "empty", "no bytes"),
        (("POST", "/v1/movies", film_form(priority="11")), "invalid-request", "1 to 9"),
        (("POST", "/v1/movies", film_form(webhook_url="ftp://example.com/")), "webhook-refused", "http://"),
        (("POST", "/v1/movies", film_form(webhook_url="http://[::ffff:10.0.0.1]/")), "webhook-refused", "private"),
        (("POST", "/v1/movies", film_form(webhook_url="http://nobody@example.com/")), "webhook-refused", "password"),
        (("POST", "/v1/uploads", {"headers": {**TUS, "Upload-Length": "100001"}}), "too-large", "100,000"),
        (("GET", "/v1/uploads/upl_0", {}), "not-found", "upl_0"),
        (("GET", "/v1/movies/mov_0", {}), "not-found", "mov_0"),
        (("GET", "/v1/movies/7", {}), "not-found", "/v1/movies"),
        (("GET", "/v1/imports/imp_0", {}), "not-found", "imp_0"),
        (("GET", "/v1/retags/ret_0", {}), "not-found", "ret_0"),
        (("GET", "/v1/webhooks/events/evt_0", {}), "not-found", "evt_0"),
        (("GET", "/v1/films", {}), "not-found", "/openapi.json"),
        (("PUT", "/v1/movies", {}), "method-not-allowed", "/openapi.json"),
        (("GET", "/v1/movies?cursor=x", {}), "bad-cursor", "without it"),
        (("GET", "/v1/imports?cursor=!", {}), "bad-cursor", "without it"),
        (("GET", "/v1/webhooks/events?cursor=!", {}), "bad-cursor", "without it"),
        (("GET", "/v1/movies?tag=romanc", {}), "unknown-tag", "romance"),
        (("GET", "/v1/export?tag=waar", {}), "unknown-tag", "war"),
        (("POST", "/v1/retag", {"json": {"filter": {"tags": ["waar"]}}}), "unknown-tag", "war"),
        (("POST", "/v1/movies/import", {"json": {"path": "/etc"}}), "outside-roots", "MOVIETAGS_IMPORT_ROOTS"),
        (("POST", "/v1/keys", {"content": b"{", "headers": {"Content-Type": "application/json"}}), "invalid-request", "JSON"),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(bounded_client, request_of, slug, told):
    method, address, more = request_of
    response = bounded_client.request(method, address, **more)
    status, kind = problem_of(response)
    assert (kind, str(status)) == (slug, manual_status(slug))
    assert told in response.json()["detail"]


@pytest.fixture(scope="module")
def bounded_client(tmp_path_factory, new_sqlite):
    service = service_on(new_sqlite(), tmp_path_factory.mktemp("bad"), max_upload_bytes=100_000)
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield client


def test_a_wrong_key_is_no_key(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path / "keyed", require_keys=True)
    right = create_key(service.database, "reader", ["read"]).text
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        for headers in ({}, {"Authorization": "Bearer mt_wrong"}, {"X-API-Key": right[:-1]}):
            response = client.get("/v1/movies", headers=headers)
            assert problem_of(response) == (401, "key-needed")
            assert response.headers["www-authenticate"].startswith("Bearer")
        assert problem_of(client.delete("/v1/movies/mov_0", headers={"X-API-Key": right})) == (403, "scope-needed")


def test_without_a_key_nothing_answers_that_the_document_calls_guarded(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path / "keyed", require_keys=True)
    seed.add_tagged(service)
    guarded = [
        (method, path)
        for path, operations in create_app(service).openapi()["paths"].items()
        for method, operation in operations.items()
        if operation.get("security")
    ]
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False, headers=TUS) as client:
        answers = {(method, path): client.request(method, re.sub(r"\{\w+\}", "1", path)).status_code for method, path in guarded}
    assert len(answers) > 40
    assert {request: status for request, status in answers.items() if status != 401} == {}


def test_an_idempotency_key_is_of_one_request(client):
    key = {"Idempotency-Key": "once"}
    first = client.post("/v1/movies", headers=key, **film_form())
    assert first.status_code == 202
    again = client.post("/v1/movies", headers=key, **film_form(title="Another"))
    assert problem_of(again) == (422, "idempotency-mismatch")
    assert client.post("/v1/movies", headers=key, **film_form()).json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    ("method", "part"),
    [
        *(("GET", part) for part in ("", "/segments", "/shots", "/frames", "/frames/0/image", "/file", "/events", "/export?format=json")),
        *(("POST", part) for part in ("/cancel", "/retry", "/retag")),
        ("DELETE", ""),
    ],
)
def test_a_film_deleted_while_running_is_gone_for_everybody(service, client, method, part):
    movie_id = seed.add_film(service)
    seed.begin(service, movie_id)
    assert client.delete(f"/v1/movies/{movie_id}").status_code == 204
    assert problem_of(client.request(method, f"/v1/movies/{movie_id}{part}")) == (404, "not-found")
