"""The index follows the library."""

import shutil
import time

import numpy as np
import pytest

from service.outputs import FEATURES
from service.similar.keeper import Keeper
from service.store.tables import Movie
from tests import seed
from tests.api.serving import service_in
from tests.similar.films import add_film, put_features, result_key, some_features


@pytest.fixture
def service(tmp_path):
    service = service_in(tmp_path / "data")
    yield service
    service.close()


@pytest.fixture
def keeper(service):
    keeper = Keeper(service)
    yield keeper
    keeper.close()


def follow(keeper) -> None:
    """Until no film waits, however slow the machine is."""
    keeper.look()
    while keeper.waiting:
        keeper.look()


def test_films_come_and_go(service, keeper):
    first, second = add_film(service, some_features(3)), add_film(service, some_features(2))
    seed.add_film(service)
    follow(keeper)
    assert (keeper.index.films.keys(), keeper.index.count, keeper.waiting) == ({first, second}, 5, 0)
    frames = keeper.index.frames[: keeper.index.films[second].end]
    assert frames["time_ms"][-2:].tolist() == [2000, 6000]
    assert {keeper.index.tags[tag] for tag in frames["tags"][:, 0].tolist()} == {"war"}
    with service.database.write() as session:
        session.delete(session.get_one(Movie, first))
    follow(keeper)
    assert keeper.index.films.keys() == {second}


def test_a_film_that_was_tagged_anew_is_read_anew(service, keeper):
    movie_id = add_film(service, some_features(3))
    follow(keeper)
    old = keeper.index.films[movie_id]
    seed.succeed(service, movie_id, [["drama"]] * 4)
    put_features(service, movie_id, some_features(4))
    follow(keeper)
    new = keeper.index.films[movie_id]
    assert (new.count, new.result_key) == (4, result_key(service, movie_id))
    assert new.result_key != old.result_key


def test_features_of_another_backbone_stay_out(service, keeper):
    movie_id = seed.add_film(service)
    seed.succeed(service, movie_id, backbone_sha256="0" * 64)
    follow(keeper)
    assert (keeper.index.count, keeper.waiting) == (0, 0)


def test_a_film_that_cannot_be_read_does_not_keep_the_others_out(service, keeper):
    broken, short, whole = (add_film(service, some_features(3)) for _ in range(3))
    service.storage.put(f"{result_key(service, broken)}/{FEATURES}", b"no archive")
    result = f"{result_key(service, short)}/result.json"
    with service.storage.open(result) as stream:
        text = stream.read()
    service.storage.put(result, text.replace(b'"time_ms": 10000', b'"time": 10000'))
    follow(keeper)
    assert (keeper.index.films.keys(), keeper.waiting) == ({whole}, 0)


def test_a_folder_that_was_removed_is_made_again(service, keeper):
    movie_id = add_film(service, some_features(2))
    follow(keeper)
    vectors = np.array(keeper.index.frames["vector"])
    shutil.rmtree(service.settings.similar)
    follow(keeper)
    assert keeper.index.films.keys() == {movie_id}
    assert np.array_equal(keeper.index.frames["vector"], vectors)


def test_the_next_process_goes_on_with_the_files(service, keeper):
    movie_id = add_film(service, some_features(2))
    follow(keeper)
    keeper.close()
    service.storage.delete(result_key(service, movie_id))  # not read a second time
    following = Keeper(service)
    follow(following)
    assert following.index.count == 2
    following.close()
    assert following.index.count == 0


def test_the_thread_looks_when_it_is_woken(service, keeper):
    add_film(service, some_features(1))
    keeper.start()
    keeper.wake()
    while not keeper.index.count:
        time.sleep(0.01)
    keeper.close()
