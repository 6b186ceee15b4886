"""movietags-train tune: choose the thresholds of a bundle on labelled films."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from training.commands.options import FOUND


@click.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--films", type=FOUND, required=True, help="Table of labelled films: file, tags, perhaps maybe_tags and group.")
@click.option(
    "--clips", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder that the films lie in; without it, the table's."
)
@click.option(
    "--best-share",
    type=click.FloatRange(0, 1),
    help="Share of a long film's frames that its scores are of; as in the bundle, if not given.",
)
@click.option(
    "--features", "cache", type=click.Path(file_okay=False, path_type=Path), help="Where features of films are kept for the next time."
)
@click.option("--dry-run", is_flag=True, help="Measure and leave the bundle as it is.")
def command(bundle: Path, films: Path, clips: Path | None, best_share: float | None, cache: Path | None, dry_run: bool) -> None:
    """Cross-fit, print the figures, then choose the thresholds on all films and write them into BUNDLE."""
    from service.models import model_at
    from training.bundle_folder import rewrite_facts
    from training.judging.film_tuning import tune_on_films

    model = model_at(bundle)
    if best_share is not None:
        model = replace(model, bundle=replace(model.bundle, aggregation={**model.bundle.aggregation, "best_share": best_share}))
    tuned = tune_on_films(model, films, clips or films.parent, cache)
    click.echo("cross-fitted: " + "  ".join(f"{name} {value}" for name, value in tuned.figures.items()))
    click.echo(f"chosen on all films: tags that are there with a chance of {tuned.chance:.2f}")
    click.echo("fitted, not judged, with them: " + "  ".join(f"{name} {value:.3f}" for name, value in asdict(tuned.fitted).items()))
    if not dry_run:
        rewrite_facts(bundle, tuned.changes(bundle))
