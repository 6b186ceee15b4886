"""Runs made up from a few of the example pictures: the shipped networks, and answers that this file decides."""

from pathlib import Path

import numpy as np

from service.predictors.bundle import SHIPPED_TAGGER
from training.config import RunConfig, read_config
from training.data.examples import Example
from training.data.split import write_split
from training.judging.judged import Judged, write_judged
from training.runs import RunFacts, RunFolder

STILLS = Path(__file__).parents[2] / "examples" / "stills"
EACH = 4  # pictures of a tag


def still_tags() -> tuple[str, ...]:
    return tuple(sorted(path.name for path in STILLS.iterdir() if path.is_dir()))


def still_examples(each: int = EACH) -> list[Example]:
    """Pictures of each tag, each picture once; some of them show two tags."""
    taken: dict[str, Example] = {}
    for tag in still_tags():
        fresh = [path for path in sorted((STILLS / tag).glob("*.jpg")) if path.name not in taken]
        for path in fresh[:each]:
            tags = frozenset(other for other in still_tags() if (STILLS / other / path.name).exists())
            taken[path.name] = Example(f"{tag}/{path.name}", path, tags)
    return list(taken.values())


def fake_run(folder: Path, *, config: RunConfig | None = None) -> RunFolder:
    """A run whose bundle is the shipped one and whose images are all validation images but one a tag."""
    examples = still_examples()
    facts = RunFacts("head", still_tags(), (str(STILLS),), "movietags-tagger 1.1.0")
    run = RunFolder.begin(folder, config or read_config(None), facts, None)
    run.bundle.symlink_to(SHIPPED_TAGGER)
    write_split(run.path / "split.csv", {item.name: "train" if place % EACH == 0 else "validation" for place, item in enumerate(examples)})
    run.write_history(
        {"seed": 0, "epoch": epoch, "loss": 2 / epoch, "validation_loss": 1 / epoch + 0.02 * epoch, "validation_map": 0.9 - 0.3 / epoch}
        for epoch in range(1, 13)
    )
    return run


def judge_by_chance(run: RunFolder, examples: list[Example], tags: tuple[str, ...], *, seed: int = 0) -> Judged:
    """Answers that are mostly right."""
    random = np.random.default_rng(seed)
    truth = np.array([[tag in example.tags for tag in tags] for example in examples], bool)
    scores = np.clip(truth * 0.45 + random.random(truth.shape) * 0.55, 0, 1).astype(np.float32)
    judged = Judged(
        names=tuple(example.name for example in examples),
        paths=tuple(example.path for example in examples),
        sources=tuple(example.source for example in examples),
        thresholds=dict.fromkeys(tags, 0.5),
        truth=truth,
        known=np.ones_like(truth),
        scores=scores,
        together=truth.astype(np.int64).T @ truth.astype(np.int64),
    )
    write_judged(run, judged)
    run.write_json("metrics.json", {"split": "validation", **judged.judge().to_json()})
    return judged
