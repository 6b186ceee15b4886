"""Key frames like one of them."""

import time

import numpy as np
import pytest

from service.store.tables import Movie
from tests import seed
from tests.api.conftest import problem_of
from tests.api.serving import serving
from tests.similar.films import add_film, some_features


@pytest.fixture
def looks():
    """Features of ten different looks."""
    return some_features(10)


def ask(client, movie_id, number=0, **query):
    """The answer, as soon as no film waits."""
    while True:
        response = client.get(f"/v1/movies/{movie_id}/frames/{number}/similar", params=query)
        body = response.json()
        if response.status_code != 200 or (body["indexed"]["films"] and not body["indexed"]["waiting"]):
            return response
        time.sleep(0.05)


def frames(response) -> list[tuple[str, int]]:
    assert response.status_code == 200, response.text
    return [(frame["movie"], frame["frame"]) for frame in response.json()["frames"]]


def test_the_most_similar_come_first(service, client, looks):
    noise = some_features(1) / 8
    other = add_film(service, np.concatenate([looks[5:8], looks[:1] + noise]), "other.mp4")
    asked = add_film(service, looks[:3], "asked.mp4")
    body = ask(client, asked).json()
    first = body["frames"][0]
    assert (first["movie"], first["title"], first["frame"], first["time_ms"]) == (other, "other.mp4", 3, 14000)
    assert first["similarity"] > 0.9
    assert (first["tags"], first["blurred"]) == ([{"tag": "war", "score": 0.9}], False)
    assert client.get(first["image"]).content == seed.picture(3)
    assert [frame["similarity"] for frame in body["frames"]] == sorted((f["similarity"] for f in body["frames"]), reverse=True)
    assert body["indexed"] == {"films": 2, "frames": 7, "waiting": 0}
    assert "movietags_similar_frames 7.0" in client.get("/metrics").text


def test_a_moment_is_told_once(service, client, looks):
    asked = add_film(service, looks[:1])
    other = add_film(service, np.repeat(looks[:1], 9, axis=0))  # at 2, 6, 10, ... 34 seconds
    numbers = [number for movie_id, number in frames(ask(client, asked)) if movie_id == other]
    assert len(numbers) == 3
    assert min(np.diff(sorted(numbers))) >= 3


def test_the_same_film_is_told_where_that_is_asked_for(service, client, looks):
    asked = add_film(service, np.repeat(looks[:1], 9, axis=0))
    other = add_film(service, looks[5:6])
    assert frames(ask(client, asked, 4)) == [(other, 0)]
    told = frames(ask(client, asked, 4, same_film=True))
    assert told[-1] == (other, 0)
    assert all(movie_id == asked and abs(number - 4) >= 3 for movie_id, number in told[:-1])
    assert len(told) > 1
    assert len(frames(ask(client, asked, 4, same_film=True, limit=1))) == 1


def test_films_that_are_gone_or_tagged_anew_are_not_told(service, client, looks):
    asked, gone, anew, stays = (add_film(service, looks[:1]) for _ in range(4))
    assert {movie_id for movie_id, _ in frames(ask(client, asked))} == {gone, anew, stays}
    with service.database.write() as session:
        session.delete(session.get_one(Movie, gone))
    seed.succeed(service, anew, [["war"]])
    told = client.get(f"/v1/movies/{asked}/frames/0/similar")
    assert {movie_id for movie_id, _ in frames(told)} - {anew} == {stays}


def test_a_film_that_is_not_in_the_index_yet_can_be_asked_about(service, client, looks):
    other = add_film(service, looks[:1])
    ask(client, other)
    asked = add_film(service, looks[:2])
    [first, *_] = client.get(f"/v1/movies/{asked}/frames/0/similar").json()["frames"]
    assert (first["movie"], first["similarity"]) == (other, 1.0)


def test_odd_questions_are_refused(service, client, looks):
    movie_id, waiting, old = add_film(service, looks[:2]), seed.add_film(service), seed.add_film(service)
    seed.succeed(service, old, backbone_sha256="0" * 64)
    ask(client, movie_id)
    for path, refusal in {
        f"{movie_id}/frames/2/similar": (404, "not-found"),
        "mov_0/frames/0/similar": (404, "not-found"),
        f"{waiting}/frames/0/similar": (409, "no-result-yet"),
        f"{old}/frames/0/similar": (409, "needs-decoding"),
        f"{movie_id}/frames/-1/similar": (422, "invalid-request"),
        f"{movie_id}/frames/0/similar?limit=0": (422, "invalid-request"),
        f"{movie_id}/frames/0/similar?limit=101": (422, "invalid-request"),
    }.items():
        assert problem_of(client.get(f"/v1/movies/{path}")) == refusal, path


def test_features_that_are_gone_are_told(service, client, looks):
    movie_id = add_film(service, looks[:1])
    with service.database.read() as session:
        service.storage.delete(f"{session.get_one(Movie, movie_id).result_key}/features.npz")
    assert problem_of(client.get(f"/v1/movies/{movie_id}/frames/0/similar")) == (409, "needs-decoding")


def test_a_second_server_on_the_folder_answers_without_the_index(service, client, looks):
    movie_id = add_film(service, looks[:1])
    ask(client, movie_id)
    with serving(service) as url:
        answer = client.get(f"{url}/v1/movies/{movie_id}/frames/0/similar").json()
    assert answer["frames"] == []
