"""Keys, scopes and logins over a real server."""

import json
import threading

import httpx
import pytest

from service import keys
from service.errors import DatabaseUnavailable
from service.keys import FRESH_SECONDS, KeyRing, presented
from service.store.engine import Database
from tests.api.serving import service_in, serving


@pytest.fixture
def service(tmp_path, sqlite_url):
    return service_in(tmp_path, Database(sqlite_url), require_keys=True)


@pytest.fixture
def client(service):
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        yield client


BASIC = {"Origin": "https://evil.example", "Authorization": "Basic eDp5"}  # browsers send this to sites by themselves
JSON = {"Content-Type": "application/json"}


def header(text):
    return {"Authorization": f"Bearer {text}"}


def kind_of(response):
    return response.status_code, response.json()["type"]


def test_without_a_key_nothing_is_answered_but_the_probes_and_the_login(client):
    answer = client.get("/v1/movies")
    assert kind_of(answer) == (401, "/problems/key-needed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert client.get("/health/live").status_code == 200
    assert client.get("/v1/login").json() == {"keys_needed": True, "key_id": None, "scopes": []}
    assert client.get("/metrics").status_code == 401


def test_a_key_is_taken_from_either_header(client, service):
    key = keys.create_key(service.database, "tests", ["read"])
    assert client.get("/v1/movies", headers=header(key.text)).status_code == 200
    assert client.get("/v1/movies", headers={"X-API-Key": key.text}).status_code == 200
    assert kind_of(client.get("/v1/movies", headers=header(key.text + "x"))) == (401, "/problems/key-needed")
    assert kind_of(client.get("/v1/movies", headers={"Authorization": f"Basic {key.text}"})) == (401, "/problems/key-needed")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("read", (200, 403, 403)), ("write", (200, 200, 403)), ("admin", (200, 200, 200))],
)
def test_a_scope_includes_those_below_it(client, service, scope, expected):
    key = keys.create_key(service.database, "tests", [scope])
    paths = ("/v1/movies", "/v1/webhooks/events", "/v1/keys")
    answers = [client.get(path, headers=header(key.text)) for path in paths]
    assert tuple(answer.status_code for answer in answers) == expected
    assert {kind_of(answer)[1] for answer in answers if answer.status_code == 403} <= {"/problems/scope-needed"}


def test_a_request_without_a_key_is_refused_before_its_body_is_read(client):
    begun = threading.Event()

    def endless():
        begun.set()
        yield b"x" * 1000
        yield b"x" * 1000

    answer = client.post("/v1/keys", content=endless())
    assert kind_of(answer) == (401, "/problems/key-needed")


def test_a_key_is_made_shown_once_used_and_revoked_over_the_api(client, service):
    admin = header(keys.create_key(service.database, "root", ["admin"]).text)
    made = client.post("/v1/keys", headers=admin, json={"name": "archive", "scopes": ["write", "read"]})
    assert made.status_code == 201
    body = made.json()
    assert body["key"].startswith("mt_") and body["webhook_secret"].startswith("whsec_")
    assert client.get("/v1/movies", headers=header(body["key"])).status_code == 200
    shown = client.get(made.headers["location"], headers=admin)
    assert shown.json()["scopes"] == ["read", "write"] and "key" not in shown.json()
    assert body["key"] not in client.get("/v1/keys", headers=admin).text
    assert client.delete(made.headers["location"], headers=admin).status_code == 204
    assert client.get(made.headers["location"], headers=admin).json()["revoked_at"] is not None


@pytest.mark.parametrize(
    "wish", [{"name": "x", "scopes": ["root"]}, {"name": "", "scopes": ["read"]}, {"name": "\ud800", "scopes": ["read"]}]
)
def test_a_key_that_cannot_be_made_is_refused(client, service, wish):
    admin = header(keys.create_key(service.database, "root", ["admin"]).text)
    answer = client.post("/v1/keys", headers=admin | JSON, content=json.dumps(wish))
    assert kind_of(answer) == (422, "/problems/invalid-request")


@pytest.mark.parametrize("key_id", ["key_unknown", "mov_1", "key_%00"])
def test_an_unknown_key_is_not_found(client, service, key_id):
    admin = header(keys.create_key(service.database, "root", ["admin"]).text)
    assert kind_of(client.get(f"/v1/keys/{key_id}", headers=admin)) == (404, "/problems/not-found")
    assert kind_of(client.delete(f"/v1/keys/{key_id}", headers=admin)) == (404, "/problems/not-found")


def test_a_browser_logs_in_and_out(client, service):
    key = keys.create_key(service.database, "tests", ["write"])
    page = {"Origin": str(client.base_url)}
    answer = client.post("/v1/login", json={"key": key.text}, headers=page)
    cookie = answer.headers["set-cookie"]
    assert answer.json() == {"keys_needed": True, "key_id": key.key.id, "scopes": ["read", "write"]}
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/")) and "Secure" not in cookie
    assert key.text not in cookie
    token = client.cookies["movietags_login"]
    assert client.get("/v1/movies").status_code == 200
    assert client.post("/v1/logout", headers=page).status_code == 204
    assert client.get("/v1/movies", headers={"Cookie": f"movietags_login={token}"}).status_code == 401


def test_a_login_with_a_wrong_key_sets_no_cookie(client):
    answer = client.post("/v1/login", json={"key": "mt_wrong"})
    assert kind_of(answer) == (401, "/problems/key-needed")
    assert "set-cookie" not in answer.headers
    assert kind_of(client.post("/v1/login", content='{"key": "\\ud800"}', headers=JSON)) == (422, "/problems/invalid-request")
    assert kind_of(client.post("/v1/login", json={})) == (422, "/problems/invalid-request")


def test_what_a_cookie_asks_for_must_come_from_our_own_pages(client, service):
    key = keys.create_key(service.database, "tests", ["admin"])
    page = {"Origin": str(client.base_url)}
    client.post("/v1/login", json={"key": key.text}, headers=page)
    refused = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site", **page}, {"Origin": "null"}, {}, BASIC]
    for headers in refused:
        assert kind_of(client.post("/v1/queue/pause", headers=headers)) == (403, "/problems/foreign-request")
    made = {"name": "x", "scopes": ["read"]}
    for headers in (page, {"Sec-Fetch-Site": "same-origin"}):
        assert client.post("/v1/keys", json=made, headers=headers).status_code == 201
    del client.cookies["movietags_login"]
    # A key in a header cannot be forged by a page.
    assert client.post("/v1/keys", json=made, headers={"Origin": "https://evil.example", **header(key.text)}).status_code == 201


def test_guessing_keys_is_slowed_down_but_keys_in_use_go_on(client, service):
    key = keys.create_key(service.database, "tests", ["read"])
    assert client.get("/v1/movies", headers=header(key.text)).status_code == 200
    answers = [client.get("/v1/movies", headers=header(f"mt_{guess}")) for guess in range(22)]
    assert {answer.status_code for answer in answers[:20]} == {401}
    assert kind_of(answers[-1]) == (429, "/problems/too-many-requests")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert kind_of(client.post("/v1/login", json={"key": "mt_x"})) == (429, "/problems/too-many-requests")
    assert client.get("/v1/movies", headers=header(key.text)).status_code == 200


def test_each_key_has_a_rate_of_its_own(tmp_path, sqlite_url):
    service = service_in(tmp_path, Database(sqlite_url), require_keys=True, rate_limit=5)
    busy, calm = (header(keys.create_key(service.database, name, ["read"]).text) for name in ("busy", "calm"))
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        answers = [client.get("/v1/movies", headers=busy) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) <= 12
        assert client.get("/v1/movies", headers=calm).status_code == 200
        assert client.get("/health/live").status_code == 200


def test_a_revoked_key_dies_within_five_seconds(sqlite_url):
    assert FRESH_SECONDS < 5
    database, now = Database(sqlite_url), [0.0]
    ring = KeyRing(database, clock=lambda: now[0])
    key = keys.create_key(database, "tests", ["read"])
    shown = presented(key.text, is_login=False)
    assert ring.recall(shown) is None and ring.look_up(shown) is not None
    keys.revoke_key(database, key.key.id)
    assert ring.recall(shown) is not None
    now[0] = FRESH_SECONDS
    assert ring.recall(shown) is None and ring.look_up(shown) is None
    database.close()


def test_a_login_ends_with_its_key(database_url):
    database = Database(database_url)
    ring = KeyRing(database)
    key = keys.create_key(database, "tests", ["read"])
    shown = presented(keys.log_in(database, key.key.id, 1), is_login=True)
    found = ring.look_up(shown)
    assert found is not None and found.key_id == key.key.id
    keys.revoke_key(database, key.key.id)
    ring.forget(shown)
    assert ring.look_up(shown) is None
    database.close()


def test_a_login_ends_in_time(database_url):
    database = Database(database_url)
    key = keys.create_key(database, "tests", ["read"])
    over = presented(keys.log_in(database, key.key.id, -1), is_login=True)
    assert KeyRing(database).look_up(over) is None
    database.close()


def test_a_database_that_is_away_is_not_asked_by_everybody():
    database, now = Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), [0.0]
    ring = KeyRing(database, clock=lambda: now[0])
    shown = presented("mt_x", is_login=False)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            ring.look_up(shown)
    database.close()


def test_a_key_is_stored_as_its_hash_alone(sqlite_url):
    database = Database(sqlite_url)
    key = keys.create_key(database, "tests", ["read"])
    stored = keys.get_key(database, key.key.id)
    assert key.text not in repr(vars(stored)) and key.text not in repr(key)
    assert stored.key_hash == presented(key.text, is_login=False).hash
    assert keys.has_keys(database)
    keys.revoke_key(database, key.key.id)
    assert not keys.has_keys(database)
    database.close()
