"""Who learns from which image: the data's own parts, or sources and groups of near duplicates dealt to three parts; written and read."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from training.config import DataConfig
from training.data.dealing import SHARES, WITHOUT_TEST, Unit, deal
from training.data.examples import PARTS, Example, Part
from training.data.fingerprints import Fingerprints
from training.data.parts import part_named
from training.data.tables import read_table
from training.data.units import units_of
from training.errors import DataError
from training.written import written_whole

By: TypeAlias = Literal["name", "source"]

SHOWN = 10  # names without a part that are told


@dataclass(frozen=True)
class WrittenSplit:
    """A split as a file holds it."""

    by: By  # what has a part: images by their names, or sources
    parts: dict[str, Part]


def split_examples(
    examples: Sequence[Example], seed: int, config: DataConfig, *, fingerprints: Fingerprints | None = None
) -> dict[str, Part]:
    """The part of each example by its name, in the examples' order; the same for the same examples and seed.

    A written split (`config.split`) decides; without it what the data says itself. The rest is dealt 70/15/15: images
    of one source stay together, and so do near duplicates of which one has no source, also where only some of them have a part;
    every tag is learned from.
    `fingerprints`, by name, spare looking at the pictures again. Raises DataError where nothing could be learned or judged.
    """
    _refuse_unlearnable(examples)
    parts = read_split(config.split, examples) if config.split is not None else _dealt(examples, seed, fingerprints)
    for needed in ("train", "validation"):
        if needed not in parts.values():
            raise DataError(_nothing_in(needed, examples))
    return {example.name: parts[example.name] for example in examples}


def _dealt(examples: Sequence[Example], seed: int, fingerprints: Fingerprints | None) -> dict[str, Part]:
    """By name; where the data names parts but none to validate on, its training images give some."""
    stated = {example.part for example in examples}
    if stated and None not in stated and "validation" in stated:
        return {example.name: example.part for example in examples if example.part is not None}
    units = dict(zip((example.name for example in examples), units_of(examples, fingerprints), strict=True))
    own = _own_parts(examples, units)
    parts = dict(own)
    if own and "validation" not in own.values():
        parts |= _deal([example for example in examples if own.get(example.name) == "train"], units, seed, WITHOUT_TEST)
    return parts | _deal([example for example in examples if example.name not in own], units, seed, SHARES)


def _own_parts(examples: Sequence[Example], units: Mapping[str, Unit]) -> dict[str, Part]:
    """What the data states; an image without a part takes the one that most of its unit's others state."""
    stated: defaultdict[Unit, Counter[Part]] = defaultdict(Counter)
    for example in examples:
        if example.part is not None:
            stated[units[example.name]][example.part] += 1
    parts: dict[str, Part] = {}
    for example in examples:
        if example.part is not None:
            parts[example.name] = example.part
        elif votes := stated.get(units[example.name]):
            parts[example.name] = max(PARTS, key=votes.__getitem__)
    return parts


def _deal(examples: Sequence[Example], units: Mapping[str, Unit], seed: int, shares: Mapping[Part, float]) -> dict[str, Part]:
    dealt = deal(examples, [units[example.name] for example in examples], seed, shares)
    return {example.name: dealt[units[example.name]] for example in examples}


def _refuse_unlearnable(examples: Sequence[Example]) -> None:
    tags = {tag for example in examples for tag in example.tags}
    if not tags:
        raise DataError(f"None of the {len(examples)} images shows a tag; there is nothing to learn.")
    if all(example.tags == tags for example in examples):
        raise DataError(
            f"All {len(examples)} images show {', '.join(sorted(tags))}; there is nothing to tell it from. "
            "Add images that do not show it: of other tags, or of none in a folder called _none."
        )


def _nothing_in(part: str, examples: Sequence[Example]) -> str:
    sources = {example.source for example in examples}
    known = "one source" if len(sources) == 1 else f"{len(sources)} sources"
    reason = f"The {len(examples)} images come from {known}, and a source is never split" if all(sources) else "There are too few images"
    return f"No image is left for the part {part!r}. {reason}. Add images, name finer sources, or say the parts in a column called split."


def write_split(path: Path, parts: Mapping[str, Part], by: By = "name") -> None:
    """Write all of it or nothing."""
    try:
        with written_whole(path) as fresh, fresh.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow([by, "part"])
            writer.writerows(sorted(parts.items()))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error


def read_written(path: Path) -> WrittenSplit:
    """A file with the columns name,part or source,part. Raises DataError."""
    rows = read_table(path, ["part"], exact=["name"])
    by: By = "name" if rows and "name" in rows[0] else "source"
    if not rows or by not in rows[0]:
        raise DataError(f"{path} is no split: its columns should be name,part or source,part.")
    return WrittenSplit(by, {row[by]: part_named(row["part"], str(path)) for row in rows})


def read_split(path: Path, examples: Iterable[Example]) -> dict[str, Part]:
    """The part of each of the examples, by name. Raises DataError where the file does not name one."""
    written = read_written(path)
    keys = {example.name: example.name if written.by == "name" else example.source for example in examples}
    unnamed = sorted({key for key in keys.values() if key not in written.parts})
    if unnamed:
        more = f" and {len(unnamed) - SHOWN} more" if len(unnamed) > SHOWN else ""
        raise DataError(
            f"{path} gives no part to the {written.by}s {', '.join(map(repr, unnamed[:SHOWN]))}{more}. "
            "Give the same data as when the split was made, or make a new one with `movietags-train data split`."
        )
    return {name: written.parts[key] for name, key in keys.items()}
