"""movietags-train data: check, stats, split, sheet."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from service.tags import Vocabulary
from training.commands.options import FOUND, config_option, configured, set_option, vocabulary_option
from training.config import RunConfig
from training.data.checks import DataReport, Finding, check_data
from training.data.counts import count_data, counts_table, write_together
from training.data.examples import PARTS, Example, Part
from training.data.fingerprints import keep
from training.data.looking import looks_at
from training.data.reading import choose_vocabulary, read_many
from training.data.sheets import PER_PAGE, write_sheets
from training.data.split import split_examples, write_split
from training.errors import DataError

Command = TypeVar("Command", bound=Callable[..., None])

SHOWN = 5  # items of a finding that are printed


@dataclass(frozen=True)
class Given:
    """The data that a command is about."""

    examples: list[Example]
    vocabulary: Vocabulary
    config: RunConfig


def data_options(inner: Command) -> Command:
    """DATA... and what says how it is read."""
    for option in (click.argument("data", nargs=-1, required=True, type=FOUND), vocabulary_option, config_option, set_option):
        inner = option(inner)
    return inner


def _read(data: Sequence[Path], vocabulary: Path | None, config_file: Path | None, changes: tuple[str, ...]) -> Given:
    config = configured(config_file, changes)
    chosen = choose_vocabulary(data, vocabulary, config.data)
    return Given(read_many(data, chosen, config.data), chosen, config)


@click.group()
def command() -> None:
    """Check, count, split and look at training data.

    DATA is a folder of class folders (dance/1.jpg), a CSV manifest (file,tags), a table of tagged films (film,tags) or
    the export of a service's corrections.
    """


@command.command()
@data_options
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write every finding into this table.")
def check(csv_file: Path | None, **given: Any) -> None:
    """Find broken images, duplicates, leaks between parts and tags with too few images; exit code 1 where training is not possible."""
    found = _read(given["data"], given["vocabulary"], given["config_file"], given["changes"])
    report = _checked(found, given=given["vocabulary"] is not None)
    for finding in report.findings:
        click.echo(_told(finding))
    if csv_file is not None:
        _write_findings(csv_file, report)
    tags = {tag for example in found.examples for tag in example.tags}
    click.echo(f"{report.images} images, {len(tags)} tags: {'nothing prevents training' if report.sound else 'not fit for training'}")
    if not report.sound:
        raise click.exceptions.Exit(1)


def _checked(found: Given, *, given: bool) -> DataReport:
    labels = found.vocabulary.ids
    looks = looks_at(found.examples)
    keep(found.examples, looks)
    fingerprints = {look.name: look.fingerprint for look in looks}
    try:
        parts = split_examples(found.examples, found.config.seed, found.config.data, fingerprints=fingerprints)
    except DataError as error:
        report = check_data(found.examples, None, labels, given=given, looks=looks)
        return DataReport(report.images, (Finding("problem", "split", str(error)), *report.findings))
    return check_data(found.examples, parts, labels, given=given, looks=looks)


def _told(finding: Finding) -> str:
    if not finding.items:
        return f"{finding.severity}: {finding.message}"
    more = f", and {len(finding.items) - SHOWN} more (--csv FILE writes all)" if len(finding.items) > SHOWN else ""
    return f"{finding.severity}: {finding.message} ({len(finding.items)}): {', '.join(finding.items[:SHOWN])}{more}"


def _write_findings(path: Path, report: DataReport) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(["severity", "kind", "item", "message"])
            for finding in report.findings:
                writer.writerows([finding.severity, finding.kind, item, finding.message] for item in finding.items or ("",))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error


@command.command()
@data_options
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write how often each two tags are together.")
def stats(csv_file: Path | None, **given: Any) -> None:
    """Count images a tag, a part and a pair of tags."""
    found = _read(given["data"], given["vocabulary"], given["config_file"], given["changes"])
    parts: dict[str, Part] | None = None
    try:
        parts = split_examples(found.examples, found.config.seed, found.config.data)
    except DataError as error:
        click.echo(f"Not split: {error}", err=True)
    counts = count_data(found.examples, parts)
    click.echo(counts_table(counts))
    if csv_file is not None:
        write_together(csv_file, counts)


@command.command()
@data_options
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The table name,part to write.")
def split(out: Path, **given: Any) -> None:
    """Deal the images to train, validation and test, and write down who got what (seed: --set seed=1)."""
    found = _read(given["data"], given["vocabulary"], given["config_file"], given["changes"])
    parts = split_examples(found.examples, found.config.seed, found.config.data)
    write_split(out, parts)
    held = Counter(parts.values())
    click.echo(f"{out}: " + ", ".join(f"{held[part]} {part}" for part in PARTS))


@command.command()
@data_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder for the pages.")
@click.option("--per-tag", type=click.IntRange(1), default=PER_PAGE, show_default=True, help="Images shown of each tag.")
def sheet(out: Path, per_tag: int, **given: Any) -> None:
    """Write contact sheets of each tag as PNG."""
    found = _read(given["data"], given["vocabulary"], given["config_file"], given["changes"])
    pages = write_sheets(found.examples, out, per_tag)
    click.echo(f"{out}: {len(pages)} pages")
