"""What `movietags-train evaluate` measures: a bundle on images and films, alone or against another one."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.models import Model
from service.predictors.bundle import read_facts
from service.tags import Vocabulary
from training.config import DataConfig
from training.data.examples import Example
from training.data.reading import read_many
from training.data.split import read_split
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
    data, split, config = _data_of(order)
    if data:
        found |= {"images": _on_images(model, other, *_examples(order, model, other, data, split, config, warn), order.cache)}
    if order.films:
        found |= {"films": _on_films(model, other, order)}
    if len(found) == 1:
        raise ConfigError(f"Nothing to measure {model.title} by: give --data, --films or both.")
    return found


def _data_of(order: Order) -> tuple[Sequence[Path], Path | None, DataConfig]:
    """Data, split and how to read them: those given, else those of the run."""
    run = RunFolder(Path(order.bundle))
    if not (run.path / "run.json").is_file():
        return order.data, order.split, DataConfig()
    if order.data:
        return order.data, order.split, run.config.data
    if order.films and not order.part:
        return (), None, run.config.data
    return [Path(path) for path in run.facts.data.split(os.pathsep)], order.split or run.path / "split.csv", run.config.data


def _examples(
    order: Order, model: Model, other: Model | None, data: Sequence[Path], split: Path | None, config: DataConfig, warn: Warn
) -> tuple[Sequence[Example], Sequence[Example]]:
    """All images, and those of the part that is asked for; a reading of the test part is written down."""
    examples = read_many(data, _both(model, other), config)
    part = order.part or ("validation" if split else "all")
    if split is None:
        if part != "all":
            raise ConfigError(f"Which images are of the part {part!r} is told by a split: give it with --split.")
        return examples, examples
    parts = read_split(split, examples)
    chosen = [example for example in examples if part in (parts[example.name], "all")]
    if not chosen:
        raise DataError(f"{split} gives no image to the part {part!r}.")
    if part == "validation" and "validation" in read_facts(model.bundle.folder).get("training", {}).get("fitted_on", ()):
        warn(f"WARNING: {model.title} was fitted on validation images too; if they are these, its figures say nothing.")
    if part in ("test", "all"):
        _tell_reads(split, warn)
        note_read(split, model.title, model.bundle.head_sha256, len(chosen))
    return examples, chosen


def _both(model: Model, other: Model | None) -> Vocabulary:
    """The tags that data may name: those of either."""
    more = other.vocabulary.tags if other else ()
    return Vocabulary((*model.vocabulary.tags, *(tag for tag in more if tag.id not in model.vocabulary.ids)))


def _tell_reads(split: Path, warn: Warn) -> None:
    reads = earlier_reads(split)
    if reads:
        times = "once" if len(reads) == 1 else f"{len(reads)} times"
        warn(
            f"WARNING: the test part was read {times} before, last on {reads[-1]['when']} for {reads[-1]['model']}. "
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
