"""The command line `movietags-train`; a command's file is loaded only when it is called, for Keras takes seconds to import."""

import errno
import importlib
import logging
from typing import Any

import click

from service.errors import MovieTaggerError

COMMANDS = {
    "data": "Check, count, split and look at training data.",
    "head": "Train a head on the features of a fixed backbone: minutes on a CPU.",
    "finetune": "Train a head, then the top of the backbone too.",
    "distill": "Learn from a better network's answers on images without labels.",
    "digits": "Train the reader of handwritten digits on MNIST.",
    "tune": "Choose thresholds on labelled films.",
    "evaluate": "Measure a bundle, alone or against another one.",
    "report": "Write the report of a run: one HTML file that opens offline.",
    "objects": "Make a detector's bundle, in 8 bits if wanted, and judge it.",
    "export": "Turn a run into a bundle that the service serves.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"training.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Short helps without loading the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Turn our errors, and those of files, into one line on standard error and exit code 1."""
        try:
            return super().invoke(ctx)
        except MovieTaggerError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output is gone, which click knows how to end
                raise
            raise click.ClickException(f"{error.filename or 'A file'}: {error.strerror or error}.") from error


@click.group(cls=_Lazy)
@click.version_option(package_name="movietags")
@click.option("--quiet", is_flag=True, help="Tell nothing but warnings.")
def main(quiet: bool) -> None:
    """Train a tagger on your own images and tags, see how good it is, and make a bundle that `movietags models install` takes."""
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
