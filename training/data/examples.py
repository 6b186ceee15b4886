"""One training image and what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

Part: TypeAlias = Literal["train", "validation", "test"]
Labelling: TypeAlias = Literal["complete", "partial", "named"]

PARTS: tuple[Part, ...] = get_args(Part)
PHOTO, STILL = "photo", "film"  # kinds of images


@dataclass(frozen=True)
class Example:
    """One image; `path` is the file on disk."""

    name: str  # unique in its data, as the manifest or the folders name it
    path: Path
    tags: frozenset[str]  # that it shows
    absent: frozenset[str] = frozenset()  # that it surely does not show
    labelling: Labelling = "complete"
    # complete: it carries every tag that fits; partial: an absent tag was often just not looked for;
    # named: nothing is known of the tags beside `tags` and `absent` (a correction)
    kind: str = PHOTO  # STILL for a frame of a film
    source: str = ""  # repository, package or film that it came from; images of one source are never split
    licence: str = ""
    part: Part | None = None  # where the data says so itself


Parts: TypeAlias = Mapping[Part, Sequence[Example]]
