"""A run of `movietags-train distill`: the head learns from labelled images, and from a teacher's answers on images without labels."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from service.models import Model
from service.timeline.aggregate import frame_scores
from training.begin import begin_run, facts_of, in_parts, write_thresholds
from training.config import RunConfig
from training.data.examples import Example, Parts
from training.data.files import files_below, is_film, is_picture
from training.data.films import with_frames
from training.data.reading import read_many
from training.data.split import split_examples
from training.errors import DataError
from training.features import Features, ServedBackbone, image_features
from training.head import Lesson, train_heads
from training.head_run import check_views, lesson_of, write_answers
from training.judging.answers import answers_of, find_model
from training.run_tags import RunTags, data_vocabulary, learned_tags
from training.runs import RunFolder
from training.targets import Matrix, known, presence
from training.teachers import KERAS, KerasBackbone, soft_targets
from training.thresholds import choose_thresholds
from training.views import WHOLE
from training.weights import apply_head

log = logging.getLogger(__name__)

BUNDLE = "bundle:"  # followed by a bundle's folder
TEACHER = "teacher.npz"  # its answers for the images without labels


@dataclass(frozen=True)
class DistillOrder:
    """What is asked for, beside the configuration."""

    data: tuple[Path, ...]  # labelled
    images: tuple[Path, ...]  # folders of pictures and films without labels
    teacher: str  # bundle:DIR, keras:NAME or a .keras file
    out: Path
    base: Model  # whose backbone the head stands on
    cache: Path  # for features
    vocabulary: Path | None = None
    trust: float = 0.5  # what an image without labels counts, beside 1 of a labelled one


def run_distill(order: DistillOrder, config: RunConfig) -> tuple[RunFolder, Parts]:
    """Train and write all but bundle, figures and report; gives the labelled images by their parts, too. Raises TrainingError."""
    check_views(config.head)
    vocabulary = data_vocabulary(order.data, order.vocabulary, config.data, order.base)
    examples = read_many(order.data, vocabulary, config.data)
    by_name = split_examples(examples, config.seed, config.data)
    tags = learned_tags(vocabulary, order.base, examples, by_name, given=order.vocabulary is not None)
    parts = in_parts(examples, by_name)
    plain = unlabelled(order.images, config.data.frames_per_film)
    log.info("%d labelled images, %d without labels, %d tags", len(examples), len(plain), len(tags.labels))
    facts = facts_of("distill", tags.labels, order.data, order.base, keras.backend.backend())
    run = begin_run(order.out, config, facts, tags.vocabulary, by_name)
    backbone = ServedBackbone(order.base.bundle.folder)
    learning = image_features(backbone, parts["train"], list(config.head.views), order.cache)
    extra = image_features(backbone, plain, list(config.head.views), order.cache)
    judging = image_features(backbone, parts["validation"], [WHOLE], order.cache)
    taught = lesson_of(learning, tags.labels, config, parts["train"])
    wanted = _answers(order, config, tags, learning, taught, extra)
    _write_wanted(run, extra, tags, wanted)
    answered = Lesson(extra.views, wanted, np.full(len(extra.examples), order.trust, np.float32))
    _write(run, order, tags, judging, _together(taught, answered), lesson_of(judging, tags.labels, config, parts["train"]), config)
    return run, parts


def unlabelled(folders: Sequence[Path], frames_per_film: int) -> list[Example]:
    """All pictures below the folders, and frames of all films. Raises DataError where there is none."""
    paths = [path for folder in folders for path in (files_below(folder) if folder.is_dir() else [folder])]
    found = [Example(str(path), path, frozenset()) for path in paths if is_picture(path) or is_film(path)]
    if not found:
        raise DataError(f"There is no picture and no film in {', '.join(map(str, folders))}.")
    return with_frames(found, frames_per_film)


def _answers(order: DistillOrder, config: RunConfig, tags: RunTags, learning: Features, taught: Lesson, extra: Features) -> Matrix:
    """Targets for the images without labels."""
    if order.teacher.startswith(BUNDLE):
        return _of_bundle(order, tags, extra)
    teacher = KerasBackbone(order.teacher)
    seen = image_features(teacher, learning.examples, [WHOLE], order.cache)
    log.info("a head for the teacher, %s", order.teacher.removeprefix(KERAS))
    views = config.head.model_copy(update={"views": {WHOLE: 1.0}})
    head = train_heads(Lesson(seen.views, taught.targets, taught.weights), None, views).weights
    looked = image_features(teacher, extra.examples, [WHOLE], order.cache)
    return soft_targets(frame_scores(apply_head(head, looked.views[0])), range(len(tags.labels)), len(tags.labels))


def _of_bundle(order: DistillOrder, tags: RunTags, extra: Features) -> Matrix:
    """Raises DataError where the teacher knows none of the tags."""
    given = answers_of(find_model(order.teacher.removeprefix(BUNDLE)), extra.examples, order.cache)
    shared = [tag for tag in tags.labels if tag in given.tags]
    if not shared:
        raise DataError(f"The teacher {order.teacher} has none of the tags {', '.join(tags.labels)}.")
    return soft_targets(given.columns(shared).scores, [tags.labels.index(tag) for tag in shared], len(tags.labels))


def _write_wanted(run: RunFolder, extra: Features, tags: RunTags, wanted: Matrix) -> None:
    """What the teacher said, for who wants to look; NaN for tags that it does not have."""
    scores, sure = np.split(wanted, 2, axis=1)
    write_answers(run, [example.name for example in extra.examples], tags.labels, np.where(sure > 0, scores, np.nan), TEACHER)


def _together(taught: Lesson, answered: Lesson) -> Lesson:
    return Lesson(
        np.concatenate([taught.views, answered.views], axis=1),
        np.concatenate([taught.targets, answered.targets]),
        np.concatenate([taught.weights, answered.weights]),
    )


def _write(
    run: RunFolder, order: DistillOrder, tags: RunTags, judging: Features, lesson: Lesson, judged: Lesson, config: RunConfig
) -> None:
    fitted = train_heads(lesson, judged, config.head)
    scores = frame_scores(apply_head(fitted.weights, judging.views[0]))
    limits = choose_thresholds(presence(judging.examples, tags.labels), known(judging.examples, tags.labels), scores)
    write_thresholds(run, order.base, tags, limits)
    run.write_history(fitted.history)
    write_answers(run, [example.name for example in judging.examples], tags.labels, scores)
    run.write_head(fitted.weights)
