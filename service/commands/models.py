"""movietags models: list, show, install, use and remove models; what they need is imported when they run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands.options import data_dir_option

if TYPE_CHECKING:
    from service.models import AnyModel

model_argument = click.argument("wanted", metavar="NAME[@VERSION]")


@click.group()
def models() -> None:
    """List, install and choose the models that films are tagged with, objects are found with and digits are read with."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@data_dir_option
def list_(as_json: bool, data_dir: Path | None) -> None:
    """Show every model; an asterisk marks those in use, one for each task."""
    from service.models import Installed, installed

    folder = _folder(data_dir)
    in_use, found = _in_use(folder), installed(folder)
    if as_json:
        click.echo(json.dumps([_row(model, in_use) for model in found if isinstance(model, Installed)]))
        return
    for model in found:
        if isinstance(model, Installed):
            row = _row(model, in_use)
            mark = "*" if row["in_use"] else " "
            click.echo(f"{mark} {model.title:<36} {row['task']:<8} {_counted(model):<10}  {_figure(row):<12}  {row['place']}")
        else:
            click.echo(f"! {model}", err=True)


@models.command()
@model_argument
@click.option("--json", "as_json", is_flag=True, help="Print all that bundle.json says.")
@data_dir_option
def show(wanted: str, as_json: bool, data_dir: Path | None) -> None:
    """Show a model's card, and what was measured of each of its tags, labels or digits."""
    from service.model_card import card_of
    from service.model_figures import figures_per_tag
    from service.models import find_model
    from service.predictors.facts import read_facts

    model = find_model(_folder(data_dir), wanted)
    facts = read_facts(model.bundle.folder)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    click.echo(card_of(model, facts))
    click.echo(f"{_counted(model)}  ({model.bundle.folder})")
    for row in figures_per_tag(model, facts):
        click.echo(_tag_line(row))


@models.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--use/--no-use", "is_used", default=True, show_default=True, help="Whether it is in use for its task from now on.")
@data_dir_option
def install(bundle: Path, is_used: bool, data_dir: Path | None) -> None:
    """Check a bundle (or a run of movietags-train) and keep a copy of it; a running service takes it up."""
    from service.model_install import install as install_bundle

    folder = _folder(data_dir)
    model = install_bundle(folder, bundle)
    click.echo(f"{model.title} is installed: {_counted(model)}.")
    if is_used:
        _use(folder, model)


@models.command()
@model_argument
@data_dir_option
def use(wanted: str, data_dir: Path | None) -> None:
    """Use this model for its task from now on, if its networks can be loaded here."""
    from service.models import find_model

    folder = _folder(data_dir)
    model = find_model(folder, wanted)
    if not model.is_shipped:  # to those there is always a way back
        from service.predictors.trial import try_model  # OpenVINO takes its time to import

        try_model(model)
    _use(folder, model)


@models.command()
@model_argument
@data_dir_option
def remove(wanted: str, data_dir: Path | None) -> None:
    """Remove a model that is not in use; results that it gave stay."""
    from service.models import remove as remove_model

    click.echo(f"{remove_model(_folder(data_dir), wanted)} is removed.")


def _folder(data_dir: Path | None) -> Path:
    from service.settings import load_settings

    return load_settings(data_dir=data_dir).models


def _use(folder: Path, model: "AnyModel") -> None:
    from service.models import use as use_model

    use_model(folder, model)
    click.echo(
        f"{model.title} is in use for {model.kind.task}; a running service takes it up within seconds, "
        "films that are tagged keep their results."
    )


def _in_use(folder: Path) -> set[str]:
    """Titles of the models in use, one for each task; those that cannot be opened are told."""
    from service.errors import BundleError
    from service.models import KINDS, open_in_use

    titles = set()
    for kind in KINDS:
        try:
            titles.add(open_in_use(folder, kind).title)
        except BundleError as error:
            click.echo(f"! {kind.task}: {error}", err=True)
    return titles


def _counted(model: "AnyModel") -> str:
    return f"{len(model.labels)} {model.noun}"


def _tag_line(row: Mapping[str, Any]) -> str:
    """A tag with its threshold, its figures and its marks."""
    threshold = "" if row["threshold"] is None else f"from {row['threshold']:.2f}"
    measured = "" if row["images"] is None else f"{row['images']} images"
    precision = "" if row["ap"] is None else f"AP {row['ap']:.2f}"
    interval = " ({:.2f} to {:.2f})".format(*row["interval_90"]) if row["interval_90"] else ""
    accuracy = "" if row["accuracy"] is None else f"{row['accuracy']:.1%} read right"
    marks = " ".join(mark for mark in ("weak", "unverified") if row[mark])
    return f"  {row['tag']:<20}  {threshold:<10}  {measured:<12}  {precision + interval or accuracy:<23}  {marks}".rstrip()


def _figure(row: dict[str, object]) -> str:
    return "" if row["mean_ap"] is None else f"mAP {row['mean_ap']}"


def _mean_ap(metrics: Mapping[str, Mapping[str, Any]]) -> object:
    """Of the validation images, otherwise the one that is told last."""
    told = {part: figures["mean_ap"] for part, figures in metrics.items() if "mean_ap" in figures}
    return told.get("validation", next(reversed(told.values()), None))


def _row(model: "AnyModel", in_use: set[str]) -> dict[str, object]:
    from service.predictors.facts import read_facts

    metrics = read_facts(model.bundle.folder).get("metrics") or {}
    return {
        "name": model.bundle.name,
        "version": model.bundle.version,
        "task": model.kind.task,
        "in_use": model.title in in_use,
        "shipped": model.is_shipped,
        model.noun: len(model.labels),
        "mean_ap": _mean_ap(metrics),
        "place": "came with the package" if model.is_shipped else str(model.bundle.folder),
    }
