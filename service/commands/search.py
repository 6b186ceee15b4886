"""movietags search: films with tags and objects among results on disk."""

from pathlib import Path

import click

from service.exports.text import time_range
from service.library import Wanted, find_films_with


@click.command()
@click.option("--tag", "tag_ids", multiple=True, help="A tag's id.")
@click.option("--object", "labels", multiple=True, help="What a film shows, as `tag --objects` found it, such as horse.")
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.0, help="Only films with at least this score.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def search(tag_ids: tuple[str, ...], labels: tuple[str, ...], min_score: float, folder: Path) -> None:
    """Find the films among the results in FOLDER (written by `tag --out`), best first: all tags and objects that are given must hold."""
    if not tag_ids and not labels:
        raise click.UsageError("What is looked for? Give --tag or --object, or several.")
    wanted = Wanted(tuple(dict.fromkeys(tag_ids)), tuple(dict.fromkeys(labels)))
    hits = sorted(find_films_with(folder, wanted, min_score), key=lambda hit: -hit.score)
    if not hits:  # results of another model may have tags of their own
        _check_tags(wanted.tags)
    for hit in hits:
        click.echo(f"{hit.score:.2f}  {hit.file_name}  {', '.join(time_range(part) for part in hit.segments)}")
    click.echo(f"{len(hits)} films have {' and '.join((*wanted.tags, *wanted.objects))}", err=True)


def _check_tags(tags: tuple[str, ...]) -> None:
    from service.models import open_model
    from service.settings import load_settings

    vocabulary = open_model(load_settings().models).vocabulary
    for tag in tags:
        vocabulary.index(tag)
