"""Fixtures that every test may ask for, and the order of the files."""

import pytest

from tests.databases import database_url, new_postgres, new_sqlite, postgres_server, sqlite_url

# Of half a minute and more. Where files are handed out to several processes, none of these is left for the end.
LONG_FILES = (
    "test_serve.py",
    "test_digits_run.py",
    "test_openapi_fuzz.py",
    "test_cli.py",
    "test_survival.py",
    "test_devices.py",
    "test_course.py",
    "test_backends.py",
    "test_distill.py",
    "test_readme.py",
    "test_decode.py",
    "test_remote.py",
    "test_feedback_export.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, the others as they were found."""
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session", autouse=True)
def no_models_of_this_user(tmp_path_factory):
    """Without a data folder of their own, commands look for models in that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        yield


__all__ = ["database_url", "new_postgres", "new_sqlite", "postgres_server", "sqlite_url"]
