"""Fixtures that every test may ask for."""

import pytest

from tests.databases import database_url, new_postgres, new_sqlite, postgres_server, sqlite_url


@pytest.fixture(scope="session", autouse=True)
def no_models_of_this_user(tmp_path_factory):
    """Without a data folder of their own, commands look for models in that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        yield


__all__ = ["database_url", "new_postgres", "new_sqlite", "postgres_server", "sqlite_url"]
