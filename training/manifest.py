"""The training images: what is in the manifest, and which part of the split each source belongs to."""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np

Part: TypeAlias = Literal["train", "validation", "test"]

PARTS: tuple[Part, ...] = get_args(Part)
SHARES: dict[Part, float] = {"train": 0.70, "validation": 0.15, "test": 0.15}
DOMINANT_SHARE = 0.40  # of a tag's images; a source with more of a tag than this must be learned from, not judged on
ALL = "all"  # trait that every image has


@dataclass(frozen=True)
class Example:
    """One image of the manifest; `path` is the file on disk."""

    name: str  # as in the manifest, unique
    path: Path
    tags: frozenset[str]
    kind: str  # "film" for a still, else "photo"
    source: str  # the repository or package it came from
    licence: str

    @property
    def number(self) -> int:
        return int(self.path.stem)


def read_manifest(folder: Path) -> list[Example]:
    """Read `folder`/manifest.csv: file,tags,kind,source,label,license with tags joined by '|'."""
    with (folder / "manifest.csv").open(newline="") as lines:
        return [
            Example(
                row["file"],
                folder / row["file"],
                frozenset(filter(None, row["tags"].split("|"))),
                row["kind"],
                row["source"],
                row["license"],
            )
            for row in csv.DictReader(lines)
        ]


def split_sources(examples: Sequence[Example], seed: int) -> dict[str, Part]:
    """Give each source to one part, so that no part knows the look of another one's pictures.

    Large sources first (equal ones in seeded order), each to the part that lacks most of what the source has,
    tag by tag; sources that dominate a tag go to training.
    """
    contents = _contents(examples)
    totals = sum(contents.values(), Counter[str]())
    parts: dict[str, Part] = {source: "train" for source in dominant_sources(examples)}
    held: dict[Part, Counter[str]] = {part: Counter() for part in PARTS}
    for source in parts:
        held["train"] += contents[source]
    order = [source for source in sorted(contents) if source not in parts]
    random.Random(seed).shuffle(order)
    for source in sorted(order, key=lambda name: -contents[name].total()):
        parts[source] = max(PARTS, key=lambda part: _need(part, contents[source], held[part], totals))
        held[parts[source]] += contents[source]
    return parts


def dominant_sources(examples: Iterable[Example]) -> list[str]:
    """Sources that hold more than DOMINANT_SHARE of some tag's images."""
    examples = list(examples)
    contents = _contents(examples)
    totals = sum(contents.values(), Counter[str]())
    tags = {tag for example in examples for tag in example.tags}
    return sorted(source for source, counts in contents.items() if any(counts[tag] > DOMINANT_SHARE * totals[tag] for tag in tags))


def _contents(examples: Iterable[Example]) -> dict[str, Counter[str]]:
    """Images per trait of each source: its tags ("" for none), its kind, and "all"."""
    contents: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        contents[example.source].update(example.tags or {""})
        contents[example.source].update((ALL, f"kind {example.kind}"))
    return dict(contents)


def _need(part: Part, source: Counter[str], held: Counter[str], totals: Counter[str]) -> float:
    """How much of `source` a part still lacks: the sum over its traits of (share of the trait) x (gap)."""
    room = float(np.sqrt(SHARES[part]))  # makes a gap of the large part weigh more than its share, so that it fills first
    gaps = {trait: max(0.0, SHARES[part] - held[trait] / totals[trait]) / room for trait in source}
    return sum(count / totals[trait] * gaps[trait] for trait, count in source.items())


def write_split(parts: dict[str, Part], path: Path) -> None:
    with path.open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["source", "part"])
        writer.writerows(sorted(parts.items()))


def read_split(path: Path) -> dict[str, Part]:
    with path.open(newline="") as lines:
        rows = [(row["source"], row["part"]) for row in csv.DictReader(lines)]
    unknown = {part for _, part in rows} - set(PARTS)
    if unknown:
        raise ValueError(f"{path}: parts {sorted(unknown)}; allowed are {', '.join(PARTS)}")
    return {source: part for source, part in rows if part in PARTS}
