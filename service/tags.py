"""The vocabulary: which tags there are, read from tags.yaml."""

import difflib
import re
import reprlib
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from service.errors import UnknownTag, VocabularyError

LANGUAGES = ("en", "es")
# Ids stand in addresses, lists with commas, tables with bars, and names of files.
_ID = re.compile(r"\w[\w .'&+()-]{0,79}(?<! )")


@dataclass(frozen=True)
class Tag:
    """One theme. `name` and `description` are by language: "en", "es"."""

    id: str
    name: dict[str, str]
    description: dict[str, str]
    group: str
    blurred: bool = False  # pictures that show it are blurred until asked for


@dataclass(frozen=True)
class Vocabulary:
    """Tags in the order of every list of scores."""

    tags: tuple[Tag, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(tag.id for tag in self.tags)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {tag.id: place for place, tag in enumerate(self.tags)}

    @cached_property
    def blurred(self) -> frozenset[str]:
        """Tags whose pictures are blurred until asked for."""
        return frozenset(tag.id for tag in self.tags if tag.blurred)

    def __len__(self) -> int:
        return len(self.tags)

    def index(self, tag_id: str) -> int:
        """Position of a tag. Raises UnknownTag, which names close ones."""
        try:
            return self._places[tag_id]
        except KeyError:
            near = difflib.get_close_matches(tag_id.lower(), self.ids, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`movietags vocabulary` lists all tags."
            raise UnknownTag(f"There is no tag {tag_id!r}. {hint}") from None

    def __getitem__(self, tag_id: str) -> Tag:
        return self.tags[self.index(tag_id)]

    def name(self, tag_id: str, language: str) -> str:
        """A tag's name; its id where a result has a tag of another vocabulary."""
        return self[tag_id].name[language] if tag_id in self._places else tag_id


class _Plain(yaml.SafeLoader):
    """Without aliases: a few of them in a stranger's file stand for more than any memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(problem="aliases (*name) are not taken; write out what they stand for")
        return super().compose_node(parent, index)


def load_vocabulary(path: Path | None = None) -> Vocabulary:
    """Read a vocabulary file; without `path`, the one that came with the package, once. Raises VocabularyError."""
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Vocabulary:
    return _read(_shipped_file())


def _read(path: Path) -> Vocabulary:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Plain)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise VocabularyError(f"The vocabulary {path} cannot be read: {error}") from error
    entries = content.get("tags") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise VocabularyError(f"The vocabulary {path} must hold a list named 'tags' with at least one tag.")
    tags = tuple(_tag(entry, path) for entry in entries)
    twice = [tag for tag, count in Counter(tag.id for tag in tags).items() if count > 1]
    if twice:
        raise VocabularyError(f"The vocabulary {path} names {', '.join(sorted(twice))} more than once.")
    return Vocabulary(tags)


def _shipped_file() -> Path:
    """An installed package carries the file inside; a source checkout has it at its top level."""
    package = Path(__file__).parent
    inside = package / "tags.yaml"
    return inside if inside.exists() else package.parent / "tags.yaml"


def _tag(entry: Any, path: Path) -> Tag:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise VocabularyError(f"The vocabulary {path}: each tag needs at least an 'id'; given was {reprlib.repr(entry)}.")
    tag_id = entry["id"]
    if not _ID.fullmatch(tag_id):
        raise VocabularyError(
            f"The vocabulary {path}: the id {tag_id!r} cannot be used; an id is a letter, digit or _ followed by at most 79 of "
            "letters, digits, blanks and _ - . ' & + ( ), and ends with no blank."
        )
    return Tag(
        id=tag_id,
        name=_by_language(entry.get("name") or tag_id, path),
        description=_by_language(entry.get("description", ""), path),
        group=_text(entry.get("group", "other"), path),
        blurred=_truth(entry.get("blurred", False), path),
    )


def _by_language(value: Any, path: Path) -> dict[str, str]:
    """Texts by language; a plain text counts for every language, so that an own vocabulary can stay short."""
    if isinstance(value, dict):
        fallback = next(iter(value.values()), "")
        return {language: _text(value.get(language, fallback), path) for language in LANGUAGES}
    return dict.fromkeys(LANGUAGES, _text(value, path))


def _truth(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        raise VocabularyError(f"The vocabulary {path}: 'blurred' is true or false; given was {reprlib.repr(value)}.")
    return value


def _text(value: Any, path: Path) -> str:
    """Of a text or number: a nest of lists may be short in YAML and endless as text."""
    if value is not None and not isinstance(value, str | int | float):
        raise VocabularyError(f"The vocabulary {path}: names, descriptions and groups are texts; given was {reprlib.repr(value)}.")
    return "" if value is None else str(value)
