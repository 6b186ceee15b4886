"""movietags-train objects: bundle, quantize, evaluate."""

import json
from pathlib import Path

import click

from training.commands.options import FOUND

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUT = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Make a detector's bundle that `movietags models install` takes, in 8 bits if wanted, and judge it as COCO does."""


@command.command()
@click.argument("network", type=FILE)
@click.option("--facts", type=FOUND, help="JSON with what bundle.json will say (docs/objects.md); without it, those of NanoDet-g 416.")
@click.option("--out", type=OUT, required=True, help="The bundle's folder.")
def bundle(network: Path, facts: Path | None, out: Path) -> None:
    """Make a bundle of NETWORK, a detector in OpenVINO's format (.xml, the .bin beside it) or ONNX, as it is."""
    from training.objects.bundle import NANODET_G, bundle_model, read_model_facts

    bundle_model(network, read_model_facts(facts or NANODET_G), out)
    click.echo(f"Put it in use:  movietags models install {out}")


@command.command()
@click.argument("source", metavar="BUNDLE", type=FOLDER)
@click.option("--images", type=FOLDER, required=True, help="Pictures such as it will see; not those that it is judged on.")
@click.option("--out", type=OUT, required=True, help="The new bundle's folder.")
@click.option("--count", type=click.IntRange(min=1), default=300, show_default=True, help="Pictures that ranges are measured on.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Decides which pictures.")
@click.option("--licence", type=FILE, help="Text of the model's licence, put into the bundle.")
def quantize(source: Path, images: Path, out: Path, count: int, seed: int, licence: Path | None) -> None:
    """Make a bundle in 8 bits of the detector in BUNDLE."""
    from training.objects.quantize import quantize_detector

    quantize_detector(source, images, out, count=count, seed=seed, licence=licence)
    click.echo(f"Put it in use:  movietags models install {out}")


@command.command()
@click.argument("source", metavar="BUNDLE", type=FOLDER)
@click.option("--images", type=FOLDER, required=True, help="Folder with `images` and, in YOLO's text form, `labels`.")
@click.option("--write", metavar="NAME", help="Put the figures into the bundle under this name.")
def evaluate(source: Path, images: Path, write: str | None) -> None:
    """Average precision of the detector in BUNDLE, by pycocotools, as JSON."""
    from service.predictors.detector_bundle import read_detector_bundle
    from training.objects.bundle import add_figures
    from training.objects.evaluate import evaluate_detector

    figures = evaluate_detector(read_detector_bundle(source), images)
    if write:
        add_figures(source, write, figures)
    click.echo(json.dumps(figures, indent=1))
