"""What `movietags-train evaluate` measures: a bundle on images and films, alone or against another one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.models import Model
from service.predictors.facts import read_facts
from service.tags import Vocabulary
from training.config import DataConfig
from training.data.examples import Example, Part
from training.data.reading import read_many
from training.data.split import read_split, read_written
from training.errors import ConfigError, DataError
from training.judging.answers import Answers, answers_of, find_model, surely_known
from training.judging.comparison import compare, comparison_to_json
from training.judging.film_answers import FilmTagger, film_answers, film_folder, find_films
from training.judging.films import compare_films, judge_films, read_film_labels
from training.judging.judgement import judge, plain
from training.judging.reads import earlier_reads, note_read
from training.runs import RunFolder
from training.targets import presence

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be measured."""

    bundle: str
    data: Sequence[Path] = ()
    split: Path | None = None
    part: str | None = None
    films: Path | None = None
    clips: Path | None = None
    against: str | None = None
    cache: Path | None = None


def evaluate(order: Order, warn: Warn) -> dict[str, Any]:
    """All figures, as JSON types. Raises DataError, ConfigError, RunError, BundleError."""
    model = find_model(order.bundle)
    other = find_model(order.against) if order.against else None
    found: dict[str, Any] = {"model": model.title}
    data, run = _data_of(order)
    if data:
        found |= {"images": _on_images(model, other, *_examples(order, model, other, data, run, warn), order.cache)}
    if order.films:
        found |= {"films": _on_films(model, other, order)}
    if len(found) == 1:
        raise ConfigError(f"Nothing to measure {model.title} by: give --data, --films or both.")
    return found


def _data_of(order: Order) -> tuple[Sequence[Path], RunFolder | None]:
    """The data given, else that of the run that the bundle is of; and this run."""
    run = _run_of(order.bundle)
    if order.data or run is None or (order.films and not order.part):
        return order.data, run
    return [Path(path) for path in run.facts.data], run


def _run_of(bundle: str) -> RunFolder | None:
    """The run that `bundle` is, or lies in."""
    folder = Path(bundle).absolute()
    return next((RunFolder(path) for path in (folder, folder.parent) if (path / "run.json").is_file()), None)


def _examples(
    order: Order, model: Model, other: Model | None, data: Sequence[Path], run: RunFolder | None, warn: Warn
) -> tuple[Sequence[Example], Sequence[Example]]:
    """All images, and those of the part that is asked for; a reading of the test part is written down."""
    examples = read_many(data, _both(model, other), run.config.data if run else DataConfig())
    split = order.split or (run.path / "split.csv" if run else None)
    parts = _parts(order, split, examples)
    part = order.part or ("validation" if len(parts) == len(examples) else "all")
    chosen = [example for example in examples if part in (parts.get(example.name), "all")]
    if not chosen:
        raise DataError(f"{split} gives no image to the part {part!r}.")
    if split is not None:
        _tell_parts([each for each in (model, other) if each], split, Counter(parts.get(example.name) for example in chosen), warn)
        test = [example.name for example in chosen if parts.get(example.name) == "test"]
        if test:
            _tell_reads(split, test, warn)
            note_read(split, test, model.title, model.bundle.head_sha256)
    return examples, chosen


def _parts(order: Order, split: Path | None, examples: Sequence[Example]) -> Mapping[str, Part]:
    """The part of each image; of the images of other data only those that the run's split happens to name have one."""
    if split is None:
        if order.part not in (None, "all"):
            raise ConfigError(f"Which images are of the part {order.part!r} is told by a split: give it with --split.")
        return {}
    if order.split or not order.data or order.part not in (None, "all"):
        return read_split(split, examples)
    named = read_written(split).parts if split.exists() else {}
    return {example.name: named[example.name] for example in examples if example.name in named}


def _tell_parts(models: Sequence[Model], split: Path, judged: Counter[Part | None], warn: Warn) -> None:
    """Figures of images that a model was fitted on say nothing."""
    if judged["train"]:
        warn(
            f"WARNING: {judged['train']} of these {judged.total()} images are of the training part of {split}. "
            "A model that has learned from them looks better on them than it is; --part validation leaves them out."
        )
    for model in models:
        if judged["validation"] and "validation" in read_facts(model.bundle.folder).get("training", {}).get("fitted_on", ()):
            warn(f"WARNING: {model.title} was fitted on validation images too; if they are these, its figures say nothing.")


def _both(model: Model, other: Model | None) -> Vocabulary:
    """The tags that data may name: those of either."""
    more = other.vocabulary.tags if other else ()
    return Vocabulary((*model.vocabulary.tags, *(tag for tag in more if tag.id not in model.vocabulary.ids)))


def _tell_reads(split: Path, test: Sequence[str], warn: Warn) -> None:
    reads = earlier_reads(split, test)
    if reads:
        times = "once" if len(reads) == 1 else f"{len(reads)} times"
        warn(
            f"WARNING: the test part was read {times} before, last on {reads[-1]['when'][:19]} for {reads[-1]['model']}. "
            "What was changed since then was chosen with its help, so these figures flatter the model; a fresh test part would not."
        )


def _on_images(model: Model, other: Model | None, data: Sequence[Example], chosen: Sequence[Example], cache: Path | None) -> dict[str, Any]:
    answers = answers_of(model, chosen, cache)
    truth, sure = presence(answers.examples, answers.tags), surely_known(answers.examples, answers.tags, data)
    found = judge(truth, sure, answers.scores, answers.thresholds, [example.source for example in answers.examples]).to_json()
    if other is not None:
        found["against"] = _against(answers, answers_of(other, answers.examples, cache), other, data)
    return found


def _against(answers: Answers, others: Answers, other: Model, data: Sequence[Example]) -> dict[str, Any]:
    shared = [tag for tag in answers.tags if tag in others.tags]
    there = others.examples
    truth, sure = presence(there, shared), surely_known(there, shared, data)
    scores = answers.of(there).columns(shared).scores, others.columns(shared).scores
    return comparison_to_json(compare(truth, sure, scores, shared, [example.source for example in there]), other.title)


def _on_films(model: Model, other: Model | None, order: Order) -> dict[str, Any]:
    """Through the service's own stages and aggregation; against another one on the tags that both have."""
    assert order.films is not None
    clips, store = order.clips or order.films.parent, order.cache or film_folder()

    def answered(asked: Model, tags: Sequence[str]) -> Any:
        return film_answers(FilmTagger(asked.bundle, asked.vocabulary, store), films, tags)

    labels = read_film_labels(order.films, model.vocabulary.ids)
    films = find_films(labels.files, clips)
    own = answered(model, model.vocabulary.ids)
    found = {"films": len(films), **_figures(judge_films(labels, own.scores, own.chosen))}
    if other is not None:
        shared = [tag for tag in model.vocabulary.ids if tag in other.vocabulary.ids]
        columns = [model.vocabulary.index(tag) for tag in shared]
        theirs = answered(other, shared)
        pairs = (own.scores[:, columns], theirs.scores), (own.chosen[:, columns], theirs.chosen)
        found["against"] = {"other": other.title, **_figures(compare_films(read_film_labels(order.films, shared), *pairs))}
    return found


def _figures(figures: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = plain({name: asdict(figure) for name, figure in figures.items()})
    return result


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The figures as tables of text."""
    from training.judging.told import film_lines, image_lines

    yield found["model"]
    if "images" in found:
        yield from image_lines(found["images"])
    if "films" in found:
        yield from film_lines(found["films"])
