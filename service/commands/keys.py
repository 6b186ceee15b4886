"""movietags keys: make, list and revoke API keys; what they need is imported when they run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands.options import data_dir_option, settings_for

if TYPE_CHECKING:
    from service.store.engine import Database


@click.group()
def keys() -> None:
    """Make, list and revoke API keys: who may use the service."""


@keys.command()
@click.option("--name", required=True, help="Who uses the key.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="[read|write|admin]",
    help="What it may do; admin includes write, write includes read.",
)
@data_dir_option
def create(name: str, scopes: tuple[str, ...], data_dir: Path | None) -> None:
    """Make a key and write it to standard output: nothing shows it again."""
    from service.keys import create_key

    with _database(data_dir) as database:
        made = create_key(database, name, scopes)
    click.echo(f"Key {made.key.id} of {made.key.name}: {', '.join(made.key.scopes)}. Keep its text, it is not shown again:", err=True)
    click.echo(made.text)


@keys.command("list")
@data_dir_option
def list_(data_dir: Path | None) -> None:
    """Show every key: id, name, scopes, since when, until when."""
    from service.keys import list_keys

    with _database(data_dir) as database:
        found = list_keys(database)
    for key in found:
        end = f"revoked {_day(key.revoked_at)}" if key.revoked_at is not None else "valid"
        click.echo("\t".join((key.id, key.name, ",".join(key.scopes), f"since {_day(key.created_at)}", end)))


@keys.command()
@click.argument("key_id", metavar="ID")
@data_dir_option
def revoke(key_id: str, data_dir: Path | None) -> None:
    """End a key: within five seconds the service lets nobody in with it."""
    from service.keys import revoke_key

    with _database(data_dir) as database:
        key = revoke_key(database, key_id)
    click.echo(f"Key {key.id} of {key.name} is revoked.")


@keys.command("show-secret")
@click.argument("key_id", metavar="[ID]", required=False)
@data_dir_option
def show_secret(key_id: str | None, data_dir: Path | None) -> None:
    """Show the secret that signs the webhooks of a key's films; without ID, of films brought without a key."""
    from service.keys import get_key
    from service.webhooks import signing_secret

    with _database(data_dir) as database:
        if key_id is not None:
            get_key(database, key_id)
        click.echo(signing_secret(database, key_id))


@contextmanager
def _database(data_dir: Path | None) -> "Iterator[Database]":
    from service.store.engine import Database
    from service.store.schema import check_schema, migrate

    database = Database(settings_for(data_dir=data_dir).database)
    try:
        if database.is_sqlite:
            migrate(database)  # so that a key can be made before the service is started for the first time
        else:
            check_schema(database)
        yield database
    finally:
        database.close()


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
