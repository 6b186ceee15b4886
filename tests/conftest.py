"""Fixtures that every test may ask for."""

from tests.databases import database_url, new_postgres, postgres_server, sqlite_template, sqlite_url

__all__ = ["database_url", "new_postgres", "postgres_server", "sqlite_template", "sqlite_url"]
