"""The migrations make the tables that the program uses."""

import pytest
import sqlalchemy as sa

from service.errors import SettingsError
from service.results import Parameters
from service.store import feedback, movies
from service.store.engine import Database, now_ms
from service.store.feedback import FeedbackFilter, Moment
from service.store.movies import FilmFile, MovieFields
from service.store.schema import check_schema, differences, migrate
from service.store.tables import Source, Verdict

FIELDS = MovieFields(Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None))


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/movietags.db")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path):
    """Without tables, of each kind."""
    url = f"sqlite:///{tmp_path}/empty.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres")("template1")
    database = Database(url)
    yield database
    database.close()


def test_a_database_of_the_first_release_keeps_its_films_and_takes_feedback(empty_database):
    migrate(empty_database, "0001")
    with pytest.raises(SettingsError, match="at state 0001"):
        check_schema(empty_database)
    with empty_database.write() as session:
        file = FilmFile(Source.UPLOAD, "films/mov_1/film.mp4", "film.mp4", 1, "0" * 64)
        movies.insert_many(session, {"mov_1": file}, FIELDS, None, now_ms(session))
    migrate(empty_database)
    check_schema(empty_database)
    assert differences(empty_database) == []
    with empty_database.write() as session:
        movie = movies.get(session, "mov_1")
        assert (movie.title, movie.picture) == ("film.mp4", None)
        feedback.put(session, "mov_1", Moment(2000, 0), "war", Verdict.RIGHT, now_ms(session))
        assert [row.tag for row in feedback.page(session, FeedbackFilter("mov_1"), 10, None)] == ["war"]


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


def test_a_connection_at_work_when_the_database_is_closed_is_closed_when_it_is_done(empty_database):
    with empty_database.read() as session:
        connection = session.connection().connection.dbapi_connection
        empty_database.close()
        assert session.execute(sa.text("SELECT 1")).scalar() == 1
    with pytest.raises(empty_database.engine.dialect.loaded_dbapi.Error, match="closed"):
        connection.cursor().execute("SELECT 1")
