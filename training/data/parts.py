"""What people call the three parts of a split."""

from training.data.examples import PARTS, Part
from training.errors import DataError

SPELLINGS: dict[str, Part] = {**{part: part for part in PARTS}, "training": "train", "val": "validation", "valid": "validation"}


def part_named(name: str, where: str) -> Part:
    """The part of this name. Raises DataError."""
    if name.lower() not in SPELLINGS:
        raise DataError(f"{where}: the part {name!r}; allowed are {', '.join(PARTS)}.")
    return SPELLINGS[name.lower()]
