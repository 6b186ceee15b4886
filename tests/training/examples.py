"""Small made-up manifests."""

from pathlib import Path

from training.manifest import Example


def example(number: int, *tags: str, source: str = "somewhere", kind: str = "photo") -> Example:
    return Example(f"images/{number:05}.webp", Path(f"images/{number:05}.webp"), frozenset(tags), kind, source, "CC0")
