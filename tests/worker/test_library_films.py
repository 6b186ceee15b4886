"""Films of a library are read where they lie, as long as they are the ones that were imported."""

import os
import shutil

import pytest

from service import movies
from service.store.movies import FilmFile, MovieFields
from service.store.tables import Source
from tests.worker.bench import PARAMETERS, Bench


@pytest.fixture
def library(tmp_path, clip):
    folder = tmp_path / "library"
    folder.mkdir()
    return shutil.copyfile(clip, folder / "Film.mp4")


@pytest.fixture
def bench(tmp_path, sqlite_url):
    bench = Bench(tmp_path, sqlite_url, import_roots=[tmp_path / "library"])
    yield bench
    bench.close()


def test_an_imported_film_is_tagged_in_place_and_never_touched(bench, library):
    before = library.stat()
    movie = add(bench, library)
    bench.start_worker()
    done = bench.wait_state(movie, "succeeded", "failed")
    assert done.error is None and len(done.sha256) == 64
    movies.delete(bench.service, movie.id)
    after = library.stat()
    assert (after.st_mtime_ns, after.st_size, after.st_ino) == (before.st_mtime_ns, before.st_size, before.st_ino)
    assert [path.name for path in library.parent.iterdir()] == ["Film.mp4"]


def test_a_film_that_changed_went_or_left_its_root_fails_with_a_reason(bench, library, tmp_path):
    changed, gone, outside = (shutil.copyfile(library, library.with_name(f"{name}.mp4")) for name in ("changed", "gone", "outside"))
    films = [add(bench, path) for path in (changed, gone, outside)]
    os.utime(changed, (1, 1))
    gone.unlink()
    target = shutil.move(outside, tmp_path / "elsewhere.mp4")
    outside.symlink_to(target)
    bench.start_worker()
    ended = [bench.wait_state(movie, "failed", "succeeded").error for movie in films]
    assert [error["type"] for error in ended] == ["film-not-readable", "film-not-readable", "outside-roots"]
    for movie, error in zip(films, ended, strict=True):
        assert error["detail"].startswith(movie.file_name) and str(tmp_path) not in error["detail"]


def add(bench, path):
    """As an import does."""
    facts = path.stat()
    file = FilmFile(Source.IMPORT, str(path), path.name, facts.st_size, None, facts.st_mtime_ns)
    return movies.take_in(bench.service, movies.new_movie_id(), file, MovieFields(PARAMETERS), None).movie
