"""Whether training data is sound: what cannot be read, what is there twice, what leaks between parts, which tags are short of images."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from training.data.duplicates import near_pairs
from training.data.examples import STILL, Example, Part
from training.data.looking import BROKEN_SHARE, Look, looks_at

Severity: TypeAlias = Literal["problem", "warning"]

FEW_IMAGES = 20  # of a tag in the training part; with fewer its figures are mostly chance
FEW_JUDGED = 5  # of a tag in the validation part
TINY_SIDE = 100  # pixels; the network sees 299


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; with a problem nothing is trained."""

    severity: Severity
    kind: str
    message: str
    items: tuple[str, ...] = ()  # the images, pairs of images or tags


@dataclass(frozen=True)
class DataReport:
    """What a check found."""

    images: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing prevents training."""
        return all(finding.severity != "problem" for finding in self.findings)


def check_data(
    examples: Sequence[Example],
    parts: Mapping[str, Part] | None = None,
    labels: Sequence[str] = (),
    *,
    given: bool = False,
    looks: Sequence[Look] | None = None,
) -> DataReport:
    """Check examples; with `parts` also the split, with `labels` whether each tag of a vocabulary has images.

    `given`: the vocabulary was chosen for this data, so that each of its tags is meant. `looks` spares reading the images again.
    """
    looks = looks_at(examples) if looks is None else looks
    found = [*_files(looks), *_copies(examples, looks, parts), *_contents(examples, parts, labels, given)]
    return DataReport(len(examples), tuple(sorted(found, key=lambda finding: finding.severity != "problem")))


def _files(looks: Sequence[Look]) -> Iterator[Finding]:
    broken = tuple(f"{look.name} ({look.problem})" for look in looks if look.problem)
    if broken:
        too_many = len(broken) > BROKEN_SHARE * len(looks)
        text = "images that cannot be read, too many to be left out" if too_many else "images that cannot be read and are left out"
        yield Finding("problem" if too_many else "warning", "broken", text, broken)
    tiny = tuple(
        f"{look.name} ({look.width}x{look.height})" for look in looks if not look.problem and min(look.width, look.height) < TINY_SIDE
    )
    if tiny:
        yield Finding("warning", "tiny", f"images with a side of less than {TINY_SIDE} pixels", tiny)
    several = tuple(f"{look.name} ({look.pictures})" for look in looks if look.pictures > 1)
    if several:
        yield Finding("warning", "animated", "files with several pictures, of which the first counts", several)


def _copies(examples: Sequence[Example], looks: Sequence[Look], parts: Mapping[str, Part] | None) -> Iterator[Finding]:
    same = [pair for group in _equal(looks).values() for pair in itertools.pairwise(group)]
    alike = near_pairs([look.fingerprint for look in looks])
    near = [pair for pair in alike if looks[pair[0]].digest != looks[pair[1]].digest and not _of_one_film(examples, *pair)]
    if same:
        yield Finding("warning", "copies", "pairs of files with the same content", _named(examples, same))
    if near:
        yield Finding("warning", "near duplicates", "pairs of images that are nearly the same", _named(examples, near))
    other_tags = [(one, other) for one, other in same if examples[one].tags != examples[other].tags]
    if other_tags:
        yield Finding(
            "warning", "contradicting copies", "pairs of files with the same content and different tags", _named(examples, other_tags)
        )
    if parts is not None:
        leaks = [(one, other) for one, other in (*same, *near) if parts[examples[one].name] != parts[examples[other].name]]
        if leaks:
            text = "pairs of nearly the same images in different parts, which make figures too good"
            yield Finding("warning", "leaks", text, _named(examples, leaks, parts))


def _of_one_film(examples: Sequence[Example], one: int, other: int) -> bool:
    """Frames of one film may well be alike, and are never parted."""
    first, second = examples[one], examples[other]
    return first.source == second.source != "" and first.kind == second.kind == STILL


def _equal(looks: Sequence[Look]) -> dict[bytes, list[int]]:
    """Places of files by their content."""
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, look in enumerate(looks):
        if look.digest:
            places[look.digest].append(place)
    return places


def _named(examples: Sequence[Example], pairs: Iterable[tuple[int, int]], parts: Mapping[str, Part] | None = None) -> tuple[str, ...]:
    def name(place: int) -> str:
        example = examples[place]
        return f"{example.name} ({parts[example.name]})" if parts else example.name

    return tuple(f"{name(one)} = {name(other)}" for one, other in pairs)


def _contents(examples: Sequence[Example], parts: Mapping[str, Part] | None, labels: Sequence[str], given: bool) -> Iterator[Finding]:
    counts = Counter(tag for example in examples for tag in example.tags)
    if without := tuple(tag for tag in labels if not counts[tag]):
        text = "tags of the vocabulary without an image" + ("; add some, or take them out of it" if given else ", which are not learned")
        yield Finding("problem" if given else "warning", "tags without images", text, without)
    if everywhere := tuple(sorted(tag for tag, count in counts.items() if count == len(examples))):
        yield Finding("problem", "tags everywhere", "tags on every image, with nothing to tell them from", everywhere)
    if parts is not None:
        yield from _short(examples, parts, sorted(counts))


def _short(examples: Sequence[Example], parts: Mapping[str, Part], tags: Sequence[str]) -> Iterator[Finding]:
    held = Counter((parts[example.name], tag) for example in examples for tag in example.tags)
    if unseen := tuple(tag for tag in tags if not held["train", tag]):
        yield Finding("problem", "tags not taught", "tags without an image in the part train", unseen)
    few = tuple(f"{tag} ({held['train', tag]})" for tag in tags if 0 < held["train", tag] < FEW_IMAGES)
    if few:
        yield Finding("warning", "few images", f"tags with fewer than {FEW_IMAGES} images in the part train", few)
    if unjudged := tuple(f"{tag} ({held['validation', tag]})" for tag in tags if held["validation", tag] < FEW_JUDGED):
        yield Finding(
            "warning", "few judged", f"tags with fewer than {FEW_JUDGED} images in the part validation, whose figures are rough", unjudged
        )
