"""Fixtures that every test may ask for."""

from tests.databases import database_url, new_postgres, new_sqlite, postgres_server, sqlite_url

__all__ = ["database_url", "new_postgres", "new_sqlite", "postgres_server", "sqlite_url"]
