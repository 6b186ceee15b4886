"""Small films made of the example pictures, so that their themes are known: examples/stills/<tag> holds pictures that show a tag."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import service
from tests.clips import Picture, Recipe, write

STILLS = Path(service.__file__).parent.parent / "examples" / "stills"
RATE = 5  # frames a second
SIZE = (480, 320)  # pixels
PAN = 24  # pixels that a shot moves to the right


def write_still_film(
    path: Path, tags: Sequence[str], *, stills: int = 3, seconds: int = 3, size: tuple[int, int] = SIZE, first: int = 0
) -> Path:
    """For each tag in turn `stills` shots of `seconds`, each one picture of that tag from its `first` on; a key frame every second."""
    recipe = Recipe(rate=RATE, key_every=RATE, options={"crf": "20"})
    return write(path, _pictures(tags, range(first, first + stills), seconds * RATE, size), recipe)


def _pictures(tags: Sequence[str], stills: range, frames: int, size: tuple[int, int]) -> Iterator[Picture]:
    used: set[str] = set()  # a picture may lie in two folders
    for tag in tags:
        chosen = [path for path in sorted((STILLS / tag).glob("*.jpg")) if path.name not in used][stills.start : stills.stop]
        used.update(path.name for path in chosen)
        for path in chosen:
            yield from _shot(path, frames, size)


def _shot(path: Path, frames: int, size: tuple[int, int]) -> Iterator[Picture]:
    with Image.open(path) as still:
        wide = np.asarray(ImageOps.fit(still.convert("RGB"), (size[0] + PAN, size[1]), Image.Resampling.LANCZOS))
    for index in range(frames):
        left = PAN * index // frames
        yield np.ascontiguousarray(wide[:, left : left + size[0]])
