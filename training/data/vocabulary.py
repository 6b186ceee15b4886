"""Which tags the data is read with: the user's own vocabulary, the data's, the shipped one, or one made from the names of folders."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import yaml

from service.tags import Tag, Vocabulary
from training.data.examples import Example
from training.errors import UnknownTags

SHOWN = 10  # unknown tags that are named


def tag_id(name: str) -> str:
    """The id that a name stands for: "Car Chase" and car-chase are car, low line, chase."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def made_vocabulary(names: Iterable[str]) -> Vocabulary:
    """A vocabulary of these names, in the order of their ids."""
    by_id = {tag_id(name): name for name in sorted(names)}
    return Vocabulary(tuple(_tag(tag, name) for tag, name in sorted(by_id.items())))


def _tag(tag: str, name: str) -> Tag:
    readable = name.replace("_", " ").strip()
    readable = readable[:1].upper() + readable[1:]
    return Tag(tag, {"en": readable, "es": readable}, {"en": "", "es": ""}, "other")


def vocabulary_text(vocabulary: Vocabulary) -> str:
    """As a tags.yaml."""
    return yaml.safe_dump({"tags": [vars(tag) for tag in vocabulary.tags]}, sort_keys=False, allow_unicode=True)


def with_known_tags(examples: Sequence[Example], vocabulary: Vocabulary) -> list[Example]:
    """The examples with ids of the vocabulary for tags; capitals and blanks are forgiven. Raises UnknownTags."""
    given = {tag for example in examples for tag in example.tags | example.absent}
    ids = {name: name if name in vocabulary.ids else tag_id(name) for name in given}
    unknown = sorted(name for name, tag in ids.items() if tag not in vocabulary.ids)
    if unknown:
        raise UnknownTags(_unknown(unknown, vocabulary))
    return [
        replace(example, tags=frozenset(map(ids.__getitem__, example.tags)), absent=frozenset(map(ids.__getitem__, example.absent)))
        for example in examples
    ]


def _unknown(names: Sequence[str], vocabulary: Vocabulary) -> str:
    shown = [f"{name}{_close(name, vocabulary)}" for name in names[:SHOWN]]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (
        f"The vocabulary of {len(vocabulary)} tags does not have {', '.join(shown)}{more}. "
        "Correct the names, or give a vocabulary that has them with --vocabulary tags.yaml."
    )


def _close(name: str, vocabulary: Vocabulary) -> str:
    near = difflib.get_close_matches(tag_id(name), vocabulary.ids, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
