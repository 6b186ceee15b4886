"""Images that may not be parted: those of one source, and near duplicates of which at least one has no source."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from training.data.dealing import Unit
from training.data.duplicates import groups, near_pairs
from training.data.examples import Example
from training.data.fingerprints import Fingerprints, fingerprints_of

PLAIN_BITS = (
    8  # set in a fingerprint, of 64; a picture with fewer is nearly of one colour, as black frames, and tells nothing of its source
)


def units_of(examples: Sequence[Example], fingerprints: Fingerprints | None = None) -> list[Unit]:
    """What each example may not be parted from; pictures are looked at only where some have no source."""
    if all(example.source for example in examples):
        return [(example.source, "") for example in examples]
    if fingerprints is None:
        fingerprints = fingerprints_of(examples)
    first = groups(len(examples), [*_of_one_source(examples), *_alike(examples, fingerprints)])
    sources: dict[int, str] = {}
    for example, place in zip(examples, first, strict=True):
        if example.source:
            sources[place] = min(example.source, sources.get(place, example.source))
    return [(sources[place], "") if place in sources else ("", examples[place].name) for place in first]


def _of_one_source(examples: Sequence[Example]) -> Iterator[tuple[int, int]]:
    firsts: dict[str, int] = {}
    for place, example in enumerate(examples):
        if example.source:
            yield firsts.setdefault(example.source, place), place


def _alike(examples: Sequence[Example], fingerprints: Fingerprints) -> Iterator[tuple[int, int]]:
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        if (value := fingerprints[example.name]) is not None:
            places[value].append(place)
    values = list(places)
    loose = {value: [place for place in places[value] if not examples[place].source] for value in values}
    for value in values:
        if loose[value]:
            yield from itertools.pairwise(loose[value] if _plain(value) else places[value])
    for one, other in ((values[one], values[other]) for one, other in near_pairs(values)):
        if _plain(one) or _plain(other):
            yield from itertools.pairwise(loose[one][:1] + loose[other][:1])
        elif loose[one] or loose[other]:
            yield from itertools.pairwise(places[one] + places[other])


def _plain(fingerprint: int) -> bool:
    return fingerprint.bit_count() < PLAIN_BITS
