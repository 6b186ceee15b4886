"""The end of every run: its bundle, its figures, its report."""

import logging
from pathlib import Path

from training.data.examples import Parts
from training.export import add_figures, export_run
from training.judging.runs import judge_run
from training.report.page import write_report
from training.runs import RunFolder

log = logging.getLogger(__name__)


def finish_run(run: RunFolder, parts: Parts, cache: Path | None = None) -> None:
    """Write bundle, metrics.json and report.html of a run whose weights are written; features are kept in `cache`."""
    log.info("writing the bundle")
    export_run(run, parts)
    log.info("judging it on the validation images")
    judge_run(run, [example for examples in parts.values() for example in examples], cache)
    add_figures(run)
    log.info("writing the report")
    write_report(run)


def summary(run: RunFolder) -> str:
    """What a person wants to know at the end."""
    metrics = run.read_json("metrics.json")
    return (
        f"{len(run.facts.labels)} tags, mean average precision {metrics['mean_ap']:.3f} on {metrics['images']} validation images.\n"
        f"What you got:   {run.path / 'report.html'}\n"
        f"Put it in use:  movietags models install {run.bundle}"
    )
