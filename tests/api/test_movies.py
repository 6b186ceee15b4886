"""One film: get, cancel, retry, retag, delete."""

import pytest
from sqlalchemy import func, select, update

from service.results import Parameters
from service.store.tables import Movie, MovieTag, Run
from tests import seed
from tests.api.conftest import problem_of


def run_of(service, movie_id):
    with service.database.read() as session:
        return session.scalars(select(Run).where(Run.movie_id == movie_id).order_by(Run.id.desc())).first()


def test_a_queued_film_shows_its_progress_and_links(service, client):
    movie_id = seed.add_film(service, "The harbour", external_id="b-17", priority=2)
    movie = client.get(f"/v1/movies/{movie_id}").json()
    assert (movie["id"], movie["state"], movie["title"], movie["external_id"]) == (movie_id, "queued", "The harbour", "b-17")
    assert (movie["precision"], movie["priority"], movie["tags"], movie["error"]) == ("keyframe", 2, None, None)
    assert movie["progress"] == {
        "stage": None,
        "stages": {"fetching": 0, "probing": 0, "tagging": 0, "publishing": 0},
        "percent": 0,
        "remaining_seconds": None,
    }
    assert movie["created_at"].endswith("Z")
    assert movie["links"]["frames"] == f"/v1/movies/{movie_id}/frames"


def test_a_running_film_tells_how_far_it_is(service, client):
    movie_id = seed.add_film(service)
    seed.begin(service, movie_id, stage="tagging", stages={"tagging": 50.0}, remaining_seconds=12.5)
    progress = client.get(f"/v1/movies/{movie_id}").json()["progress"]
    assert progress["stage"] == "tagging"
    assert progress["stages"] == {"fetching": 100, "probing": 100, "tagging": 50.0, "publishing": 0}
    assert (progress["percent"], progress["remaining_seconds"]) == (52.0, 12.5)


def test_a_tagged_film_has_tags_facts_and_model(service, client):
    movie = client.get(f"/v1/movies/{seed.add_tagged(service)}").json()
    assert (movie["state"], movie["progress"]["percent"]) == ("succeeded", 100)
    assert {tag["tag"]: tag["first_ms"] for tag in movie["tags"]} == {"war": 0, "drama": 4000}
    assert movie["film"]["duration_ms"] == 12000
    assert movie["model"]["name"] == "movietags-tagger"


def test_a_tagged_film_is_shown_by_its_most_telling_key_frame(service, client):
    movie_id = seed.add_film(service)
    assert client.get(f"/v1/movies/{movie_id}").json()["picture"] is None
    seed.succeed(service, movie_id, shots=[[], ["war", "violence"], ["war"]])
    picture = client.get(f"/v1/movies/{movie_id}").json()["picture"]
    assert (picture["frame"], picture["blurred"]) == (1, True)
    assert client.get(picture["image"]).content == seed.picture(1)
    assert client.get("/v1/movies").json()["movies"][0]["picture"] == picture
    client.post(f"/v1/movies/{movie_id}/retry")
    seed.succeed(service, movie_id, shots=[["animal", "children", "wedding", "murder"], ["animal", "children", "wedding"]])
    again = client.get(f"/v1/movies/{movie_id}").json()["picture"]
    assert (again["frame"], again["blurred"], again["image"] != picture["image"]) == (1, False, True)


def test_a_film_of_an_earlier_version_is_shown_blurred_by_its_first_key_frame(service, client):
    movie_id = seed.add_tagged(service)
    with service.database.write() as session:
        session.execute(update(Movie).values(picture=None))
    picture = client.get(f"/v1/movies/{movie_id}").json()["picture"]
    assert (picture["frame"], picture["blurred"]) == (0, True)
    assert client.get(picture["image"]).content == seed.picture(0)


def test_a_failed_film_tells_why(service, client):
    movie_id = seed.add_film(service)
    seed.fail(service, movie_id)
    movie = client.get(f"/v1/movies/{movie_id}").json()
    assert (movie["state"], movie["error"]["type"]) == ("failed", "no-video")


def test_thresholds_and_tags_may_be_chosen_at_query_time(service, client):
    movie_id = seed.add_tagged(service)
    address = f"/v1/movies/{movie_id}"
    assert client.get(address, params={"min_score": 0.95}).json()["tags"] == []
    assert [tag["tag"] for tag in client.get(address, params={"tags": "war,romance"}).json()["tags"]] == ["war"]
    assert [tag["tag"] for tag in client.get(address, params={"exclude": "war"}).json()["tags"]] == ["drama"]
    seen = client.get(address, params={"aggregate": "segments", "tags": "drama"}).json()
    assert seen["segments"] == [{"tag": "drama", "start_ms": 4000, "end_ms": 8000, "score": 0.9}]
    assert len(client.get(address, params={"aggregate": "frames"}).json()["frames"]) == 3


def test_a_film_that_is_not_tagged_yet_has_no_tags_under_any_threshold(service, client):
    assert client.get(f"/v1/movies/{seed.add_film(service)}", params={"min_score": 0.2}).json()["tags"] is None


@pytest.mark.parametrize("movie_id", ["mov_0", "nothing", "mov_%00", "mov_é"])
def test_an_unknown_film_is_not_found(client, movie_id):
    assert problem_of(client.get(f"/v1/movies/{movie_id}")) == (404, "not-found")
    assert problem_of(client.post(f"/v1/movies/{movie_id}/cancel")) == (404, "not-found")


def test_an_unknown_tag_is_answered_with_close_ones(service, client):
    response = client.get(f"/v1/movies/{seed.add_tagged(service)}", params={"tags": "waar"})
    assert problem_of(response) == (422, "unknown-tag")
    assert "war" in response.json()["detail"]


def test_a_queued_film_is_cancelled_at_once_and_a_running_one_soon(service, client):
    queued, running = seed.add_film(service), seed.add_film(service)
    seed.begin(service, running)
    response = client.post(f"/v1/movies/{queued}/cancel")
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert client.post(f"/v1/movies/{running}/cancel").status_code == 202
    assert run_of(service, running).cancel_requested
    assert problem_of(client.post(f"/v1/movies/{queued}/cancel")) == (409, "wrong-state")


def test_a_retry_queues_the_film_with_what_was_changed(service, client):
    movie_id = seed.add_film(service)
    seed.fail(service, movie_id)
    response = client.post(f"/v1/movies/{movie_id}/retry", json={"precision": "frame", "min_score": 0.7})
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/movies/{movie_id}")
    assert (response.json()["state"], response.json()["error"]) == ("queued", None)
    assert run_of(service, movie_id).parameters == {**response.json()["parameters"], "precision": "frame", "min_score": 0.7}
    assert problem_of(client.post(f"/v1/movies/{movie_id}/retry")) == (409, "wrong-state")


def test_a_retry_without_a_body_changes_nothing_but_the_state(service, client):
    movie_id = seed.add_tagged(service)
    before = client.get(f"/v1/movies/{movie_id}").json()
    after = client.post(f"/v1/movies/{movie_id}/retry").json()
    assert (after["state"], after["parameters"], after["tags"]) == ("queued", before["parameters"], before["tags"])


@pytest.mark.parametrize("body", [{"precision": "blurred"}, {"min_score": 2}, {"colour": 1}, {"top": 0}, [1], "x"])
def test_a_retry_with_odd_parameters_is_refused(service, client, body):
    assert problem_of(client.post(f"/v1/movies/{seed.add_tagged(service)}/retry", json=body)) == (422, "invalid-request")


def test_a_retag_keeps_what_was_decoded(service, client):
    movie_id = seed.add_tagged(service)
    response = client.post(f"/v1/movies/{movie_id}/retag", json={"min_score": 0.7, "top": 1})
    assert response.status_code == 202
    run = run_of(service, movie_id)
    assert (run.kind, run.parameters["min_score"], run.parameters["top"]) == ("retag", 0.7, 1)


def test_a_retag_needs_stored_features(service, client):
    assert problem_of(client.post(f"/v1/movies/{seed.add_film(service)}/retag")) == (409, "wrong-state")
    untagged = seed.add_film(service)
    seed.fail(service, untagged)
    assert problem_of(client.post(f"/v1/movies/{untagged}/retag")) == (409, "wrong-state")


def test_features_of_another_backbone_need_decoding(service, client):
    movie_id = seed.add_film(service)
    seed.succeed(service, movie_id, backbone_sha256="f" * 64)
    assert problem_of(client.post(f"/v1/movies/{movie_id}/retag")) == (409, "needs-decoding")


def test_what_was_never_looked_for_needs_decoding(service, client):
    blind = Parameters("keyframe", "pyav", thorough=False, sensitive=False, min_score=None, top=None)
    movie_id = seed.add_film(service, parameters=blind)
    seed.succeed(service, movie_id)
    assert problem_of(client.post(f"/v1/movies/{movie_id}/retag", json={"sensitive": True})) == (409, "needs-decoding")
    assert client.post(f"/v1/movies/{movie_id}/retag", json={"min_score": 0.5}).status_code == 202


def test_what_was_left_out_last_time_may_come_back_without_decoding(service, client):
    movie_id = seed.add_film(service)
    seed.succeed(service, movie_id)
    assert client.post(f"/v1/movies/{movie_id}/retag", json={"sensitive": False}).status_code == 202
    with service.database.write() as session:
        from service.store.tables import Movie, State

        session.get_one(Movie, movie_id).state = State.SUCCEEDED
    assert client.post(f"/v1/movies/{movie_id}/retag", json={"sensitive": True}).status_code == 202


def test_a_deletion_leaves_nothing_behind(service, client):
    movie_id = seed.add_tagged(service)
    assert client.delete(f"/v1/movies/{movie_id}").status_code == 204
    assert problem_of(client.get(f"/v1/movies/{movie_id}")) == (404, "not-found")
    assert problem_of(client.delete(f"/v1/movies/{movie_id}")) == (404, "not-found")
    with service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(MovieTag)) == 0
    assert [path for path in (service.settings.data_dir / "files").rglob("*") if path.is_file()] == []
