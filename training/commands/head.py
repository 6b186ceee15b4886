"""movietags-train head: a head on the features of a fixed backbone."""

import os
from pathlib import Path

import click

from training.commands.options import config_option, configured, data_option, out_option, set_option, vocabulary_option
from training.config import RunConfig
from training.errors import RunError

SHIPPED, FLOAT = "shipped", "float"


@click.command()
@data_option
@out_option
@vocabulary_option
@config_option
@set_option
@click.option("--features", "cache", type=click.Path(file_okay=False, path_type=Path), help="Where features are kept for the next run.")
@click.option("--extend", is_flag=True, help="Add your own tags to those of the shipped tagger (or of --backbone), which stay as they are.")
@click.option(
    "--backbone",
    default=SHIPPED,
    show_default=True,
    metavar="BUNDLE",
    help="Folder of the bundle whose backbone is used; `float`: the shipped one in 32 bits, several times as slow.",
)
def command(
    data: tuple[Path, ...],
    out: Path,
    vocabulary: Path | None,
    config_file: Path | None,
    changes: tuple[str, ...],
    cache: Path | None,
    extend: bool,
    backbone: str,
) -> None:
    """Train a head on the features of a fixed backbone: minutes on a CPU.

    Writes a run's folder with bundle and report. Features are kept, so the same command goes on where it was broken off,
    and the next run on the same images takes seconds.
    """
    from training.features import cache_folder

    config = configured(config_file, changes)
    kept = cache or cache_folder()
    try:
        _run(data, out, vocabulary, config, kept, extend=extend, backbone=backbone)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Features so far are kept in {kept}, a finished head in {out}; the same command goes on from there.", err=True)
        raise click.exceptions.Exit(130) from None
    except OSError as error:
        raise RunError(
            f"{error.filename or out}: {error.strerror or error}. Nothing of this run is served; free what it needs; run it again to go on."
        ) from error


def _run(
    data: tuple[Path, ...], out: Path, vocabulary: Path | None, config: RunConfig, cache: Path, *, extend: bool, backbone: str
) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before Keras is imported
    from service.models import model_at
    from service.predictors.bundle import SHIPPED_TAGGER
    from training.features import Backbone, ServedBackbone
    from training.finish import finish_run, summary
    from training.head_run import HeadOrder, run_head

    base = model_at(SHIPPED_TAGGER if backbone in (SHIPPED, FLOAT) else Path(backbone))
    served = ServedBackbone(base.bundle.folder)
    features: Backbone = served
    if backbone == FLOAT:
        from training.float_backbone import FloatBackbone

        features = FloatBackbone(base.bundle.folder)
    order = HeadOrder(data, out, base, features, cache, vocabulary, extend, None if features is served else served)
    run, parts = run_head(order, config)
    finish_run(run, parts, cache)
    click.echo(summary(run))
