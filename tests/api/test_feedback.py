"""Feedback on tags over a real server, on both databases."""

import httpx
import pytest

from service import keys
from service.store import feedback
from service.store.engine import now_ms
from service.store.feedback import Moment
from service.store.tables import Verdict
from tests import seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving

SHOTS = [["war"], ["war", "drama"], [], ["drama"], ["drama"]]


@pytest.fixture
def service(tmp_path, database_url):
    return service_on(database_url, tmp_path / "data")


@pytest.fixture
def movie_id(service):
    return seed.add_tagged(service, shots=SHOTS)


@pytest.fixture
def say(client, movie_id):
    def say(number, tag, verdict, movie=movie_id):
        return client.post(f"/v1/movies/{movie}/frames/{number}/feedback", json={"tag": tag, "verdict": verdict})

    return say


def said(answer) -> list[tuple[int, str, str]]:
    return [(row["frame"], row["tag"], row["verdict"]) for row in answer.json()["feedback"]]


def test_a_verdict_is_said_once_and_may_be_changed(client, say, movie_id):
    first = say(1, "war", "right")
    assert first.status_code == 201
    body = first.json()
    assert (body["movie"], body["frame"], body["time_ms"], body["tag"], body["verdict"]) == (movie_id, 1, 6000, "war", "right")
    assert body["created_at"] == body["updated_at"]
    assert client.get(body["image"]).content == seed.picture(1)

    again = say(1, "war", "right")
    assert (again.status_code, again.json()) == (200, body)

    other = say(1, "war", "wrong")
    assert (other.status_code, other.json()["id"], other.json()["verdict"]) == (200, body["id"], "wrong")
    assert other.json()["created_at"] == body["created_at"]
    assert client.get(f"/v1/movies/{movie_id}/feedback").json() == {"feedback": [other.json()], "next_cursor": None}


def test_the_library_s_feedback_is_filtered_and_in_pages(client, service, say, movie_id):
    other = seed.add_tagged(service)
    for movie, number, tag, verdict in ((movie_id, 0, "war", "right"), (other, 1, "war", "wrong"), (movie_id, 2, "drama", "missing")):
        assert say(number, tag, verdict, movie).status_code == 201
    first = client.get("/v1/feedback", params={"limit": 2})
    rest = client.get("/v1/feedback", params={"limit": 2, "cursor": first.json()["next_cursor"]})
    assert said(first) + said(rest) == [(2, "drama", "missing"), (1, "war", "wrong"), (0, "war", "right")]
    assert rest.json()["next_cursor"] is None
    assert said(client.get("/v1/feedback?tag=war")) == [(1, "war", "wrong"), (0, "war", "right")]
    assert said(client.get("/v1/feedback?tag=war&verdict=wrong")) == [(1, "war", "wrong")]
    assert said(client.get(f"/v1/movies/{movie_id}/feedback")) == [(2, "drama", "missing"), (0, "war", "right")]
    page = client.get(f"/v1/movies/{movie_id}/feedback?limit=1").json()
    assert said(client.get(f"/v1/movies/{movie_id}/feedback", params={"cursor": page["next_cursor"]})) == [(0, "war", "right")]


def test_feedback_on_a_tag_of_an_earlier_model_is_found_by_it(client, service, movie_id):
    with service.database.write() as session:
        feedback.put(session, movie_id, Moment(6000, 1), "steamboat", Verdict.WRONG, now_ms(session))
    assert said(client.get("/v1/feedback?tag=steamboat")) == [(1, "steamboat", "wrong")]
    assert problem_of(client.get("/v1/movies?tag=steamboat")) == (422, "unknown-tag")


def test_what_was_said_can_be_taken_back(client, say):
    address = f"/v1/feedback/{say(0, 'war', 'wrong').json()['id']}"
    assert client.delete(address).status_code == 204
    assert problem_of(client.delete(address)) == (404, "not-found")
    assert client.get("/v1/feedback").json()["feedback"] == []
    assert say(0, "war", "right").status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("frames/5/feedback", {"tag": "war", "verdict": "right"}, (404, "not-found")),
        ("frames/-1/feedback", {"tag": "war", "verdict": "right"}, (422, "invalid-request")),
        ("frames/0/feedback", {"tag": "waar", "verdict": "right"}, (422, "unknown-tag")),
        ("frames/0/feedback", {"tag": "wa\0r", "verdict": "right"}, (422, "invalid-request")),
        ("frames/0/feedback", {"tag": "war", "verdict": "perhaps"}, (422, "invalid-request")),
        ("frames/0/feedback", {"tag": "war"}, (422, "invalid-request")),
        ("frames/0/feedback", {"tag": "war", "verdict": "right", "score": 1}, (422, "invalid-request")),
    ],
)
def test_what_cannot_be_said_is_refused(client, movie_id, path, body, answer):
    assert problem_of(client.post(f"/v1/movies/{movie_id}/{path}", json=body)) == answer


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/feedback?tag=waar", (422, "unknown-tag")),
        ("/v1/feedback?verdict=perhaps", (422, "invalid-request")),
        ("/v1/feedback?limit=0", (422, "invalid-request")),
        ("/v1/feedback?cursor=!", (422, "bad-cursor")),
        ("/v1/movies/mov_0/feedback", (404, "not-found")),
    ],
)
def test_odd_questions_are_refused(client, path, answer):
    assert problem_of(client.get(path)) == answer
    assert problem_of(client.delete("/v1/feedback/mov_0")) == (404, "not-found")


def test_a_film_that_is_not_tagged_yet_takes_none(service, say):
    assert problem_of(say(0, "war", "right", seed.add_film(service))) == (409, "no-result-yet")
    assert problem_of(say(0, "war", "right", "mov_0")) == (404, "not-found")


def test_it_follows_its_moment_when_the_film_is_tagged_anew(client, service, say, movie_id):
    say(1, "war", "right")
    say(4, "drama", "wrong")
    client.post(f"/v1/movies/{movie_id}/retry")
    assert said(client.get("/v1/feedback")) == [(4, "drama", "wrong"), (1, "war", "right")]
    seed.succeed(service, movie_id, SHOTS[:2])  # its last moments have no key frame now
    rows = client.get("/v1/feedback").json()["feedback"]
    assert [(row["time_ms"], row["frame"], row["image"] is None) for row in rows] == [(18000, None, True), (6000, 1, False)]
    client.post(f"/v1/movies/{movie_id}/retry")
    seed.succeed(service, movie_id, SHOTS)
    assert said(client.get("/v1/feedback")) == [(4, "drama", "wrong"), (1, "war", "right")]


def test_it_goes_with_its_film(client, service, say, movie_id):
    other = seed.add_tagged(service, "other.mp4")
    say(0, "war", "right")
    say(0, "war", "right", other)
    assert client.delete(f"/v1/movies/{movie_id}").status_code == 204
    assert [row["movie"] for row in client.get("/v1/feedback").json()["feedback"]] == [other]
    assert client.delete("/v1/movies?q=other").json() == {"deleted": 1, "remaining": 0}
    assert client.get("/v1/feedback").json()["feedback"] == []


def test_readers_may_look_and_writers_may_speak(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path / "keys", require_keys=True)
    movie_id = seed.add_tagged(service)
    reader, writer = (keys.create_key(service.database, scope, [scope]).text for scope in ("read", "write"))
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        address, body = f"/v1/movies/{movie_id}/frames/0/feedback", {"tag": "war", "verdict": "right"}
        assert problem_of(client.post(address, json=body)) == (401, "key-needed")
        assert problem_of(client.post(address, json=body, headers={"X-API-Key": reader})) == (403, "scope-needed")
        made = client.post(address, json=body, headers={"X-API-Key": writer})
        assert made.status_code == 201
        for path in ("/v1/feedback", f"/v1/movies/{movie_id}/feedback"):
            assert client.get(path, headers={"X-API-Key": reader}).json()["feedback"] == [made.json()]
        assert problem_of(client.delete(f"/v1/feedback/{made.json()['id']}", headers={"X-API-Key": reader})) == (403, "scope-needed")
