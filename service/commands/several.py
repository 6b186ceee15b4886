"""Commands that answer for several files."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from service.errors import MovieTaggerError


def answer_each(paths: Sequence[Path], answer: Callable[[Path], None], bad: type[MovieTaggerError], noun: str) -> None:
    """Answer for every file; one that is `bad` is reported and the rest go on. Exit code 1 if any failed."""
    failed = 0
    for path in paths:
        try:
            answer(path)
        except bad as error:
            failed += 1
            click.echo(str(error), err=True)
    if failed and len(paths) > 1:
        click.echo(f"{failed} of {len(paths)} {noun} failed", err=True)
    if failed:
        sys.exit(1)
