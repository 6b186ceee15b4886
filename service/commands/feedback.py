"""movietags feedback: what people said of tags, for training; what it needs is imported when it runs."""

import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import click

from service.commands.options import data_dir_option, settings_for


@click.group()
def feedback() -> None:
    """What people said of tags: export it for training."""


@feedback.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    help="The ZIP to write, or - for standard output.",
)
@data_dir_option
def export(out: Path, data_dir: Path | None) -> None:
    """Write all feedback with its pictures into a ZIP, which `movietags-train` reads. The service may be running."""
    from service.context import open_service
    from service.corrections import corrections_zip
    from service.store.schema import check_schema

    service = open_service(settings_for(data_dir=data_dir))
    try:
        check_schema(service.database)
        pieces = corrections_zip(service, threading.Lock())
        if str(out) == "-":
            sys.stdout.buffer.writelines(pieces)
        else:
            _write_file(out, pieces)
            click.echo(f"{out}: {out.stat().st_size:,} bytes", err=True)
    finally:
        service.close()


def _write_file(out: Path, pieces: Iterable[bytes]) -> None:
    """The whole file or none: an old one stays where something goes wrong."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as stream:
            stream.writelines(pieces)
        os.replace(unfinished, out)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
