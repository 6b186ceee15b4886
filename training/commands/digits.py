"""movietags-train digits: networks of our own for handwritten digits, trained on MNIST."""

import os
from pathlib import Path

import click


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="RUN",
    help="Folder of the run; its bundle is RUN/bundle.",
)
@click.option(
    "--mnist", type=click.Path(dir_okay=False, path_type=Path), help="File of MNIST (mnist.npz); without it Keras fetches it once."
)
@click.option("--members", default="five,three,seven", show_default=True, metavar="NAMES", help="Networks of the ensemble.")
@click.option("--epochs", type=click.IntRange(1), default=30, show_default=True, help="Of each network.")
@click.option(
    "--settle",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="More epochs of a copy of the first, with what is no digit; 0: none.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--fonts", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Folder with more fonts (.ttf, .otf).")
@click.option("--photos", type=click.Path(file_okay=False, exists=True, path_type=Path), help="Folder with more photos, of no digits.")
def command(
    out: Path, mnist: Path | None, members: str, epochs: int, settle: int, seed: int, fonts: Path | None, photos: Path | None
) -> None:
    """Train the reader of handwritten digits on MNIST and write its bundle.

    Each network that is trained is kept, so the same command goes on where it was broken off. On two cores a network takes some
    25 minutes.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the way to the bundle leads through its format
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before Keras is imported
    from training.memory import keep_freed_memory

    keep_freed_memory()
    from training.digits.mnist import load_mnist
    from training.digits.networks import check_members
    from training.digits.run import DigitsOrder, run_digits

    order = DigitsOrder(check_members(members.split(",")), epochs, settle, seed=seed, fonts=fonts, photos=photos)
    try:
        bundle = run_digits(out, load_mnist(mnist), order)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Networks that are trained are kept in {out}; the same command goes on from there.", err=True)
        raise click.exceptions.Exit(130) from None
    click.echo(f"{bundle}: take it up with `movietags models install {bundle}` and `movietags models use digits`.")
