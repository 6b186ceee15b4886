"""movietags-train evaluate: measure a bundle on labelled images and films, alone or against another one."""

import json
from pathlib import Path
from typing import Any, get_args

import click

from training.commands.options import FOUND
from training.data.examples import Part

PARTS = (*get_args(Part), "all")


@click.command()
@click.argument("bundle")
@click.option("--data", type=FOUND, multiple=True, help="Labelled images, as for training; without it, those of the run that BUNDLE is.")
@click.option("--split", type=FOUND, help="Written split of these images; without it, that of the run, else all images count.")
@click.option(
    "--part",
    type=click.Choice(PARTS),
    help="Images to judge by: validation where there is a split. The test part is read once, at the end.",
)
@click.option("--films", type=FOUND, help="Table of labelled films: file, tags, perhaps maybe_tags and group.")
@click.option(
    "--clips", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder that the films lie in; without it, the table's."
)
@click.option("--against", metavar="BUNDLE", help="A second bundle on the same images: its folder, or `shipped`.")
@click.option("--features", "cache", type=click.Path(file_okay=False, path_type=Path), help="Where features are kept for the next time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")
def command(bundle: str, as_json: bool, **order: Any) -> None:
    """Measure BUNDLE: the folder of a bundle or of a finished run, or the word `shipped`.

    Better than another bundle is only what stays better when images are drawn anew: the 90 % interval of the difference
    lies above 0.
    """
    from training.judging.evaluation import Order, evaluate, lines

    found = evaluate(Order(bundle, **order), lambda warning: click.echo(warning, err=True))
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for line in lines(found):
            click.echo(line)
