"""Options that several commands share, and the settings that they make."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from service.processes import die_with_parent

if TYPE_CHECKING:
    from service.settings import Settings

PARENT = "MOVIETAGS_PARENT"  # set by `serve` for its children: they end with it
Command = TypeVar("Command", bound=Callable[..., None])

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for all that the service keeps; also MOVIETAGS_DATA_DIR.",
)


def settings_for(**given: object) -> "Settings":
    """Settings of a process of the service, with its logging begun; a child of `serve` is tied to it."""
    from service.logs import begin_logging
    from service.settings import load_settings

    if parent := os.environ.pop(PARENT, None):
        die_with_parent(int(parent))
    settings = load_settings(**given)
    begin_logging(settings.log_level)
    return settings
