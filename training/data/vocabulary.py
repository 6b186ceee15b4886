"""Which tags the data is read with: the user's own vocabulary, the data's, the shipped one, or one made from the names of folders."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import yaml

from service.tags import Tag, Vocabulary
from training.data.examples import Example
from training.errors import DataError, UnknownTags

SHOWN = 10  # unknown tags that are named
LONGEST_ID = 80  # characters; what the service reads


def tag_id(name: str) -> str:
    """The id that a name stands for: "Car Chase" and car-chase are car, low line, chase."""
    return re.sub(r"[\W_]+", "_", _composed(name)).strip("_")


def made_vocabulary(names: Iterable[str]) -> Vocabulary:
    """A vocabulary of these names, in the order of their ids. Raises DataError where an id cannot be made of a name."""
    ids = {name: tag_id(name) for name in sorted(names)}
    _refuse_unfit(ids)
    by_id = {tag: name for name, tag in ids.items()}
    return Vocabulary(tuple(_tag(tag, name) for tag, name in sorted(by_id.items())))


def _composed(name: str) -> str:
    """A letter and its accent are one character, however the disk or the table wrote them."""
    return unicodedata.normalize("NFC", name.lower())


def _refuse_unfit(ids: Mapping[str, str]) -> None:
    """Raises DataError for names without a usable id, and for different names that would be one tag."""
    for name, tag in ids.items():
        if not 0 < len(tag) <= LONGEST_ID:
            raise DataError(
                f"The tag {name!r} has {'no letter or digit' if not tag else f'more than {LONGEST_ID} characters'}, "
                "and so no id can be made of it. Rename it."
            )
        if marks := [sign for sign in _composed(name) if unicodedata.category(sign).startswith("M")]:
            named = ", ".join(unicodedata.name(sign, sign) for sign in marks[:SHOWN])
            raise DataError(
                f"The tag {name!r} has signs that stand on other letters ({named}); an id cannot hold them. "
                "Rename it with letters and digits alone; its name in any script goes into a tags.yaml, given with --vocabulary."
            )
    alike: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, tag in ids.items():
        alike[tag].setdefault(re.sub(r"[\s_-]+", "_", _composed(name)).strip("_"), name)
    for tag, names in alike.items():
        if len(names) > 1:
            raise DataError(
                f"The tags {', '.join(map(repr, sorted(names.values())))} differ only in signs, and would all be the tag {tag}. "
                "Rename all but one of them with letters or digits."
            )


def _tag(tag: str, name: str) -> Tag:
    readable = name.replace("_", " ").strip()
    readable = readable[:1].upper() + readable[1:]
    return Tag(tag, {"en": readable, "es": readable}, {"en": "", "es": ""}, "other")


def vocabulary_text(vocabulary: Vocabulary) -> str:
    """As a tags.yaml."""
    return yaml.safe_dump({"tags": [vars(tag) for tag in vocabulary.tags]}, sort_keys=False, allow_unicode=True)


def with_known_tags(examples: Sequence[Example], vocabulary: Vocabulary) -> list[Example]:
    """The examples with ids of the vocabulary for tags; capitals and blanks are forgiven. Raises UnknownTags, DataError."""
    given = {tag for example in examples for tag in example.tags | example.absent}
    ids = ids_of(given, vocabulary.ids)
    refuse_unknown((name for name, tag in ids.items() if tag not in vocabulary.ids), vocabulary.ids)
    return [
        replace(example, tags=frozenset(map(ids.__getitem__, example.tags)), absent=frozenset(map(ids.__getitem__, example.absent)))
        for example in examples
    ]


def ids_of(names: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """The ids that names stand for. Raises DataError where different names stand for one of the known tags."""
    ids = {name: name if name in known else tag_id(name) for name in sorted(names)}
    _refuse_unfit({name: tag for name, tag in ids.items() if tag in known})
    return ids


def refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    """Raises UnknownTags where there is a name, with close ones."""
    if given := sorted(names):
        raise UnknownTags(
            f"The vocabulary of {len(known)} tags does not have {told_with_close(given, known)}. "
            "Correct the names, or give a vocabulary that has them with --vocabulary tags.yaml."
        )


def told_with_close(names: Sequence[str], known: Sequence[str]) -> str:
    """The first of the names, with the known ones that they may mean."""
    shown = [f"{name}{_close(name, known)}" for name in names[:SHOWN]]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(shown)}{more}"


def _close(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(tag_id(name), known, n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
