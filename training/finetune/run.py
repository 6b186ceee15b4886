"""A run of `movietags-train finetune`: data, split, stages, weights, thresholds."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from service.models import Model
from service.timeline.aggregate import frame_scores
from service.video.geometry import INPUT_SIZE
from training.begin import begin_run, facts_of, in_parts, write_thresholds
from training.config import RunConfig
from training.data.examples import Example, Part, Parts
from training.data.reading import read_many
from training.data.split import split_examples
from training.errors import RunError
from training.finetune.board import open_writer, write_row
from training.finetune.callbacks import StopFlag
from training.finetune.course import fine_tune
from training.finetune.devices import use_devices
from training.finetune.machines import is_first, wait_for_all
from training.finetune.network import Network, build_network
from training.finetune.pictures import Broken, Lesson
from training.finetune.progress import Store, write_arrays
from training.finetune.resume import begun_run, is_trained, is_unfinished
from training.finetune.stages import Course, answers
from training.head_run import write_answers
from training.losses import loss_of
from training.model import build_backbone, set_weights
from training.run_tags import RunTags, data_vocabulary, learned_tags
from training.runs import RunFolder
from training.start import start_weights
from training.targets import image_weights, known, presence, targets
from training.thresholds import choose_thresholds

log = logging.getLogger(__name__)

MakeBackbone = Callable[[int], keras.Model]  # from the size of a picture


@dataclass(frozen=True)
class FinetuneOrder:
    """What is asked for, beside the configuration."""

    data: tuple[Path, ...]
    out: Path
    base: Model  # whose sensitive tags and their thresholds the bundle takes over
    vocabulary: Path | None = None
    head: Path | None = None  # a run whose head is begun with
    resume: bool = False
    machines: bool = False  # whether others do the same at the same time (training.finetune.machines.join); all see the same files
    watchers: tuple[keras.callbacks.Callback, ...] = ()


def run_finetune(order: FinetuneOrder, config: RunConfig, backbone: MakeBackbone | None = None) -> tuple[RunFolder, Parts]:
    """Fine-tune and write all but bundle, figures and report; gives the images by their parts, too. Raises TrainingError."""
    use_devices(config.finetune, machines=order.machines)
    vocabulary = data_vocabulary(order.data, order.vocabulary, config.data, order.base)
    examples = read_many(order.data, vocabulary, config.data)
    by_name = split_examples(examples, config.seed, config.data)
    tags = learned_tags(vocabulary, order.base, examples, by_name, given=order.vocabulary is not None)
    parts = in_parts(examples, by_name)
    log.info("%d images, %d tags: %s", len(examples), len(tags.labels), ", ".join(f"{len(held)} {part}" for part, held in parts.items()))
    run = _begin(order, config, tags, by_name) if is_first() else RunFolder(order.out)
    wait_for_all("the run's folder")
    if not is_trained(run):
        make = backbone or (lambda size: build_backbone(start_weights(config.finetune.start), size))
        course = _course(order, config, run, tags, parts, make)
        network, _ = fine_tune(course)
        _write(run, order, tags, course, _as_served(network, config, make))
        if is_first():
            course.store.remove()
    return run, parts


def _begin(order: FinetuneOrder, config: RunConfig, tags: RunTags, by_name: Mapping[str, Part]) -> RunFolder:
    facts = facts_of("finetune", tags.labels, order.data, None, keras.backend.backend())
    if order.resume:
        return begun_run(order.out, config, facts, by_name)
    if is_unfinished(RunFolder(order.out)):
        raise RunError(f"{order.out} holds a run that is not finished: go on with --resume, or name a new folder with --out.")
    return begin_run(order.out, config, facts, tags.vocabulary, by_name)


def _course(order: FinetuneOrder, config: RunConfig, run: RunFolder, tags: RunTags, parts: Parts, make: MakeBackbone) -> Course:
    start = RunFolder(order.head).head() if order.head else None
    writer = open_writer(run.path / "logs") if is_first() else None

    def build() -> Network:
        keras.utils.set_random_seed(config.seed)
        return build_network(make(config.finetune.size), len(tags.labels) + 1, config.head, config.finetune, start)

    def tell(history: tuple[dict[str, Any], ...]) -> None:
        if is_first():
            run.write_history(history)
            write_row(writer, history[-1])

    judged = parts["validation"]
    return Course(
        build=build,
        learning=_lesson(parts["train"], tags, config, parts["train"]),
        judging=_lesson(judged, tags, config, parts["train"]),
        truth=presence(judged, tags.labels),
        known=known(judged, tags.labels),
        loss=loss_of(config.head.loss),
        config=config.finetune,
        seed=config.seed,
        store=Store(run.path, writes=is_first()),
        stop=StopFlag(),
        tell=tell,
        watchers=order.watchers,
    )


def _lesson(examples: Sequence[Example], tags: RunTags, config: RunConfig, counted: Sequence[Example]) -> Lesson:
    return Lesson(tuple(examples), targets(examples, tags.labels, config.labels, list(counted)), image_weights(examples, config.labels))


def _as_served(network: Network, config: RunConfig, make: MakeBackbone) -> Network:
    """The service shows its network pictures of one size, so the last judgement is made with these."""
    if config.finetune.size == INPUT_SIZE:
        return network
    weights, head = network.weights()
    backbone = make(INPUT_SIZE)
    set_weights(backbone, weights)
    served = config.finetune.model_copy(update={"size": INPUT_SIZE})
    return build_network(backbone, head["dense_2/bias"].shape[0], config.head, served, head)


def _write(run: RunFolder, order: FinetuneOrder, tags: RunTags, course: Course, served: Network) -> None:
    """The head comes last: with it the run counts as trained."""
    broken = Broken(len(course.judging.examples))
    config = course.config.model_copy(update={"size": INPUT_SIZE})
    scores = frame_scores(answers(served.model, course.judging, config, broken))
    read = broken.read(course.judging.examples)
    backbone, head = served.weights()
    if not is_first():
        return
    limits = choose_thresholds(course.truth[read], course.known[read], scores[read])
    write_thresholds(run, order.base, tags, limits)
    names = [example.name for example, fine in zip(course.judging.examples, read, strict=True) if fine]
    write_answers(run, names, tags.labels, scores[read])
    write_arrays(run.path / "backbone.npz", backbone)
    run.write_head(head)
