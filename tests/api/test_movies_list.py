"""The library as a list, deleted by a filter, and tagged anew by one."""

import base64
import itertools
import json
from typing import Any

import pytest
import sqlalchemy as sa

from service import retags
from service.errors import InvalidRequest
from service.store import movie_list
from service.store.movie_list import MovieFilter, Sort
from service.store.tables import Movie, MovieTag, Run, State
from tests import seed, seed_many
from tests.api.conftest import problem_of, service_on

TITLES = ("Delta", "alpha", "Ärger", "bravo 100%", "Charlie")


@pytest.fixture
def library(tmp_path, database_url):
    """On both databases: five films, the last one not tagged yet."""
    service = service_on(database_url, tmp_path / "data")
    shots: tuple[seed.Shots, ...] = ([("war",)], [("war",), ("war",)], [("drama",)] * 3, [("war", "drama")] * 4)
    ids = [seed.add_tagged(service, title, shown, external_id=title[:1]) for title, shown in zip(TITLES, shots, strict=False)]
    yield service, [*ids, seed.add_film(service, TITLES[-1])]
    service.close()


def walk(service, wanted, sort, limit=2):
    """Ids of all pages."""
    cursor, found = None, []
    for _ in range(10):
        with service.database.read() as session:
            page = movie_list.page(session, wanted, sort, limit, cursor)
        found += [movie.title for movie, run in page.films if run.id == movie.run_id]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the pages do not end")


def test_a_library_is_seeded_at_once(service, client):
    ids = seed_many.add_library(service, 3)
    movies = client.get("/v1/movies").json()["movies"]
    assert [movie["id"] for movie in movies] == ids[::-1]
    assert [movie["title"] for movie in movies] == ["Film 0003", "Film 0002", "Film 0001"]
    assert all(client.get(movie["picture"]["image"]).status_code == 200 for movie in movies)
    long = client.get(f"/v1/movies/{seed_many.add_long_film(service, 12)}/timeline").json()
    assert len(long["frame_times_ms"]) == 12 and any(tag["chosen"] for tag in long["tags"])


def test_every_order_is_whole_over_its_pages(library):
    service, _ids = library
    everything = MovieFilter()
    assert walk(service, everything, Sort.OLDEST) == list(TITLES)
    assert walk(service, everything, Sort.NEWEST) == list(reversed(TITLES))
    assert walk(service, everything, Sort.SHORTEST) == list(TITLES)
    assert walk(service, everything, Sort.LONGEST) == ["bravo 100%", "Ärger", "alpha", "Delta", "Charlie"]
    assert walk(service, everything, Sort.TITLE, 1) == list(reversed(walk(service, everything, Sort.TITLE_DOWN, 3)))
    assert walk(service, everything, Sort.TITLE)[:4] in (
        ["alpha", "bravo 100%", "Charlie", "Delta"],
        ["alpha", "Ärger", "bravo 100%", "Charlie"],
    )


def test_pages_of_films_without_duration_end_too(library):
    service, _ids = library
    for number in range(4):
        seed.add_film(service, f"later {number}")
    for sort, limit in itertools.product((Sort.SHORTEST, Sort.LONGEST), (1, 2, 3, 4)):
        found = walk(service, MovieFilter(), sort, limit)
        assert len(found) == len(set(found)) == 9
        assert set(found[4:]) == {"Charlie", "later 0", "later 1", "later 2", "later 3"}


def test_the_score_of_a_tag_orders_films(library):
    service, ids = library
    with service.database.write() as session:
        for score, movie_id in zip((0.7, 0.95, 0.2, 0.8), ids, strict=False):
            session.execute(sa.update(MovieTag).where(MovieTag.movie_id == movie_id, MovieTag.tag == "war").values(score=score))
    assert walk(service, MovieFilter(tags=("war",)), Sort.SCORE) == ["alpha", "bravo 100%", "Delta"]
    assert walk(service, MovieFilter(tags=("war",), min_score=0.1), Sort.SCORE, 1) == ["alpha", "bravo 100%", "Delta", "Ärger"]
    with service.database.read() as session, pytest.raises(InvalidRequest):
        movie_list.page(session, MovieFilter(), Sort.SCORE)


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (MovieFilter(tags=("war",)), ["Delta", "alpha", "bravo 100%"]),
        (MovieFilter(tags=("war", "drama")), ["bravo 100%"]),
        (MovieFilter(tags=("war",), min_score=0.95), []),
        (MovieFilter(tags=("war",), min_score=0.05), ["Delta", "alpha", "Ärger", "bravo 100%"]),
        (MovieFilter(text="ÄR"), ["Ärger"]),
        (MovieFilter(text="A"), ["Delta", "alpha", "bravo 100%", "Charlie"]),
        (MovieFilter(text="0%"), ["bravo 100%"]),
        (MovieFilter(text="_"), []),
        (MovieFilter(state=State.QUEUED), ["Charlie"]),
        (MovieFilter(external_id="D"), ["Delta"]),
        (MovieFilter(text="l", state=State.SUCCEEDED, tags=("war",)), ["Delta", "alpha"]),
    ],
)
def test_filters_must_all_hold(library, wanted, titles):
    service, _ids = library
    assert walk(service, wanted, Sort.OLDEST) == titles
    with service.database.read() as session:
        assert movie_list.count(session, wanted) == len(titles)
    assert MovieFilter.from_json(json.loads(json.dumps(wanted.to_json()))) == wanted


def cursor_of(*content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def mark_of(cursor: str | None):
    assert cursor is not None
    return json.loads(base64.urlsafe_b64decode(cursor + "=="))[0]


def test_cursors_of_others_are_refused(library):
    service, _ids = library
    with service.database.read() as session:
        own = movie_list.page(session, MovieFilter(), Sort.TITLE, 1).next_cursor
        mark = mark_of(own)
        foreign = [
            *("x", "a" * 999, "é", "[]", cursor_of(), cursor_of(1, 2), cursor_of(mark, "a"), cursor_of(mark, 7, "mov_1"), "W10"),
            *(cursor_of(mark, "\x00", "mov_1"), cursor_of(mark, "\ud800", "mov_1"), cursor_of(mark, "a", 5), cursor_of(mark, "a", "\x00")),
            movie_list.page(session, MovieFilter(), Sort.OLDEST, 1).next_cursor,
            movie_list.page(session, MovieFilter(state="succeeded"), Sort.TITLE, 1).next_cursor,
        ]
        assert movie_list.page(session, MovieFilter(), Sort.TITLE, 1, own).films
        for cursor in foreign:
            with pytest.raises(InvalidRequest):
                movie_list.page(session, MovieFilter(), Sort.TITLE, 1, cursor)


def test_numbers_in_cursors_are_bounded(library):
    service, _ids = library
    with service.database.read() as session:
        mark = mark_of(movie_list.page(session, MovieFilter(), Sort.OLDEST, 1).next_cursor)
        for value in (2**63, -1, True, None, 1.5, "1"):
            with pytest.raises(InvalidRequest):
                movie_list.page(session, MovieFilter(), Sort.OLDEST, 1, cursor_of(mark, value, "mov_1"))


def test_the_list_is_read_along_indexes(service):
    """Plans, not seconds: a page must not sort the library."""
    for title in TITLES:
        seed.add_tagged(service, title)
    statements: list[tuple[str, Any]] = []
    with service.database.read() as session:
        sa.event.listen(session.connection(), "before_cursor_execute", lambda *given: statements.append((given[2], given[3])))
        for sort in Sort:
            movie_list.page(
                session, MovieFilter(tags=("war",)), sort, 2, movie_list.page(session, MovieFilter(tags=("war",)), sort, 2).next_cursor
            )
        plans = {
            statement: " ".join(str(row[3]) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
            for statement, values in list(statements)
            if "LIMIT" in statement
        }
    assert len(plans) > 10
    for statement, plan in plans.items():
        assert "TEMP B-TREE FOR ORDER BY" not in plan, statement
        assert "INDEX" in plan, statement


def test_the_list_over_http(service, client):
    ids = [seed.add_tagged(service, title) for title in ("One", "Two", "Three")]
    page = client.get("/v1/movies", params={"limit": 2, "sort": "created_at", "tag": "war"}).json()
    assert [movie["id"] for movie in page["movies"]] == ids[:2]
    assert page["movies"][0]["scores"] == {"war": 0.9}
    assert page["movies"][0]["progress"]["percent"] == 100
    rest = client.get(page["next"]).json()
    assert ([movie["id"] for movie in rest["movies"]], rest["next"], rest["next_cursor"]) == (ids[2:], None, None)
    assert page["found"] is None
    assert client.get("/v1/movies?limit=1&count=true&tag=war").json()["found"] == len(ids)
    assert len(client.get("/v1/movies", params={"q": "t"}).json()["movies"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=201", "limit=many", "sort=colour", "sort=score", "state=lost", "min_score=2", "min_score=nan"),
        *("q=%00", "q=", "external_id=%00", "&".join(["tag=war"] * 21)),
    ],
)
def test_odd_queries_are_refused(client, query):
    assert problem_of(client.get(f"/v1/movies?{query}")) == (422, "invalid-request")


def test_an_unknown_tag_names_close_ones(client):
    response = client.get("/v1/movies?tag=waar")
    assert problem_of(response) == (422, "unknown-tag")
    assert "'waar'" in response.json()["detail"] and "war" in response.json()["detail"]


def test_films_are_deleted_by_a_filter(service, client):
    for title in ("One", "Two", "Three"):
        seed.add_tagged(service, title)
    assert client.delete("/v1/movies", params={"q": "t"}).json() == {"deleted": 2, "remaining": 0}
    assert [movie["title"] for movie in client.get("/v1/movies").json()["movies"]] == ["One"]
    assert client.delete("/v1/movies", params={"all": True}).json() == {"deleted": 1, "remaining": 0}


@pytest.mark.parametrize("query", ["", "?all=false", "?title=One", "?all=true&stat=failed", "?q="])
def test_a_deletion_without_a_clear_filter_deletes_nothing(service, client, query):
    seed.add_tagged(service)
    assert problem_of(client.delete(f"/v1/movies{query}")) == (422, "invalid-request")
    assert len(client.get("/v1/movies").json()["movies"]) == 1


def test_a_part_of_the_library_is_tagged_anew(library):
    service, ids = library
    seed.succeed(service, ids[-1], [("war",)], backbone_sha256="f" * 64)
    busy = seed.add_film(service, "busy")
    retag = retags.begin(service, MovieFilter(), {"min_score": 0.8})
    assert retags.progress(service, retag.id).state == State.QUEUED
    retags.run_retag(service, retag.id, lambda: False)
    found = retags.progress(service, retag.id)
    assert (found.state, found.counts["total"], found.counts["queued"]) == (State.RUNNING, 6, 4)
    assert (found.counts["needs_decoding"], found.counts["untagged"], found.counts["busy"]) == (1, 1, 0)
    retags.run_retag(service, retag.id, lambda: False)  # once more, as after a crash
    with service.database.read() as session:
        runs = session.scalars(sa.select(Run).where(Run.retag_id == retag.id)).all()
        assert [(run.kind, run.priority, run.parameters["min_score"]) for run in runs] == [("retag", 9, 0.8)] * 4
        assert session.get_one(Movie, busy).state == State.QUEUED
    for run in runs:
        seed.succeed(service, run.movie_id, [("war",)])
    found = retags.progress(service, retag.id)
    assert (found.state, found.percent, found.counts["succeeded"]) == (State.SUCCEEDED, 100, 4)


def test_a_retag_that_was_interrupted_goes_on_where_it_was(service):
    for number in range(5):
        seed.add_tagged(service, f"film {number}", [("war",)])
    retag = retags.begin(service, MovieFilter(tags=("war",)), {"top": 3})
    rounds = iter([False, True])
    retags.run_retag(service, retag.id, lambda: next(rounds), batch=2)
    half = retags.progress(service, retag.id)
    assert (half.state, half.counts["queued"]) == (State.RUNNING, 2)
    retags.run_retag(service, retag.id, lambda: False)
    assert retags.progress(service, retag.id).counts["queued"] == 5


def test_a_retag_over_http(service, client):
    seed.add_tagged(service)
    response = client.post("/v1/retag", json={"filter": {"tags": ["war"]}, "parameters": {"min_score": 0.7}})
    assert (response.status_code, response.json()["state"], response.json()["counts"]["total"]) == (202, "queued", 1)
    found = client.get(response.headers["location"]).json()
    assert (found["parameters"], found["filter"]["tags"], found["finished_at"]) == ({"min_score": 0.7}, ["war"], None)
    assert problem_of(client.get("/v1/retags/ret_0")) == (404, "not-found")
    assert problem_of(client.get("/v1/retags/%00")) == (422, "invalid-request")
    assert problem_of(client.post("/v1/retag", json={"filter": {"tags": ["waar"]}})) == (422, "unknown-tag")
    assert problem_of(client.post("/v1/retag", json={"filter": {"colour": "red"}})) == (422, "invalid-request")
