"""Films whose objects are found by real workers, on both databases."""

from dataclasses import replace

import pytest

from service import movies
from service.results import Parameters
from service.store.tables import MovieObject
from tests import clips
from tests.worker.bench import PARAMETERS, kill_now

OBJECTS = replace(PARAMETERS, objects=True)


@pytest.fixture(scope="session")
def patches(tmp_path_factory):
    """Two seconds, a red thing and then a green one."""
    pictures = [*clips.patched((235, 20, 20), 25), *clips.patched((20, 235, 20), 25, 2)]
    return clips.write(tmp_path_factory.mktemp("clips") / "patches.mp4", pictures)


def rows(bench, movie) -> list[tuple[str, int]]:
    """Labels and starts of the film's rows."""
    with bench.service.database.read() as session:
        found = session.query(MovieObject).filter_by(movie_id=movie.id).order_by(MovieObject.start_ms)
        return [(row.label, row.start_ms) for row in found]


def seen(bench, movie) -> set[str]:
    return {label for label, _start_ms in rows(bench, movie)}


def test_objects_are_found_by_wish_kept_by_a_retag_and_gone_with_the_film(bench, patches):
    bench.start_worker()
    plain, film = bench.add(patches), bench.add(patches, content="objects", parameters=OBJECTS)
    for movie in (plain, film):
        assert bench.wait_state(movie, "succeeded", "failed").error is None
    assert seen(bench, plain) == set()
    before = rows(bench, film)
    assert seen(bench, film) == {"red thing", "green thing"}
    assert before == sorted(set(before), key=lambda row: row[1])

    movies.retag(bench.service, film.id, replace(OBJECTS, top=1))
    movies.retry(bench.service, plain.id, OBJECTS)  # as POST .../objects does
    for movie in (plain, film):
        assert bench.wait_state(movie, "succeeded", "failed").error is None
        assert rows(bench, movie) == before
        assert Parameters(**bench.movie(movie).parameters).objects

    movies.retry(bench.service, plain.id, PARAMETERS)
    bench.wait_state(plain, "succeeded", "failed")
    assert rows(bench, plain) == []
    movies.delete(bench.service, film.id)
    assert rows(bench, film) == []


def test_a_worker_killed_while_it_finds_objects_loses_nothing(bench, patches):
    worker = bench.start_worker()
    film = bench.add(patches)
    bench.wait_state(film, "succeeded", "failed")
    old = bench.movie(film).result_key
    held = bench.hold("detecting")
    movies.retry(bench.service, film.id, OBJECTS)
    bench.wait_stage(film, "tagging")
    kill_now(worker)
    assert (bench.movie(film).result_key, rows(bench, film)) == (old, [])
    held.unlink()
    bench.start_worker()
    done = bench.wait_state(film, "succeeded", "failed")
    assert (done.state, bench.run(film).attempt) == ("succeeded", 2)
    assert seen(bench, film) == {"red thing", "green thing"}
    bench.wait(lambda: bench.results(film) == [done.result_key.rsplit("/", 1)[1]])
    assert bench.events(film) == ["movie.succeeded", "movie.succeeded"]  # of both wishes


def test_a_retag_of_a_film_without_objects_promises_none(small_bench, patches):
    small_bench.start_worker()
    film = small_bench.add(patches)
    small_bench.wait_state(film, "succeeded", "failed")
    movies.retag(small_bench.service, film.id, OBJECTS)
    assert small_bench.wait_state(film, "succeeded", "failed").error is None
    assert not small_bench.movie(film).parameters["objects"] and rows(small_bench, film) == []
