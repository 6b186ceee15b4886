"""movietags-train finetune: the head and then the backbone too, in stages."""

import logging
import os
from pathlib import Path

import click

from training.commands.options import FOUND, config_option, configured, data_option, out_option, set_option, vocabulary_option
from training.config import RunConfig
from training.errors import RunError


@click.command()
@data_option
@out_option
@vocabulary_option
@config_option
@set_option
@click.option("--head", type=FOUND, metavar="RUN", help="Begin with the head of a run of `movietags-train head` on the same tags.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out after it was stopped or killed.")
@click.option("--machines", metavar="HOST:PORT,HOST:PORT", help="All machines that share the batches, the first one first; on JAX.")
@click.option("--machine", type=int, default=0, metavar="N", help="Which of --machines this one is; the first is 0.")
def command(
    data: tuple[Path, ...],
    out: Path,
    vocabulary: Path | None,
    config_file: Path | None,
    changes: tuple[str, ...],
    head: Path | None,
    resume: bool,
    machines: str | None,
    machine: int,
) -> None:
    """Train a head, then the top of the backbone too: for a GPU, or a long night.

    Writes a run's folder with weights, bundle and report. It can be stopped or killed at any moment; the same command with
    --resume goes on from the last checkpoint. KERAS_BACKEND=tensorflow (the default), jax or torch chooses the backend.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before Keras is imported
    config = _config(out, config_file, changes, resume=resume)
    from training.finetune.callbacks import Stopped

    if machines:
        _join(machines, machine)
    try:
        _run(data, out, vocabulary, config, head, resume=resume, machines=bool(machines))
    except (KeyboardInterrupt, Stopped):
        click.echo(f"Stopped. Go on with the same command and --resume: {out} keeps what was learned.", err=True)
        raise click.exceptions.Exit(130) from None
    except OSError as error:
        raise RunError(
            f"{error.filename or out}: {error.strerror or error}. Nothing of this run is served; free what it needs, go on with --resume."
        ) from error


def _config(out: Path, config_file: Path | None, changes: tuple[str, ...], *, resume: bool) -> RunConfig:
    """A run that is gone on with has its configuration already."""
    from training.runs import RunFolder

    return RunFolder(out).config if resume and config_file is None and not changes else configured(config_file, changes)


def _join(machines: str, machine: int) -> None:
    """Meet the others; the first one tells how it goes."""
    from training.finetune.machines import join

    logging.getLogger().setLevel(logging.WARNING if machine else logging.getLogger().level)
    join(machines, machine)


def _run(
    data: tuple[Path, ...], out: Path, vocabulary: Path | None, config: RunConfig, head: Path | None, *, resume: bool, machines: bool
) -> None:
    from service.models import model_at
    from service.predictors.bundle import SHIPPED_TAGGER
    from training.finetune.machines import is_first, leave
    from training.finetune.run import FinetuneOrder, run_finetune
    from training.finish import finish_run, summary

    order = FinetuneOrder(data, out, model_at(SHIPPED_TAGGER), vocabulary, head, resume, machines)
    run, parts = run_finetune(order, config)
    first = is_first()
    leave()
    if first:
        finish_run(run, parts)
        click.echo(summary(run))
