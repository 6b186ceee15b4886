"""Names, pages, headers, bounds and the log, over a real server."""

import logging

import httpx
import pytest

from service import keys
from service.api.exposure import check_exposure
from service.api.rates import REMEMBERED, Rates, network_of
from service.api.security import MAX_BODY_BYTES
from service.errors import SettingsError
from service.store.engine import Database
from tests.api.serving import service_in, serving

PAGE = "https://tools.example"


@pytest.fixture(scope="module")
def open_client(tmp_path_factory):
    """Without keys, as on loopback."""
    with serving(service_in(tmp_path_factory.mktemp("open"))) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        yield client


def kind_of(response):
    return response.status_code, response.json()["type"]


FOREIGN = (403, "/problems/foreign-request")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5", "[2001:db8::1]", ""])
def test_a_foreign_name_is_refused_so_that_no_page_reaches_us_by_rebinding_its_own(open_client, host):
    assert kind_of(open_client.get("/v1/movies", headers={"Host": host})) == FOREIGN


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "127.0.0.1", "[::1]:8000", "films.localhost", "LOCALHOST"])
def test_names_of_loopback_are_ours(open_client, host):
    assert open_client.get("/v1/movies", headers={"Host": host}).status_code == 200


def test_probes_are_answered_under_every_name(open_client):
    assert open_client.get("/health/live", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": PAGE}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://[::1"}],
)
def test_a_foreign_page_changes_nothing(open_client, headers):
    assert kind_of(open_client.post("/v1/webhooks/events/evt_1/redeliver", headers=headers)) == FOREIGN
    assert open_client.get("/v1/movies", headers=headers).status_code == 200


def test_our_own_page_and_programs_may_change_things(open_client):
    for headers in ({}, {"Origin": str(open_client.base_url)}, {"Sec-Fetch-Site": "same-origin"}):
        answer = open_client.post("/v1/webhooks/events/evt_1/redeliver", headers=headers)
        assert kind_of(answer) == (404, "/problems/not-found")


def test_allowed_names_and_pages(tmp_path, sqlite_url):
    service = service_in(tmp_path, Database(sqlite_url), allowed_hosts=["films.example"], allowed_origins=[PAGE])
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        assert client.get("/v1/movies", headers={"Host": "films.example"}).status_code == 200
        headers = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
        answer = client.post("/v1/webhooks/events/evt_1/redeliver", headers=headers)
        assert answer.status_code == 404
        assert answer.headers["access-control-allow-origin"] == PAGE
        exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {
            "Location",
            "Upload-Offset",
            "Upload-Length",
            "Upload-Expires",
            "Retry-After",
            "Content-Range",
            "Movietags-Movie",
        } <= exposed
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "upload-offset,authorization"}
        allowed = client.options("/v1/uploads/upl_1", headers=asked)
        assert allowed.status_code == 200 and "PATCH" in allowed.headers["access-control-allow-methods"]
        asked["Origin"] = "https://evil.example"
        assert "access-control-allow-origin" not in client.options("/v1/uploads/upl_1", headers=asked).headers


def test_refusals_can_be_read_by_allowed_pages(tmp_path, sqlite_url):
    service = service_in(tmp_path, Database(sqlite_url), require_keys=True, allowed_origins=[PAGE])
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        answer = client.get("/v1/movies", headers={"Origin": PAGE})
        assert answer.status_code == 401 and answer.headers["access-control-allow-origin"] == PAGE


def test_every_answer_carries_the_headers_that_keep_browsers_safe(open_client):
    for path in ("/v1/movies", "/v1/movies/mov_1", "/health/live", "/nowhere"):
        headers = open_client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers or "uvicorn" in headers["server"]


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_that_is_no_upload_is_bounded(open_client, is_declared):
    body = b" " * (MAX_BODY_BYTES + 1)
    answer = open_client.post("/v1/keys", content=body if is_declared else iter([body]), headers={"Content-Type": "application/json"})
    assert kind_of(answer) == (413, "/problems/too-large")


def test_a_body_in_pieces_arrives_whole(open_client):
    pieces = iter([b'{"name": "pieces",', b' "scopes": ["read"]}'])
    answer = open_client.post("/v1/keys", content=pieces, headers={"Content-Type": "application/json"})
    assert answer.json()["name"] == "pieces"


def test_the_log_tells_who_asked_for_what_without_secrets(tmp_path, sqlite_url, caplog):
    caplog.set_level(logging.INFO)
    service = service_in(tmp_path, Database(sqlite_url), require_keys=True)
    key = keys.create_key(service.database, "tests", ["read"])
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        client.get("/v1/movies?q=secret", headers={"Authorization": f"Bearer {key.text}"})
        client.get("/v1/movies%0Aforged", headers={"Authorization": f"Bearer {key.text}x"})
        client.post("/v1/login", json={"key": key.text})
    lines = [record.getMessage() for record in caplog.records if record.name == "service.access"]
    assert len(lines) == 3
    assert lines[0].startswith("127.0.0.1 GET /v1/movies 200") and lines[0].endswith(key.key.id)
    assert "/v1/movies%0Aforged" in lines[1]
    everything = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("service"))
    assert key.text not in everything and "secret" not in everything


@pytest.mark.parametrize(("trusted", "is_believed"), [(["127.0.0.0/8"], True), (["10.0.0.0/8"], False), ([], False)])
def test_forwarded_headers_are_believed_from_trusted_proxies_alone(tmp_path, sqlite_url, trusted, is_believed):
    service = service_in(tmp_path, Database(sqlite_url), require_keys=True, trusted_proxies=trusted)
    key = keys.create_key(service.database, "tests", ["read"])
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        cookie = client.post("/v1/login", json={"key": key.text}, headers=forwarded).headers["set-cookie"]
        assert ("Secure" in cookie) == is_believed


@pytest.mark.parametrize(
    ("given", "with_key", "is_refused"),
    [
        ({}, False, False),
        ({"host": "0.0.0.0"}, False, True),
        ({"host": "0.0.0.0"}, True, False),
        ({"host": "0.0.0.0", "allow_without_keys": True}, False, False),
        ({"host": "0.0.0.0", "require_keys": False}, True, True),
        ({"host": "films.example", "require_keys": True}, False, True),
        ({"host": "::1"}, False, False),
    ],
)
def test_it_is_not_shown_to_other_machines_without_keys(tmp_path, sqlite_url, given, with_key, is_refused):
    service = service_in(tmp_path, Database(sqlite_url), **{"require_keys": None, **given})
    if with_key:
        keys.create_key(service.database, "tests", ["read"])
    if is_refused:
        with pytest.raises(SettingsError, match="MOVIETAGS_ALLOW_WITHOUT_KEYS"):
            check_exposure(service)
    else:
        check_exposure(service)
    service.close()


def test_a_bucket_fills_up_again():
    now = [0.0]
    rates = Rates(60, clock=lambda: now[0])
    assert [rates.take("a") for _ in range(60)] == [0] * 60
    assert rates.take("a") == 1 and rates.wait("a") == 1 and rates.take("b") == 0
    now[0] = 1.0
    assert rates.take("a") == 0 and rates.take("a") == 1


def test_buckets_are_forgotten_before_there_are_too_many():
    rates = Rates(60, clock=lambda: 0.0)
    for who in range(REMEMBERED + 10):
        rates.take(str(who))
    assert len(rates._buckets) <= REMEMBERED


def test_a_network_of_ipv6_counts_as_one():
    assert network_of(("2001:db8::1", 1)) == network_of(("2001:db8::ffff", 2)) != network_of(("2001:db8:0:1::1", 1))
    assert network_of(("192.0.2.1", 1)) == "192.0.2.1" and network_of(None) == ""
