"""movietags-train export: a run's bundle, written anew."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from training.commands.options import FOUND
from training.errors import RunError

if TYPE_CHECKING:
    from training.data.examples import Example, Part
    from training.runs import RunFolder


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The bundle's folder; without it, RUN/bundle.")
@click.option("--data", type=FOUND, multiple=True, help="Where the run's data lies now; without it, where it lay.")
@click.option("--name", help="Another name for the model.")
@click.option("--version", help="Another version: two models of one name and version are never installed.")
def command(run: Path, out: Path | None, data: Sequence[Path], name: str | None, version: str | None) -> None:
    """Write the bundle of a run of `head` or `finetune`, which do so by themselves: under another name, or elsewhere."""
    from training.export import add_figures, export_run
    from training.runs import RunFolder

    folder = RunFolder(run)
    folder.call(name, version)
    bundle = export_run(folder, _parts(folder, data), out)
    if (run / "metrics.json").exists():
        add_figures(folder, bundle)
    click.echo(f"Put it in use:  movietags models install {bundle}")


def _parts(run: "RunFolder", given: Sequence[Path]) -> "dict[Part, list[Example]]":
    """The run's images as they were split."""
    from service.tags import load_vocabulary
    from training.data.examples import PARTS
    from training.data.reading import read_many
    from training.data.split import read_split

    data = list(given) or [Path(path) for path in run.facts.data]
    missing = [path for path in data if not path.exists()]
    if missing:
        raise RunError(f"The data of {run.path} is not at {missing[0]} any more; say with --data where it lies.")
    examples = read_many(data, load_vocabulary(run.vocabulary), run.config.data)
    by_name = read_split(run.path / "split.csv", examples)
    return {part: [example for example in examples if by_name[example.name] == part] for part in PARTS}
