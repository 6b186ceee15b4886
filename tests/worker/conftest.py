"""Fixtures of the tests of workers."""

import pytest

from tests import clips
from tests.worker.bench import Bench


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Two seconds, two scenes."""
    return clips.write(tmp_path_factory.mktemp("clips") / "clip.mp4", clips.scenes(25, 25))


@pytest.fixture
def bench(tmp_path, database_url):
    """A service on each kind of database."""
    bench = Bench(tmp_path, database_url)
    yield bench
    bench.close()


@pytest.fixture
def small_bench(tmp_path, sqlite_url):
    """A service on SQLite, for what does not depend on the database."""
    bench = Bench(tmp_path, sqlite_url)
    yield bench
    bench.close()
