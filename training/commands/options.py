"""Options that several commands share, and the configuration that they make up."""

from pathlib import Path
from typing import Any

import click
import yaml

from training.config import RunConfig, config_from
from training.errors import ConfigError

FOUND = click.Path(exists=True, path_type=Path)
TEXTS = ("name", "version")  # entries that are text, whatever they look like: version=2 and version=1.10 are no numbers

data_option = click.option(
    "--data",
    "data",
    type=FOUND,
    required=True,
    multiple=True,
    help="Folder of class folders, CSV manifest, film table or corrections export; give it again for more.",
)
out_option = click.option("--out", type=click.Path(path_type=Path), required=True, help="The run's folder, made by this command.")
vocabulary_option = click.option(
    "--vocabulary", type=FOUND, help="tags.yaml with your tags; without it the shipped tags, or the names of the class folders."
)
config_option = click.option("--config", "config_file", type=FOUND, help="YAML with what differs from the defaults.")
set_option = click.option(
    "--set", "changes", multiple=True, metavar="ENTRY=VALUE", help="One entry, for example head.epochs=3; may be repeated."
)


def configured(config_file: Path | None, changes: tuple[str, ...] = ()) -> RunConfig:
    """The defaults, changed by the file, changed by `--set ENTRY=VALUE`. Raises ConfigError."""
    content: Any = {}
    if config_file is not None:
        try:
            content = yaml.safe_load(config_file.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"{config_file} cannot be read as YAML: {error}") from error
    for change in changes:
        content = _changed(content, change)
    return config_from(content, str(config_file) if config_file else "--set")


def _changed(content: Any, change: str) -> Any:
    entry, sign, value = change.partition("=")
    names = entry.split(".")
    if not sign or not all(names) or not isinstance(content, dict):
        raise ConfigError(f"--set {change!r} must be ENTRY=VALUE, for example head.epochs=3.")
    try:
        found = yaml.safe_load(value)
        return _with(content, names, value.strip() if entry in TEXTS and not isinstance(found, str) else found)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {change!r}: the value is no YAML: {error}") from error


def _with(content: Any, names: list[str], value: Any) -> dict[str, Any]:
    """A copy in which the entry `names` has `value`."""
    inner = content if isinstance(content, dict) else {}
    return {**inner, names[0]: _with(inner.get(names[0]), names[1:], value) if names[1:] else value}
