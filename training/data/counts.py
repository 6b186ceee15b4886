"""How many images each tag, part and pair of tags has."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.examples import PARTS, STILL, Example, Part
from training.errors import DataError
from training.written import written_whole

COMPANIONS = 3  # tags that are named beside a tag, with the images they share


@dataclass(frozen=True)
class TagCounts:
    """Images of one tag."""

    images: int
    stills: int  # of films
    sources: int  # that are known; 0 where none is
    parts: tuple[int, ...]  # images in each of PARTS


@dataclass(frozen=True)
class DataCounts:
    """Counts over all images."""

    images: int
    without_tag: int
    tags: dict[str, TagCounts]  # most images first
    together: NDArray[np.int64]  # (tags, tags) in the order of `tags`: images that show both; the diagonal holds the tag's own
    parts: tuple[int, ...]  # images in each of PARTS


def count_data(examples: Sequence[Example], parts: Mapping[str, Part] | None = None) -> DataCounts:
    """Count; without `parts` the counts of parts are zero."""
    totals = Counter(tag for example in examples for tag in example.tags)
    order = sorted(totals, key=lambda tag: (-totals[tag], tag))
    shown = np.array([[tag in example.tags for tag in order] for example in examples], np.int64).reshape(len(examples), len(order))
    return DataCounts(
        images=len(examples),
        without_tag=sum(not example.tags for example in examples),
        tags={tag: _tag_counts([example for example in examples if tag in example.tags], parts) for tag in order},
        together=np.asarray(shown.T @ shown, np.int64),
        parts=_in_parts(examples, parts),
    )


def _tag_counts(examples: Sequence[Example], parts: Mapping[str, Part] | None) -> TagCounts:
    stills = sum(example.kind == STILL for example in examples)
    return TagCounts(len(examples), stills, len({example.source for example in examples} - {""}), _in_parts(examples, parts))


def _in_parts(examples: Sequence[Example], parts: Mapping[str, Part] | None) -> tuple[int, ...]:
    held = Counter(parts[example.name] for example in examples) if parts else Counter[Part]()
    return tuple(held[part] for part in PARTS)


def counts_table(counts: DataCounts) -> str:
    """For people: one line a tag, with the tags that it is most often together with."""
    wide = max((len(tag) for tag in counts.tags), default=3)
    lines = [f"{'tag':{wide}} {'images':>7} {'film':>6} {'sources':>8} {'train':>6} {'valid.':>6} {'test':>6}  together with"]
    for row, (tag, held) in enumerate(counts.tags.items()):
        parts = " ".join(f"{count:6}" for count in held.parts)
        lines.append(f"{tag:{wide}} {held.images:7} {held.stills:6} {held.sources:8} {parts}  {_companions(counts, row)}".rstrip())
    parts = " ".join(f"{count:6}" for count in counts.parts)
    lines.append(f"{'all images':{wide}} {counts.images:7} {'':6} {'':8} {parts}  {counts.without_tag} without a tag")
    return "\n".join(lines)


def _companions(counts: DataCounts, row: int) -> str:
    tags = list(counts.tags)
    others = sorted(
        (place for place in range(len(tags)) if place != row and counts.together[row, place]),
        key=lambda place: -counts.together[row, place],
    )
    return ", ".join(f"{tags[place]} {counts.together[row, place]}" for place in others[:COMPANIONS])


def write_together(path: Path, counts: DataCounts) -> None:
    """The images that show both of two tags, as a square table; whole or not at all."""
    try:
        with written_whole(path) as fresh, fresh.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(["tag", *counts.tags])
            writer.writerows([tag, *row] for tag, row in zip(counts.tags, counts.together.tolist(), strict=True))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error
