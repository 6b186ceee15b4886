"""What a model tells of itself: its card in Markdown, the bundle's own or one made of bundle.json."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.model_figures import mapping, texts
from service.models import AnyModel, Model
from service.predictors.facts import CARD, DIGITS, LARGEST_CARD, OBJECTS, TAGGER

MOST_NAMED = 30  # entries of a list that the card shows
_DOES = {
    TAGGER: "scores pictures, of films and stills alike, by {count} tags.",
    OBJECTS: "finds objects of {count} kinds in pictures, each with a box around it.",
    DIGITS: "reads handwritten digits, and tells what is none.",
}
_LIMITS = {
    TAGGER: (
        "A score tells how much a picture looks like those that the tag was learned from; a low one is no proof of absence.",
        "It must not decide about people: who somebody is, what they are like, whether they did something.",
        "It must not decide on age ratings or protect minors: tags of that kind miss scenes and fire on harmless ones.",
    ),
    OBJECTS: (
        "It misses what is small, hidden, dark or unusual, and takes one thing for another; what it does not find may be there.",
        "It must not be used where somebody's safety depends on it, nor to watch or judge people.",
    ),
    DIGITS: (
        "It knows the digits from 0 to 9, written one by one; it reads no letters, signs or joined numbers.",
        "Have a person check what matters, such as amounts, dates and marks.",
    ),
}
_MADE = ("quantized", "members", "seed")  # entries of bundle.json that tell how it was made, beside its training
_NOT_TOLD = ("images_per_tag", "config", "versions")  # of the training; bundle.json has them


def card_of(model: AnyModel, facts: Mapping[str, Any]) -> str:
    """The bundle's card.md, or a card made of what its bundle.json (`facts`) says."""
    if CARD in facts["files"]:
        with contextlib.suppress(OSError), (model.bundle.folder / CARD).open("rb") as stream:
            return _shown(stream.read(LARGEST_CARD).decode(errors="replace"))
    parts = {
        "Parts and licences": _licences(facts),
        "How it was made": _made(facts),
        "Figures": _figures(facts),
        "Limits": _limits(model, facts),
    }
    told = [f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) for title, found in parts.items() if (lines := list(found))]
    return _shown("\n\n".join([f"# {model.bundle.name} {model.bundle.version}", _does(model), *told]) + "\n")


def _does(model: AnyModel) -> str:
    shipped = " It came with the package." if model.is_shipped else ""
    return f"A model for the task `{model.kind.task}`: it " + _DOES[model.kind.task].format(count=len(model.labels)) + shipped


def _licences(facts: Mapping[str, Any]) -> Iterator[str]:
    for entry in facts.get("licences") or ():
        part, licence = _text(entry.get("part", "model")), _text(entry.get("licence", "not stated"))
        yield f"**{part}**: {licence}" + (f" ({_text(entry['note'])})" if entry.get("note") else "")


def _made(facts: Mapping[str, Any]) -> Iterator[str]:
    told = {name: facts.get(name) for name in _MADE}
    yield from _lines({**mapping(facts.get("training")), **told}, _NOT_TOLD)


def _figures(facts: Mapping[str, Any]) -> Iterator[str]:
    """A line for each part of the metrics, and for each group of figures in one; figures by tag are told elsewhere."""
    for part, figures in mapping(facts.get("metrics")).items():
        plain = {name: value for name, value in figures.items() if _is_plain(value)}
        groups = {f"{part}, {name}": value for name, value in figures.items() if isinstance(value, dict)}
        yield from (
            f"**{_text(name)}**: {_pairs(values)}" for name, values in {part: plain, **groups}.items() if _is_flat(values) and values
        )


def _limits(model: AnyModel, facts: Mapping[str, Any]) -> Iterator[str]:
    if weak := texts(facts.get("weak")):
        yield f"**Weak**, for few images show them: {_listed(weak)}."
    if unverified := texts(facts.get("unverified")):
        yield f"**Unverified**, for they were never measured on images of their own: {_listed(unverified)}."
    if isinstance(model, Model) and model.bundle.sensitive.tags:
        rule = model.bundle.sensitive
        yield f"A network of its own gives {_listed(rule.tags)}; they hold in a shot where {rule.key_frames} of its key frames agree."
    yield from _LIMITS[model.kind.task]


def _lines(values: Mapping[str, Any], left_out: Iterable[str]) -> Iterator[str]:
    for name, value in values.items():
        if name in left_out or value in (None, "", [], {}):
            continue
        if _is_plain(value):
            yield f"{_text(name)}: {_text(value)}"
        elif isinstance(value, list) and all(map(_is_plain, value)):
            yield f"{_text(name)}: {', '.join(map(_text, value[:MOST_NAMED]))}"
        elif _is_flat(value):
            yield f"{_text(name)}: {_pairs(value)}"


def _pairs(values: Mapping[str, Any]) -> str:
    """Numbers first, then what is told in words."""
    found = sorted(list(values.items())[:MOST_NAMED], key=lambda pair: isinstance(pair[1], str))
    return ", ".join(f"{_text(name)}{':' if isinstance(value, str) else ''} {_text(value)}" for name, value in found)


def _listed(tags: Iterable[str]) -> str:
    return ", ".join(f"`{tag}`" for tag in tags)


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float | str)


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_plain, value.values()))


def _shown(text: str) -> str:
    """Without what would control a terminal: bundles come from strangers."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")


def _text(value: Any) -> str:
    """On one line."""
    return " ".join(str(value).split())
