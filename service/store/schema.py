"""Bring the tables to the state that this program needs."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.errors import SettingsError
from service.store.engine import Database, database_errors
from service.store.tables import Base

_LOCK = 7_216_544  # PostgreSQL advisory lock: two migrations at once wait for each other


def migrate(database: Database, revision: str = "head") -> None:
    """Apply the steps that are missing, up to a revision; does nothing when there are none. Raises DatabaseUnavailable."""
    with database_errors(), database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def check_schema(database: Database) -> None:
    """Raise SettingsError when the tables are not the ones that this program needs."""
    with database.read() as session:
        found = MigrationContext.configure(session.connection()).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found != wanted:
        raise SettingsError(f"The database is at state {found or 'none'}, and this program needs {wanted}: run `movietags migrate` first.")


def differences(database: Database) -> list[object]:
    """What the migrated tables and `service.store.tables` do not have in common; tables of others are passed over."""
    ours = set(Base.metadata.tables)

    def is_ours(thing: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
        return table in ours

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        return list(compare_metadata(context, Base.metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
