"""Objects in films over HTTP: of a film, of the library, and asked for."""

import httpx
import pytest

from service.store.tables import Movie, Run
from tests import clips, seed
from tests.api.conftest import problem_of, service_on
from tests.api.serving import serving


def add(service, title, *shown) -> str:
    """A film whose shots show these labels with these scores."""
    movie_id = seed.add_film(service, title)
    seed.succeed(service, movie_id, ((),) * len(shown), objects=seed.objects_of(*shown))
    return movie_id


@pytest.fixture
def library(tmp_path, database_url):
    """On both databases: a service, its client, and the ids of films by title."""
    service = service_on(database_url, tmp_path / "data")
    ids = {
        "ranch": add(service, "ranch", {"horse": 0.9}, {}, {"horse": 0.5, "dog": 0.7}),
        "race": add(service, "race", {"horse": 0.9}, {"horse": 0.95}),
        "farm": add(service, "farm", {"horse": 0.9, "cow": 0.6}),
        "pets": add(service, "pets", {"dog": 0.8}, {"cat": 0.6}),
        "plain": seed.add_tagged(service, "plain"),
    }
    with serving(service) as url, httpx.Client(base_url=url, timeout=60, verify=False) as client:
        yield service, client, ids
    service.close()


def test_the_library_tells_which_films_show_something_best_first_over_its_pages(library):
    _service, client, ids = library
    names = {movie_id: title for title, movie_id in ids.items()}
    cursor: dict[str, str] = {}
    found = []
    for _page in range(3):
        page = client.get("/v1/objects", params={"label": "horse", "limit": 1, **cursor}).json()
        found += [(names[film["movie"]], film["score"], film["shots"]) for film in page["movies"]]
        assert page["labels"] == [{"label": "horse", "movies": 3, "shots": 5, "best_score": 0.95}]
        cursor = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert found[0] == ("race", 0.95, 2)
    assert sorted(found[1:]) == [("farm", 0.9, 1), ("ranch", 0.9, 2)]


def test_a_film_tells_where_it_shows_something(library):
    _service, client, ids = library
    [film] = client.get("/v1/objects", params={"label": "dog", "min_score": 0.75}).json()["movies"]
    assert (film["movie"], film["title"]) == (ids["pets"], "pets")
    assert film["places"] == [{"shot": 0, "start_ms": 0, "end_ms": 4000, "score": 0.8, "frame": 0, "time_ms": 2000}]
    assert client.get(film["link"]).json()["tracks"][0]["label"] == "dog"
    ranch = next(film for film in client.get("/v1/objects?label=horse").json()["movies"] if film["title"] == "ranch")
    assert [(place["shot"], place["score"]) for place in ranch["places"]] == [(0, 0.9), (2, 0.5)]


def test_labels_come_with_their_counts_and_none_is_no_error(library):
    _service, client, _ids = library
    labels = client.get("/v1/objects").json()
    assert [(each["label"], each["movies"], each["shots"]) for each in labels["labels"]] == [
        ("horse", 3, 5),
        ("dog", 2, 2),
        ("cat", 1, 1),
        ("cow", 1, 1),
    ]
    assert (labels["movies"], labels["next_cursor"]) == ([], None)
    assert [each["label"] for each in client.get("/v1/objects?min_score=0.75").json()["labels"]] == ["horse", "dog"]
    assert client.get("/v1/objects?label=bear").json() == {"labels": [], "movies": [], "next_cursor": None}


def test_a_new_result_and_a_deletion_change_the_rows(library):
    service, client, ids = library
    assert client.delete(f"/v1/movies/{ids['farm']}").status_code == 204
    assert client.post(f"/v1/movies/{ids['race']}/retry", json={"objects": True}).status_code == 202
    seed.succeed(service, ids["race"], ((),), objects=seed.objects_of({"dog": 0.6}))
    counts = {each["label"]: each["movies"] for each in client.get("/v1/objects").json()["labels"]}
    assert counts == {"horse": 1, "dog": 3, "cat": 1}


def test_the_objects_of_a_film(service, client):
    movie_id = add(service, "ranch", {"horse": 0.9, "dog": 0.5}, {"dog": 0.7})
    found = client.get(f"/v1/movies/{movie_id}/objects").json()
    assert found["model"] == {"name": "patches", "version": "1", "min_score": 0.4}
    assert (found["width"], found["height"]) == (320, 240)
    box = {"x": 80.0, "y": 120.0, "width": 160.0, "height": 60.0}
    assert [(track["label"], track["shot"], track["start_ms"], track["end_ms"]) for track in found["tracks"]] == [
        ("horse", 0, 0, 4000),
        ("dog", 0, 0, 4000),
        ("dog", 1, 4000, 8000),
    ]
    assert found["tracks"][2]["boxes"] == [{"time_ms": 6000, "frame": 1, "score": 0.7, "box": box}]
    dogs = client.get(f"/v1/movies/{movie_id}/objects?label=dog&min_score=0.6").json()
    assert dogs["frames"] == [{"number": 1, "time_ms": 6000, "shot": 1, "objects": [{"label": "dog", "score": 0.7, "box": box}]}]
    assert dogs["tracks"] == found["tracks"][2:]


def test_a_film_without_objects_says_that_they_were_not_looked_for(service, client):
    movie_id = seed.add_tagged(service)
    found = client.get(f"/v1/movies/{movie_id}/objects").json()
    assert found == {"model": None, "width": 320, "height": 240, "tracks": [], "frames": []}
    queued = seed.add_film(service)
    assert problem_of(client.get(f"/v1/movies/{queued}/objects")) == (409, "no-result-yet")
    assert problem_of(client.get("/v1/movies/mov_none/objects")) == (404, "not-found")


def test_objects_can_be_asked_for_later(service, client):
    movie_id = seed.add_tagged(service)
    asked = client.post(f"/v1/movies/{movie_id}/objects")
    assert (asked.status_code, asked.headers["location"]) == (202, f"/v1/movies/{movie_id}")
    assert (asked.json()["state"], asked.json()["parameters"]["objects"]) == ("queued", True)
    with service.database.read() as session:
        run = session.get_one(Run, session.get_one(Movie, movie_id).run_id)
        assert (run.kind, run.parameters["objects"], service.jobs.is_paused()) == ("tag", True, False)
    assert problem_of(client.post(f"/v1/movies/{movie_id}/objects")) == (409, "wrong-state")
    assert problem_of(client.post("/v1/movies/mov_none/objects")) == (404, "not-found")


@pytest.mark.parametrize("value", ["true", "false"])
def test_an_upload_may_ask_for_objects(client, tmp_path, value):
    film = clips.write(tmp_path / "film.mp4", clips.scenes(10)).read_bytes()
    sent = client.post("/v1/movies", files={"file": ("film.mp4", film)}, data={"objects": value})
    assert (sent.status_code, sent.json()["parameters"]["objects"]) == (202, value == "true")


def test_wishes_that_are_not_allowed_are_problems(client, tmp_path):
    film = clips.write(tmp_path / "film.mp4", clips.scenes(10)).read_bytes()
    sent = client.post("/v1/movies", files={"file": ("film.mp4", film)}, data={"objects": "some"})
    assert problem_of(sent) == (422, "invalid-request") and "true and false" in sent.json()["detail"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "objects c29tZQ=="}
    assert problem_of(client.post("/v1/uploads", headers=headers)) == (422, "invalid-request")
    assert problem_of(client.post("/v1/movies/import", json={"path": "/films", "objects": "some"})) == (422, "invalid-request")


@pytest.mark.parametrize(
    "query",
    [
        "min_score=2",
        "min_score=x",
        "label=",
        f"label={'x' * 81}",
        "label=%00",
        "limit=0",
        "cursor=no",
        "cursor=aGVsbG8",
        "label=dog&cursor=%00",
    ],
)
def test_questions_that_cannot_be_understood_are_problems(client, query):
    assert client.get(f"/v1/objects?{query}").status_code == 422
