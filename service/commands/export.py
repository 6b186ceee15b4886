"""movietags export: a stored result in another format, without a service."""

from pathlib import Path
from typing import IO

import click

from service.errors import UnknownFormat
from service.exports.formats import FORMATS, ExportOptions, find_format
from service.exports.formats import export as write_export
from service.results import read_result
from service.tags import LANGUAGES


def _format(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    try:
        return find_format(name).name
    except UnknownFormat as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--format", "format_name", required=True, callback=_format, help=f"One of {', '.join(FORMATS)}.")
@click.option("--tag", "tag_id", help="Only this tag, by its id; srt and edl need one.")
@click.option("--out", type=click.File("wb", atomic=True), default="-", help="Write into this file; without it, to standard output.")
@click.option("--title", help="The film's title; without it, the name of its file.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the tags' names.")
@click.argument("result", type=click.Path(path_type=Path), metavar="RESULT.json")
def export(result: Path, format_name: str, tag_id: str | None, out: IO[bytes], title: str | None, language: str) -> None:
    """Write a result of `tag --out` for players, editing programs, media centres and tables."""
    from service.models import open_model
    from service.settings import load_settings

    content = write_export(
        read_result(result), format_name, ExportOptions(tag_id, language, title, vocabulary=open_model(load_settings().models).vocabulary)
    )
    out.write(content)  # only now is the file opened, so that a refusal leaves an old one as it is
