"""The migrations make the tables that the program uses."""

import pytest

from service.errors import SettingsError
from service.store.engine import Database
from service.store.schema import check_schema, differences, migrate


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/movietags.db")
    yield database
    database.close()


def test_migrating_makes_the_tables_of_the_program(database):
    migrate(database)
    assert differences(database) == []
    check_schema(database)


def test_migrating_twice_changes_nothing(database):
    migrate(database)
    migrate(database)
    check_schema(database)


def test_a_database_that_was_not_migrated_is_refused(database):
    with pytest.raises(SettingsError, match="movietags migrate"):
        check_schema(database)


def test_writing_is_safe_and_does_not_block_reading(database):
    migrate(database)
    with database.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
    with database.write(), database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM movies").scalar() == 0
