"""A bundle's figures as the tables of its model card, in Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.predictors.facts import read_facts
from training.config import DataConfig
from training.data.examples import Example, Part
from training.data.reading import read_many
from training.data.split import read_split
from training.errors import ConfigError
from training.judging.answers import find_model


def tables(bundle: Path, data: Sequence[Path], split: Path | None) -> Iterator[str]:
    """The table of tags, and that of sources where data is given; `bundle` may be a run's folder. Raises ConfigError, RunError."""
    model = find_model(str(bundle))
    yield from tag_table(read_facts(model.bundle.folder))
    if data:
        if split is None:
            raise ConfigError("The table of sources tells the part of each: give the split with --split.")
        examples = read_many(data, model.vocabulary, DataConfig())
        yield ""
        yield from source_table(examples, read_split(split, examples))


def tag_table(facts: Mapping[str, Any]) -> Iterator[str]:
    """One row a tag: images, validation AP and film AP with intervals, marks."""
    validation, films = facts["metrics"]["validation"]["tags"], facts["metrics"].get("films", {}).get("tags", {})
    yield "| tag | images fitted on | validation images | validation AP (90 %) | films | film AP (90 %) | mark |"
    yield "|---|---|---|---|---|---|---|"
    for tag in facts["thresholds"]:
        here, there = validation.get(tag), films.get(tag)
        mark = "unverified" if tag in facts["unverified"] else "weak" if tag in facts["weak"] else ""
        count = facts["training"]["images_per_tag"].get(tag, 0)
        cells = (tag, count, here["images"] if here else 0, _figure(here), there["films"] if there else "-", _figure(there), mark)
        yield f"| {' | '.join(map(str, cells))} |"


def _figure(figures: Mapping[str, Any] | None) -> str:
    if figures is None:
        return "not measured"
    low, high = figures["interval_90"]
    return f"{figures['ap']:.2f} ({low:.2f} to {high:.2f})"


def source_table(examples: Sequence[Example], parts: Mapping[str, Part]) -> Iterator[str]:
    """One row a source: images, part of the split, licences as stated."""
    images = Counter(example.source for example in examples)
    part = {example.source: parts[example.name] for example in examples}
    licences: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples:
        licences[example.source].add(example.licence)
    yield "| source | images | part | licence as stated |"
    yield "|---|---|---|---|"
    for source, count in sorted(images.items(), key=lambda item: (-item[1], item[0])):
        yield f"| {source or 'not named'} | {count} | {part[source]} | {', '.join(sorted(licences[source]))} |"
