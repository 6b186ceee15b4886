"""What people call the three parts of a split."""

import re

from training.data.examples import PARTS, Part
from training.errors import DataError

SPELLINGS: dict[str, Part] = {
    **{part: part for part in PARTS},
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "eval": "validation",
    "testing": "test",
}


def part_called(name: str) -> Part | None:
    """The part of this name, in any capitals and with or without `set` at its end."""
    return SPELLINGS.get(re.sub(r"(?<=\w)[\s_-]*set$", "", name.lower()))


def part_named(name: str, where: str) -> Part:
    """The part of this name. Raises DataError."""
    part = part_called(name)
    if part is None:
        raise DataError(f"{where}: the part {name!r}; allowed are {', '.join(PARTS)}.")
    return part
