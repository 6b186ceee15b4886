"""Small made-up examples."""

from collections.abc import Iterable
from pathlib import Path

from training.data.examples import Example, Labelling


def example(
    number: int, *tags: str, source: str = "somewhere", kind: str = "photo", labelling: Labelling = "complete", absent: Iterable[str] = ()
) -> Example:
    name = f"images/{number:05}.webp"
    return Example(name, Path(name), frozenset(tags), frozenset(absent), labelling, kind, source, "CC0")
