"""The webhook log over a real server."""

import httpx
import pytest

from service import keys, webhooks
from service.results import Parameters
from service.settings import load_settings
from service.store import movies
from service.store.engine import Database, now_ms
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Source, State
from service.webhook_sender import deliver_due
from tests.api.serving import service_in, serving
from tests.receivers import receiving

PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None)


@pytest.fixture
def service(tmp_path, sqlite_url):
    return service_in(tmp_path, Database(sqlite_url))


@pytest.fixture
def client(service):
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        yield client


def ended_film(database, name, url):
    with database.write() as session:
        file = FilmFile(Source.UPLOAD, f"films/{name}/film.mp4", "film.mp4", 1, name.ljust(64, "-"))
        movie = movies.insert(session, name, file, MovieFields(PARAMETERS, webhook_url=url), None, now_ms(session))
        assert movie is not None
        movie.state, movie.error = State.FAILED, {"type": "no-video", "title": "No video", "detail": "Sound alone."}
        webhooks.record_event(session, movie, now_ms(session))


def kind_of(response):
    return response.status_code, response.json()["type"]


def test_the_log_tells_what_was_sent_and_what_came_of_it(client, service, tmp_path):
    settings = load_settings(data_dir=tmp_path, allow_private_webhooks=True)
    with receiving() as receiver:
        receiver.answers = [503, 204]
        ended_film(service.database, "mov_1", f"{receiver.base}/hook")
        deliver_due(service.database, settings)
        [event] = client.get("/v1/webhooks/events").json()["events"]
        assert (event["type"], event["movie"], event["state"], event["tries"]) == ("movie.failed", "mov_1", "due", 1)
        assert event["next_try_at"] > event["created_at"]

        again = client.post(f"/v1/webhooks/events/{event['id']}/redeliver")
        assert again.status_code == 202 and again.headers["location"] == f"/v1/webhooks/events/{event['id']}"
        deliver_due(service.database, settings)
        detail = client.get(again.headers["location"]).json()
    assert [each["status"] for each in detail["deliveries"]] == [503, 204]
    assert (detail["state"], detail["next_try_at"]) == ("delivered", None)
    assert detail["payload"]["data"]["error"]["detail"] == "Sound alone."
    assert {each.headers["webhook-id"] for each in receiver.received} == {event["id"]}


def test_the_log_is_filtered_and_in_pages(client, service):
    for number in range(3):
        ended_film(service.database, f"mov_{number}", "https://example.com/hook")
    first = client.get("/v1/webhooks/events", params={"limit": 2, "state": "due"}).json()
    rest = client.get("/v1/webhooks/events", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [event["movie"] for event in first["events"] + rest["events"]] == ["mov_2", "mov_1", "mov_0"]
    assert rest["next_cursor"] is None
    assert [event["movie"] for event in client.get("/v1/webhooks/events?movie=mov_1").json()["events"]] == ["mov_1"]
    assert client.get("/v1/webhooks/events?state=delivered").json()["events"] == []
    assert kind_of(client.get("/v1/webhooks/events?state=lost")) == (422, "/problems/invalid-request")
    assert kind_of(client.get("/v1/webhooks/events?movie=%00")) == (422, "/problems/invalid-request")


def test_an_unknown_event_is_not_found(client):
    for event_id in ("evt_1", "mov_1", "evt_%00"):
        assert kind_of(client.get(f"/v1/webhooks/events/{event_id}")) == (404, "/problems/not-found")
        assert kind_of(client.post(f"/v1/webhooks/events/{event_id}/redeliver")) == (404, "/problems/not-found")


def test_a_key_sees_its_own_secret(tmp_path, sqlite_url):
    service = service_in(tmp_path, Database(sqlite_url), require_keys=True)
    first, second = (keys.create_key(service.database, name, ["write"]) for name in ("first", "second"))
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        for made in (first, second):
            answer = client.get("/v1/webhooks/secret", headers={"X-API-Key": made.text})
            assert answer.json() == {"secret": made.key.webhook_secret}
        reader = keys.create_key(service.database, "reader", ["read"])
        assert kind_of(client.get("/v1/webhooks/secret", headers={"X-API-Key": reader.text})) == (403, "/problems/scope-needed")


def test_without_keys_the_installation_has_a_secret(client):
    secret = client.get("/v1/webhooks/secret").json()["secret"]
    assert secret.startswith("whsec_") and client.get("/v1/webhooks/secret").json()["secret"] == secret
