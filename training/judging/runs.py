"""Judge a run on its validation images, and the shipped model beside it where both know the tags."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.models import Model, model_at
from service.predictors.bundle import SHIPPED_TAGGER
from training.data.examples import Example
from training.data.reading import read_many
from training.data.split import read_split
from training.errors import RunError
from training.judging.answers import Answers, answers_of, surely_known
from training.judging.comparison import compare, comparison_to_json
from training.judging.judged import Judged, write_judged
from training.judging.judgement import Judgement
from training.runs import RunFolder
from training.targets import presence

ANSWERS = "answers.npz"  # of the validation images, where the training has left them


def judge_run(run: RunFolder, examples: Sequence[Example] | None = None, cache: Path | None = None) -> Judgement:
    """Judge a finished run; writes metrics.json and what the report needs. Raises RunError, DataError.

    `examples` spares reading the run's data again; features are kept in `cache`.
    """
    model = model_at(run.bundle)
    if examples is None:
        examples = read_many([Path(path) for path in run.facts.data], model.vocabulary, run.config.data)
    parts = read_split(run.path / "split.csv", examples)
    validation = [example for example in examples if parts[example.name] == "validation"]
    if not validation:
        raise RunError(f"{run.path} has no validation images; give `split.csv` some, or train without a split of your own.")
    answers = _kept_answers(run, model, validation) or answers_of(model, validation, cache)
    judged = _judged(answers, [example for example in examples if parts[example.name] != "test"])
    judgement = judged.judge()
    write_judged(run, judged)
    figures = {"split": "validation part of the run's split.csv", **judgement.to_json(), **_beside_shipped(answers, cache)}
    run.write_json("metrics.json", figures)
    return judgement


def _judged(answers: Answers, seen: Sequence[Example]) -> Judged:
    """The answers beside the truth; `seen` are all images but those of the test part."""
    shown = presence(seen, answers.tags).astype(np.int64)
    return Judged(
        names=tuple(example.name for example in answers.examples),
        paths=tuple(example.path.absolute() for example in answers.examples),
        sources=tuple(example.source for example in answers.examples),
        thresholds=dict(answers.thresholds),
        truth=presence(answers.examples, answers.tags),
        known=surely_known(answers.examples, answers.tags, seen),
        scores=answers.scores,
        together=shown.T @ shown,
    )


def _kept_answers(run: RunFolder, model: Model, validation: Sequence[Example]) -> Answers | None:
    """What the training left; it knows which images do not decode. None where it left nothing."""
    try:
        with np.load(run.path / ANSWERS, allow_pickle=False) as kept:
            rows = {name: row for row, name in enumerate(kept["names"].tolist())}
            tags, scores = kept["tags"].tolist(), kept["scores"]
    except FileNotFoundError:
        return None
    there = tuple(example for example in validation if example.name in rows)
    thresholds = {tag: model.bundle.thresholds[tag] for tag in tags}
    return Answers(there, scores[[rows[example.name] for example in there]], thresholds) if there else None


def _beside_shipped(own: Answers, cache: Path | None) -> dict[str, Any]:
    """How the run does beside the shipped model on the tags that both have; empty where no image shows one of them."""
    shipped = model_at(SHIPPED_TAGGER, check_files=False)
    there = set().union(*(example.tags for example in own.examples))
    tags = [tag for tag in own.tags if tag in there and tag in shipped.bundle.labels]
    if not tags:
        return {}
    other = answers_of(shipped, own.examples, cache)
    own = own.of(other.examples)
    truth, sure = presence(other.examples, tags), surely_known(other.examples, tags, other.examples)
    sources = [example.source for example in other.examples]
    found = compare(truth, sure, (own.columns(tags).scores, other.columns(tags).scores), tags, sources)
    return {"against_shipped": comparison_to_json(found, f"{shipped.bundle.name} {shipped.bundle.version}")}
