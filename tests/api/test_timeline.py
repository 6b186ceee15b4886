"""A film's timeline in one answer."""

import pytest

from service.api.timeline import TimelineOut
from tests import seed
from tests.api.conftest import problem_of
from tests.timeline.test_overview import page_segments


@pytest.fixture
def movie_id(service):
    return seed.add_tagged(service, shots=[["war"], ["war", "murder"], [], ["drama"], ["drama"]])


def test_segments_under_any_threshold_need_no_other_request(client, movie_id):
    timeline = client.get(f"/v1/movies/{movie_id}/timeline").json()
    assert client.get(f"/v1/movies/{movie_id}/segments").json()["segments"] == page_segments(timeline)
    for min_score in (0.05, 0.3, 0.9, 0.95):
        told = client.get(f"/v1/movies/{movie_id}/segments", params={"min_score": min_score}).json()["segments"]
        assert told == page_segments(timeline, min_score)


def test_a_timeline_is_what_is_described(client, movie_id):
    timeline = client.get(f"/v1/movies/{movie_id}/timeline").json()
    assert TimelineOut.model_validate(timeline).model_dump() == timeline
    assert (len(timeline["tags"]), len(timeline["shots"])) == (50, 5)
    assert timeline["blurred_frames"] == [1]
    assert client.get(timeline["thumbnail"].replace("{number}", "3")).content == seed.picture(3)


def test_a_timeline_is_not_sent_twice(service, client, movie_id):
    address = f"/v1/movies/{movie_id}/timeline"
    first = client.get(address)
    mine = {"If-None-Match": first.headers["etag"]}
    again = client.get(address, headers=mine)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    client.post(f"/v1/movies/{movie_id}/retry")
    assert client.get(address, headers=mine).status_code == 304  # the old result stays until the new one is there
    seed.succeed(service, movie_id, [["war"]])
    assert len(client.get(address, headers=mine).json()["shots"]) == 1


def test_a_film_without_a_result_has_no_timeline(service, client):
    assert problem_of(client.get(f"/v1/movies/{seed.add_film(service)}/timeline")) == (409, "no-result-yet")
    assert problem_of(client.get("/v1/movies/mov_0/timeline")) == (404, "not-found")
