"""Connections: SQLite in WAL mode, or PostgreSQL; one place for time, ids and the database being away."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from sqlalchemy.orm import Session as Session
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import DatabaseUnavailable

BUSY_MS = 10_000  # SQLite waits so long for another writer
CONNECT_SECONDS = 2  # to a server that does not answer
STATEMENT_MS = 30_000
POOL_SIZE = 10
POOL_WAIT_SECONDS = 2


class Database:
    """The engines and their transactions.

    SQLite has two engines: writers begin with BEGIN IMMEDIATE, so that two of them queue up and never meet in the middle; readers
    begin deferred and are never kept waiting. PostgreSQL has one.
    """

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy takes it: sqlite:///FILE or postgresql+psycopg://... . Connects when first used."""
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = _sqlite_engine(self.url, "IMMEDIATE") if self.is_sqlite else _postgres_engine(self.url)
        self._readers = _sqlite_engine(self.url, "DEFERRED") if self.is_sqlite else self.engine
        # A look of its own line: that all others are in use does not mean that the database is away.
        self._lookers = self._readers if self.is_sqlite else _postgres_engine(self.url, size=1, overflow=0)
        self._is_closed = False
        for engine in {self.engine, self._readers, self._lookers}:
            event.listen(engine, "checkin", self._came_back)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction, committed at the block's end. Raises DatabaseUnavailable when the database is away."""
        with database_errors(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view. Raises DatabaseUnavailable when the database is away."""
        with database_errors(), Session(self._readers, expire_on_commit=False) as session, session.begin():
            yield session

    def look(self) -> None:
        """Ask for nothing. Raises DatabaseUnavailable when the database is away; may hang while it does."""
        with database_errors(), self._lookers.connect() as connection:
            connection.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back; those at work in other threads are closed when they are done."""
        self._is_closed = True
        self.engine.dispose()
        self._readers.dispose()
        self._lookers.dispose()

    def _came_back(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        if self._is_closed:
            record.close()


@contextmanager
def database_errors() -> Iterator[None]:
    """A database that is away as our own error."""
    try:
        yield
    except (OperationalError, TimeoutError) as error:
        raise DatabaseUnavailable("The database does not answer; nothing was lost. Try again in a few seconds.") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise DatabaseUnavailable("The connection to the database broke; nothing was lost. Try again in a few seconds.") from error


def _sqlite_engine(url: sa.URL, begin: str) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, pool_size=POOL_SIZE, max_overflow=30)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def _postgres_engine(url: sa.URL, size: int = POOL_SIZE, overflow: int = 30) -> sa.Engine:
    # Broken connections are told early: keep-alives and a bound on sent data that nobody acknowledges.
    arguments = {
        "client_encoding": "UTF8",  # whatever the database was made with
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c statement_timeout={STATEMENT_MS} -c idle_in_transaction_session_timeout={2 * STATEMENT_MS}",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * CONNECT_SECONDS,
    }
    return sa.create_engine(
        url, connect_args=arguments, pool_pre_ping=True, pool_size=size, max_overflow=overflow, pool_timeout=POOL_WAIT_SECONDS
    )


def now_ms(session: Session) -> int:
    """Milliseconds since 1970 by the database's clock, which all processes share."""
    if session.get_bind().dialect.name == "sqlite":
        return int(session.execute(sa.text("SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)")).scalar_one())
    return int(session.execute(sa.text("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint")).scalar_one())


def new_id(kind: str) -> str:
    """A new id such as mov_0191d1f0c3a27b5e9f04a1c2d3e4f506: ids made later sort later, and none can be guessed."""
    return f"{kind}_{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
