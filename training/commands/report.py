"""movietags-train report: what a run gave, as one HTML file; or a bundle's figures as the tables of a model card."""

from pathlib import Path

import click

from training.commands.options import FOUND


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--judge", is_flag=True, help="Judge the validation images anew first.")
@click.option("--model-card", is_flag=True, help="Print the tables of the model card of RUN, or of a bundle in its place, as Markdown.")
@click.option("--data", type=FOUND, multiple=True, help="With --model-card: the data, for the table of its sources.")
@click.option("--split", type=FOUND, help="With --model-card: the split of these sources.")
def command(run: Path, judge: bool, model_card: bool, data: tuple[Path, ...], split: Path | None) -> None:
    """Write RUN/report.html anew, for example after images were moved back or the program was updated."""
    if model_card:
        from training.report.model_card import tables

        for line in tables(run, data, split):
            click.echo(line)
        return
    from training.judging.runs import judge_run
    from training.report.page import write_report
    from training.runs import RunFolder

    folder = RunFolder(run)
    if judge:
        judge_run(folder)
    click.echo(write_report(folder))
