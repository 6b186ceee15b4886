"""Going on with a run: only with the same configuration, tags and images."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from training.config import RunConfig
from training.data.examples import Part
from training.data.split import read_written
from training.errors import RunError
from training.runs import RunFacts, RunFolder

SHOWN = 5  # differences that are told


def is_trained(run: RunFolder) -> bool:
    """Whether only bundle, figures and report are lacking."""
    return (run.path / "head.npz").exists() and (run.path / "backbone.npz").exists()


def is_unfinished(run: RunFolder) -> bool:
    """Whether a fine-tuning was broken off there."""
    return (run.path / "run.json").exists() and run.facts.command == "finetune" and not is_trained(run)


def begun_run(path: Path, config: RunConfig, facts: RunFacts, by_name: Mapping[str, Part]) -> RunFolder:
    """The run that lies in `path`. Raises RunError where it is another one, telling what differs."""
    run = RunFolder(path)
    if run.facts.command != "finetune":
        raise RunError(f"{path} is a run of `movietags-train {run.facts.command}`; it cannot be gone on with by finetune.")
    different = list(_differences(run.config.model_dump(mode="json"), config.model_dump(mode="json")))
    if run.facts.labels != facts.labels:
        different.append(f"tags: {', '.join(run.facts.labels)}, now {', '.join(facts.labels)}")
    if run.facts.backend != facts.backend:
        different.append(f"Keras' backend: {run.facts.backend}, now {facts.backend}")
    if read_written(run.path / "split.csv").parts != by_name:
        different.append("images: others than those of split.csv, or in other parts")
    if different:
        more = f" and {len(different) - SHOWN} more" if len(different) > SHOWN else ""
        raise RunError(f"{path} was begun otherwise: {'; '.join(different[:SHOWN])}{more}. Go on with what it was, or name a new --out.")
    return run


def _differences(before: Any, now: Any, name: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before:
            yield from _differences(before[key], now.get(key), f"{name}.{key}" if name else key)
    elif before != now:
        yield f"{name}: {before}, now {now}"
