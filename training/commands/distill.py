"""movietags-train distill: a head that learns from a better network's answers, too."""

import os
from pathlib import Path

import click

from training.commands.options import FOUND, config_option, configured, data_option, out_option, set_option, vocabulary_option
from training.errors import RunError


@click.command()
@data_option
@click.option("--images", type=FOUND, required=True, multiple=True, help="Folder of pictures and films without labels; repeatable.")
@click.option("--teacher", required=True, help="bundle:DIR, keras:NAME (of keras.applications, downloaded) or a .keras file.")
@out_option
@vocabulary_option
@config_option
@set_option
@click.option(
    "--trust",
    type=click.FloatRange(0, 10, min_open=True),
    default=0.5,
    show_default=True,
    help="Of one such image, beside 1 of a labelled one.",
)
@click.option("--features", "cache", type=click.Path(file_okay=False, path_type=Path), help="Where features are kept for the next run.")
def command(
    data: tuple[Path, ...],
    images: tuple[Path, ...],
    teacher: str,
    out: Path,
    vocabulary: Path | None,
    config_file: Path | None,
    changes: tuple[str, ...],
    trust: float,
    cache: Path | None,
) -> None:
    """Train a head as `head` does, and let a teacher answer for images without labels.

    A bundle answers with its own tags. Any other network first gets a head of its own on the labelled images.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before Keras is imported
    from service.models import model_at
    from service.predictors.bundle import SHIPPED_TAGGER
    from training.distill import DistillOrder, run_distill
    from training.features import cache_folder
    from training.finish import finish_run, summary

    config = configured(config_file, changes)
    kept = cache or cache_folder()
    order = DistillOrder(data, images, teacher, out, model_at(SHIPPED_TAGGER), kept, vocabulary, trust)
    try:
        run, parts = run_distill(order, config)
        finish_run(run, parts, kept)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Features so far are kept in {kept}; the next run begins with them.", err=True)
        raise click.exceptions.Exit(130) from None
    except OSError as error:
        raise RunError(f"{error.filename or out}: {error.strerror or error}. Nothing of this run is served; begin it again.") from error
    click.echo(summary(run))
