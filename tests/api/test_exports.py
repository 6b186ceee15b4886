"""Results in other formats, and the library as a table."""

import csv
import io
import json

import pytest

from service.exports.formats import FORMATS
from tests import seed
from tests.api.conftest import problem_of


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_given_out_under_a_good_name(service, client, name):
    found, movie_id = FORMATS[name], seed.add_tagged(service, "The harbour")
    query = {"format": name} | ({"tag": "war"} if found.needs_tag else {})
    response = client.get(f"/v1/movies/{movie_id}/export", params=query)
    assert response.status_code == 200
    assert response.headers["content-type"] == found.media_type
    assert f'attachment; filename="harbour{".war" if found.needs_tag else ""}{found.suffix}"' in response.headers["content-disposition"]
    assert response.content


def test_tags_are_named_in_the_language_asked_for(service, client):
    movie_id = seed.add_tagged(service)
    address = f"/v1/movies/{movie_id}/export"
    texts = [client.get(address, params={"format": "srt", "tag": "war", "language": language}).text for language in ("en", "es")]
    assert [seed.VOCABULARY["war"].name[language] in text for language, text in zip(("en", "es"), texts, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("", (422, "invalid-request")),
        ("format=avi", (422, "unknown-format")),
        ("format=srt", (422, "export-refused")),
        ("format=json&tag=war", (422, "export-refused")),
        ("format=srt&tag=waar", (422, "unknown-tag")),
        ("format=srt&tag=war&language=fr", (422, "export-refused")),
        ("format=%00", (422, "invalid-request")),
    ],
)
def test_odd_exports_are_refused(service, client, query, answer):
    assert problem_of(client.get(f"/v1/movies/{seed.add_tagged(service)}/export?{query}")) == answer


@pytest.fixture
def library(service):
    ids = [seed.add_tagged(service, '=One, "two"', external_id="b-1"), seed.add_tagged(service, "Three", [["drama"]])]
    return [*ids, seed.add_film(service, "Four")]


def test_the_library_as_csv(client, library):
    response = client.get("/v1/export")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [row["id"] for row in rows] == library
    assert (rows[0]["external_id"], rows[0]["tags"], rows[0]["war"], rows[0]["horror"]) == ("b-1", "war=0.9|drama=0.9", "0.9", "0.1")
    assert (rows[2]["state"], rows[2]["tags"], rows[2]["war"]) == ("queued", "", "")


def test_the_library_as_json_lines(client, library):
    response = client.get("/v1/export", params={"format": "jsonl", "tag": "drama"})
    films = [json.loads(line) for line in response.text.splitlines()]
    assert [film["id"] for film in films] == library[:2]
    assert films[1]["scores"]["drama"] == 0.9


def test_a_library_of_more_than_one_page_is_whole(service, client):
    from service.api import exports
    from service.store.movie_list import MovieFilter

    ids = [seed.add_film(service, f"film {number}") for number in range(7)]
    lines = "".join(exports.library_lines(service, MovieFilter(), exports.LibraryFormat.JSONL, rows=3)).splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    assert client.get("/v1/export", params={"format": "jsonl", "q": "nothing"}).text == ""


def test_odd_library_exports_are_refused(client):
    assert problem_of(client.get("/v1/export?format=xml")) == (422, "invalid-request")
    assert problem_of(client.get("/v1/export?tag=waar")) == (422, "unknown-tag")
