"""movietags models: list, show, install, use and remove models; what they need is imported when they run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands.options import data_dir_option

if TYPE_CHECKING:
    from service.models import Model

model_argument = click.argument("wanted", metavar="NAME[@VERSION]")


@click.group()
def models() -> None:
    """List, install and choose the models that films are tagged with."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@data_dir_option
def list_(as_json: bool, data_dir: Path | None) -> None:
    """Show every model; an asterisk marks the one in use."""
    from service.errors import BundleError
    from service.models import Model, installed, open_model

    folder, in_use = _folder(data_dir), ""
    try:
        in_use = open_model(folder).title
    except BundleError as error:
        click.echo(f"! {error}", err=True)
    found = installed(folder)
    if as_json:
        click.echo(json.dumps([_row(model, in_use) for model in found if isinstance(model, Model)]))
        return
    for model in found:
        if isinstance(model, Model):
            row = _row(model, in_use)
            mark = "*" if row["in_use"] else " "
            click.echo(f"{mark} {model.title:<40} {row['tags']:>4} tags  mAP {row['mean_ap'] or '?':<6} {row['place']}")
        else:
            click.echo(f"! {model}", err=True)


@models.command()
@model_argument
@click.option("--json", "as_json", is_flag=True, help="Print all that bundle.json says.")
@data_dir_option
def show(wanted: str, as_json: bool, data_dir: Path | None) -> None:
    """Show what a model says of itself: its tags, figures and licences."""
    from service.models import find_model
    from service.predictors.bundle import read_facts

    model = find_model(_folder(data_dir), wanted)
    facts = read_facts(model.bundle.folder)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    click.echo(f"{model.title}  ({model.bundle.folder})")
    click.echo(f"tags ({len(model.vocabulary)}): {', '.join(model.vocabulary.ids)}")
    for name in ("weak", "unverified"):
        if facts[name]:
            click.echo(f"{name}: {', '.join(facts[name])}")
    for part, figures in (facts.get("metrics") or {}).items():
        plain = {name: value for name, value in figures.items() if isinstance(value, int | float | str)}
        click.echo(f"{part}: {', '.join(f'{name} {value}' for name, value in plain.items())}")
    for licence in facts.get("licences") or []:
        click.echo("licence: " + ", ".join(str(licence[name]) for name in ("part", "licence", "note") if name in licence))


@models.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--use/--no-use", "is_used", default=True, show_default=True, help="Whether films are tagged with it from now on.")
@data_dir_option
def install(bundle: Path, is_used: bool, data_dir: Path | None) -> None:
    """Check a bundle (or a run of movietags-train) and keep a copy of it; a running service takes it up."""
    from service.model_install import install as install_bundle

    folder = _folder(data_dir)
    model = install_bundle(folder, bundle)
    click.echo(f"{model.title} is installed: {len(model.vocabulary)} tags.")
    if is_used:
        _use(folder, model)


@models.command()
@model_argument
@data_dir_option
def use(wanted: str, data_dir: Path | None) -> None:
    """Tag films with this model from now on."""
    from service.models import find_model

    folder = _folder(data_dir)
    _use(folder, find_model(folder, wanted))


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


def _use(folder: Path, model: "Model") -> None:
    from service.models import use as use_model

    use_model(folder, model)
    click.echo(f"{model.title} is in use; a running service takes it up within seconds, films that are tagged keep their results.")


def _row(model: "Model", in_use: str) -> dict[str, object]:
    from service.predictors.bundle import read_facts

    metrics = read_facts(model.bundle.folder).get("metrics") or {}
    return {
        "name": model.bundle.name,
        "version": model.bundle.version,
        "in_use": model.title == in_use,
        "shipped": model.is_shipped,
        "tags": len(model.vocabulary),
        "mean_ap": metrics.get("validation", {}).get("mean_ap"),
        "place": "came with the package" if model.is_shipped else str(model.bundle.folder),
    }
