"""A run of `movietags-train head`, stage after stage: data, split, features, heads, thresholds."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from service.models import Model
from service.predictors.heads import Head
from service.tags import Vocabulary
from service.timeline.aggregate import frame_scores
from training.begin import begin_run, facts_of, in_parts, write_thresholds
from training.config import HeadConfig, RunConfig
from training.data.examples import Example, Part, Parts
from training.data.reading import read_many
from training.data.split import read_written, split_examples
from training.errors import ConfigError, RunError
from training.extend import extended
from training.features import Backbone, Features, image_features
from training.head import FittedHead, Lesson, train_heads
from training.run_tags import RunTags, data_vocabulary, extending_tags, learned_tags
from training.runs import RunFacts, RunFolder
from training.targets import Matrix, image_weights, known, presence, targets
from training.thresholds import choose_thresholds
from training.views import WHOLE, check_view
from training.weights import Weights, apply_head
from training.written import written_whole

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HeadOrder:
    """What is asked for, beside the configuration."""

    data: tuple[Path, ...]
    out: Path
    base: Model  # whose backbone the head stands on, and whose tags `extend` keeps
    backbone: Backbone
    cache: Path  # for features
    vocabulary: Path | None = None
    extend: bool = False
    served: Backbone | None = None  # what the bundle will look with, where that is not `backbone`: figures and thresholds are of it


@dataclass(frozen=True)
class Trained:
    """The head and what it answered for validation images that it had not learned from."""

    head: Weights
    fitted: FittedHead
    names: tuple[str, ...]  # of these images
    scores: Matrix  # (images, labels of the head)
    limits: Matrix  # (labels,)


def run_head(order: HeadOrder, config: RunConfig) -> tuple[RunFolder, Parts]:
    """Train a head and write all but bundle, figures and report; gives the images that were used, too. Raises TrainingError.

    A run of the same command that was broken off is gone on with; one whose head is written only lacks its end.
    """
    check_views(config.head)
    vocabulary = data_vocabulary(order.data, order.vocabulary, config.data, order.base, extend=order.extend)
    examples = read_many(order.data, vocabulary, config.data)
    by_name = split_examples(examples, config.seed, config.data)
    parts = in_parts(examples, by_name)
    tags = _tags(order, vocabulary, examples, by_name)
    log.info("%d images, %d tags: %s", len(examples), len(tags.labels), ", ".join(f"{len(held)} {part}" for part, held in parts.items()))
    resume = _is_unfinished(RunFolder(order.out))
    labels = (*order.base.bundle.labels, *tags.labels) if order.extend else tags.labels
    facts = facts_of("head", labels, order.data, order.base, keras.backend.backend(), extends=order.extend)
    trained_before = resume and _is_trained(RunFolder(order.out), facts, by_name)
    run = begin_run(order.out, config, facts, tags.vocabulary, by_name, resume=resume)
    learning = image_features(order.backbone, parts["train"], list(config.head.views), order.cache, among=len(examples))
    judging = image_features(order.backbone, parts["validation"], _judged_views(config.head), order.cache, among=len(examples))
    if not trained_before:
        shown = judging if order.served is None else image_features(order.served, judging.examples, [WHOLE], order.cache)
        trained = _trained(learning, judging, shown, tags.labels, config)
        _write(run, order, tags, trained if not order.extend else _beside_base(trained, order.base, shown))
    return run, {"train": learning.examples, "validation": judging.examples, "test": parts["test"]}


def check_views(config: HeadConfig) -> None:
    """The first view is what is served and judged. Raises ConfigError."""
    for view in config.views:
        check_view(view)
    if next(iter(config.views), None) != WHOLE:
        raise ConfigError(
            f"head.views must begin with {WHOLE!r}, which is what the service looks at; given was {', '.join(config.views)!r}."
        )


def _judged_views(config: HeadConfig) -> list[str]:
    return list(config.views) if config.refit else [WHOLE]


def _tags(order: HeadOrder, vocabulary: Vocabulary, examples: Sequence[Example], by_name: Mapping[str, Part]) -> RunTags:
    if order.extend:
        return extending_tags(vocabulary, order.base, [example for example in examples if by_name[example.name] == "train"])
    return learned_tags(vocabulary, order.base, examples, by_name, given=order.vocabulary is not None)


def _is_unfinished(run: RunFolder) -> bool:
    """Whether a run of this command was broken off there; such a one is gone on with. The report comes last."""
    return (run.path / "run.json").exists() and run.facts.command == "head" and not (run.path / "report.html").exists()


def _is_trained(run: RunFolder, facts: RunFacts, by_name: Mapping[str, Part]) -> bool:
    """Whether the head is written. Raises RunError where it is of other data, which the configuration does not tell."""
    if not (run.path / "head.npz").exists():
        return False
    if run.facts != facts or read_written(run.path / "split.csv").parts != by_name:
        raise RunError(f"{run.path} holds a head of other data, tags or backbone; name a new folder with --out, or remove it.")
    return True


def _trained(learning: Features, judging: Features, shown: Features, labels: Sequence[str], config: RunConfig) -> Trained:
    """`shown` are the validation images as the service sees them."""
    lesson = lesson_of(learning, labels, config, learning.examples)
    judged = lesson_of(judging, labels, config, learning.examples) if judging.examples else None
    fitted = train_heads(lesson, judged, config.head)
    scores = frame_scores(apply_head(fitted.weights, shown.views[0]))
    limits = choose_thresholds(presence(shown.examples, labels), known(shown.examples, labels), scores)
    head = _refitted(learning, judging, labels, config, fitted) if config.head.refit else fitted.weights
    return Trained(head, fitted, tuple(example.name for example in shown.examples), scores, limits)


def lesson_of(features: Features, labels: Sequence[str], config: RunConfig, counted: Sequence[Example]) -> Lesson:
    """What is to be learned from images, or judged on them; frequencies are those of `counted`, the training images."""
    wanted = targets(features.examples, labels, config.labels, counted)
    return Lesson(features.views, wanted, image_weights(features.examples, config.labels))


def _refitted(learning: Features, judging: Features, labels: Sequence[str], config: RunConfig, fitted: FittedHead) -> Weights:
    """Fitted on the validation images too, for as many epochs as were best before (all of them where it never stops early)."""
    both = Features((*learning.examples, *judging.examples), np.concatenate([learning.views, judging.views], axis=1))
    epochs = round(float(np.mean(fitted.best_epochs))) if config.head.patience else config.head.epochs
    again = config.head.model_copy(update={"epochs": epochs, "patience": 0})
    log.info("fitted once more, on training and validation images, for %d epochs", epochs)
    return train_heads(lesson_of(both, labels, config, both.examples), None, again).weights


def _beside_base(trained: Trained, base: Model, shown: Features) -> Trained:
    """The own head and the base's as one; the base's tags keep their scores and thresholds."""
    with np.load(base.bundle.folder / "head.npz", allow_pickle=False) as archive:
        head = {name: archive[name] for name in archive.files}
    scores = Head(base.bundle.folder).scores(shown.views[0][:, None, :])
    limits = np.array([base.bundle.thresholds[label] for label in base.bundle.labels], np.float32)
    return Trained(
        extended(head, trained.head),
        trained.fitted,
        trained.names,
        np.concatenate([scores, trained.scores], axis=1),
        np.concatenate([limits, trained.limits]),
    )


def _write(run: RunFolder, order: HeadOrder, tags: RunTags, trained: Trained) -> None:
    write_thresholds(run, order.base, tags, trained.limits)
    run.write_history(trained.fitted.history)
    write_answers(run, trained.names, run.facts.labels, trained.scores)
    run.write_head(trained.head)


def write_answers(run: RunFolder, names: Sequence[str], labels: Sequence[str], scores: Matrix, file: str = "answers.npz") -> None:
    """Scores (images, labels); in `answers.npz` those of validation images, by a head that had not learned from them."""
    with written_whole(run.path / file) as fresh:
        np.savez(fresh, names=np.array(names, np.str_), tags=np.array(labels, np.str_), scores=scores.astype(np.float32))
