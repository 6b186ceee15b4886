"""Dealing units that must stay together, such as sources, to the parts, tag by tag in the wanted shares."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from training.data.examples import Example, Part

Unit: TypeAlias = tuple[str, str]  # a source, or "" and the first image of a group
Contents: TypeAlias = dict[Unit, Counter[str]]

SHARES: dict[Part, float] = {"train": 0.70, "validation": 0.15, "test": 0.15}
WITHOUT_TEST: dict[Part, float] = {"train": 0.85, "validation": 0.15}
DOMINANT_SHARE = 0.40  # of a tag's images; a unit with more of a tag than this must be learned from, not judged on
ALL = "all"  # trait that every image has


def deal(examples: Sequence[Example], units: Sequence[Unit], seed: int, shares: Mapping[Part, float] = SHARES) -> dict[Unit, Part]:
    """Give each unit to one part, so that no part knows the look of another one's pictures.

    Units that dominate a tag go to training, unless nothing would be left to judge on; then every tag is seen to be
    learned from.
    """
    contents = _contents(examples, units)
    tags = {tag for example in examples for tag in example.tags}
    parts = _dealt(contents, dominant(contents, tags), seed, shares)
    if "validation" not in parts.values():
        parts = _dealt(contents, [], seed, shares)
    _teach_every_tag(parts, contents, tags)
    return parts


def _dealt(contents: Contents, trained: Iterable[Unit], seed: int, shares: Mapping[Part, float]) -> dict[Unit, Part]:
    """Large units first (equal ones in seeded order), each to the part that lacks most of what the unit has."""
    totals = sum(contents.values(), Counter[str]())
    parts: dict[Unit, Part] = dict.fromkeys(trained, "train")
    held: dict[Part, Counter[str]] = {part: Counter() for part in shares}
    for unit in parts:
        held["train"] += contents[unit]
    order = [unit for unit in sorted(contents) if unit not in parts]
    random.Random(seed).shuffle(order)
    for unit in sorted(order, key=lambda name: -contents[name].total()):
        parts[unit] = max(shares, key=lambda part: _need(shares[part], contents[unit], held[part], totals))
        held[parts[unit]] += contents[unit]
    return parts


def dominant(contents: Contents, tags: Iterable[str]) -> list[Unit]:
    """Units that hold more than DOMINANT_SHARE of some tag's images."""
    totals = sum(contents.values(), Counter[str]())
    tags = list(tags)
    return sorted(unit for unit, counts in contents.items() if any(counts[tag] > DOMINANT_SHARE * totals[tag] for tag in tags))


def _contents(examples: Sequence[Example], units: Sequence[Unit]) -> Contents:
    """Images per trait of each unit: its tags ("" for none), its kind, and "all"."""
    contents: defaultdict[Unit, Counter[str]] = defaultdict(Counter)
    for example, unit in zip(examples, units, strict=True):
        contents[unit].update(example.tags or {""})
        contents[unit].update((ALL, f"kind {example.kind}"))
    return dict(contents)


def _need(share: float, unit: Counter[str], held: Counter[str], totals: Counter[str]) -> float:
    """How much of `unit` a part still lacks: the sum over its traits of (share of the trait) x (gap)."""
    room = math.sqrt(share)  # makes a gap of the large part weigh more than its share, so that it fills first
    gaps = {trait: max(0.0, share - held[trait] / totals[trait]) / room for trait in unit}
    return sum(count / totals[trait] * gaps[trait] for trait, count in unit.items())


def _teach_every_tag(parts: dict[Unit, Part], contents: Contents, tags: Iterable[str]) -> None:
    """Move the smallest unit of a tag that is not learned from."""
    for tag in sorted(tags):
        having = [unit for unit in sorted(contents) if contents[unit][tag]]
        if not any(parts[unit] == "train" for unit in having):
            parts[min(having, key=lambda unit: contents[unit].total())] = "train"
