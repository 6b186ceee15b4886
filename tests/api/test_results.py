"""Segments, shots, frames, pictures."""

import pytest

from service.store.tables import Movie
from tests import seed
from tests.api.conftest import problem_of

PARTS = ("segments", "shots", "frames", "frames/0/image", "export?format=json")


@pytest.fixture
def movie_id(service):
    return seed.add_tagged(service, shots=[["war"], ["war", "drama"], [], ["drama"], ["drama"]])


def test_segments_tell_where_tags_hold(client, movie_id):
    found = client.get(f"/v1/movies/{movie_id}/segments").json()
    assert found["duration_ms"] == 20000
    war = {"tag": "war", "start_ms": 0, "end_ms": 8000, "score": 0.9}
    assert war in found["segments"]
    assert client.get(f"/v1/movies/{movie_id}/segments", params={"tag": "war"}).json()["segments"] == [war]
    two = client.get(f"/v1/movies/{movie_id}/segments", params={"tag": ["war", "drama"]}).json()["segments"]
    assert {segment["tag"] for segment in two} == {"war", "drama"}


def test_segments_under_another_threshold(client, movie_id):
    address = f"/v1/movies/{movie_id}/segments"
    assert client.get(address, params={"tag": "war", "min_score": 0.95}).json()["segments"] == []
    [whole] = client.get(address, params={"tag": "war", "min_score": 0.05}).json()["segments"]
    assert (whole["start_ms"], whole["end_ms"]) == (0, 20000)


def test_shots_name_their_frames(client, movie_id):
    shots = client.get(f"/v1/movies/{movie_id}/shots").json()["shots"]
    assert len(shots) == 5
    assert shots[1] == {"number": 1, "start_ms": 4000, "end_ms": 8000, "frames": [1]}


def test_frames_come_in_pages_with_scores_and_pictures(client, movie_id):
    page = client.get(f"/v1/movies/{movie_id}/frames", params={"limit": 2}).json()
    assert (page["total"], [frame["time_ms"] for frame in page["frames"]]) == (5, [2000, 6000])
    timeline = client.get(f"/v1/movies/{movie_id}/timeline").json()["tags"]
    assert page["thresholds"] == {row["tag"]: row["threshold"] for row in timeline}
    first = page["frames"][0]
    assert (first["tags"], first["scores"]["war"], first["shot"]) == ([{"tag": "war", "score": 0.9}], 0.9, 0)
    image = client.get(first["thumbnail"])
    assert (image.headers["content-type"], image.content) == ("image/jpeg", seed.picture(0))
    assert "immutable" in image.headers["cache-control"]
    rest = client.get(client.get(page["next"]).json()["next"]).json()
    assert ([frame["number"] for frame in rest["frames"]], rest["next"]) == ([4], None)


def test_frames_of_a_tag(client, movie_id):
    def numbers(**query):
        return [frame["number"] for frame in client.get(f"/v1/movies/{movie_id}/frames", params=query).json()["frames"]]

    assert numbers(tag="war") == [0, 1]
    assert numbers(tag=["war", "drama"]) == [0, 1, 3, 4]
    assert numbers(min_score=0.5) == [0, 1, 3, 4]
    assert numbers(tag="war", min_score=0.05) == [0, 1, 2, 3, 4]
    assert numbers(tag="war", min_score=0.95) == []


def test_frames_that_show_what_may_disturb_say_so_whatever_is_asked_for(service, client):
    address = f"/v1/movies/{seed.add_tagged(service, shots=[['war'], ['war', 'murder'], []])}/frames"
    for query in ({}, {"tag": "war"}, {"min_score": 0.5}):
        frames = client.get(address, params=query).json()["frames"]
        assert {frame["number"]: frame["blurred"] for frame in frames if frame["tags"]} == {0: False, 1: True}


def test_a_picture_is_not_sent_twice(client, movie_id):
    address = f"/v1/movies/{movie_id}/frames/3/image"
    image = client.get(address)
    assert image.headers["cache-control"] == "private, no-cache"
    again = client.get(address, headers={"If-None-Match": image.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("frames/5/image", (404, "not-found")),
        ("frames/-1/image", (422, "invalid-request")),
        ("frames/first/image", (422, "invalid-request")),
        ("frames?offset=-1", (422, "invalid-request")),
        ("frames?limit=1001", (422, "invalid-request")),
        ("frames?tag=waar", (422, "unknown-tag")),
        ("segments?tag=waar", (422, "unknown-tag")),
        ("segments?min_score=7", (422, "invalid-request")),
    ],
)
def test_odd_questions_are_refused(client, movie_id, path, answer):
    assert problem_of(client.get(f"/v1/movies/{movie_id}/{path}")) == answer


@pytest.mark.parametrize("part", PARTS)
def test_a_film_that_is_not_tagged_yet_has_no_result(service, client, part):
    movie_id = seed.add_film(service)
    assert problem_of(client.get(f"/v1/movies/{movie_id}/{part}")) == (409, "no-result-yet")
    assert problem_of(client.get(f"/v1/movies/mov_0/{part}")) == (404, "not-found")


def test_the_old_result_stays_until_the_new_one_is_there(service, client, movie_id):
    client.post(f"/v1/movies/{movie_id}/retry")
    assert len(client.get(f"/v1/movies/{movie_id}/shots").json()["shots"]) == 5
    seed.succeed(service, movie_id, [["war"]])
    assert len(client.get(f"/v1/movies/{movie_id}/shots").json()["shots"]) == 1


def test_results_of_earlier_versions_ask_to_be_made_anew(service, client, movie_id):
    with service.database.write() as session:
        folder = session.get_one(Movie, movie_id).result_key
    old = (service.settings.data_dir / "files" / folder / "result.json").read_text().replace('"thresholds"', '"limits"')
    service.storage.put(f"{folder}/result.json", old.encode())
    assert problem_of(client.get(f"/v1/movies/{movie_id}?min_score=0.2")) == (409, "old-result")
