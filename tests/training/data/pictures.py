"""Small pictures with textures of their own, as files."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.clips import scene
from training.data.examples import Example, Part

SIZE = (128, 104)  # pixels


def texture(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Always the same for a seed, and nothing like that of another one."""
    return Image.fromarray(next(scene(seed, 1, size)))


def picture_file(path: Path, seed: int, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    texture(seed).save(path, **options)
    return path


def nearly(path: Path, seed: int) -> Path:
    """The same texture smaller, darker and coarsely compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    small = texture(seed).resize((110, 100))
    Image.fromarray((np.asarray(small) * 0.9).astype(np.uint8)).save(path, quality=60)
    return path


def class_folders(root: Path, **counts: int) -> Path:
    """root/TAG/N.png with different pictures: so many for each tag."""
    seed = 0
    for tag, count in counts.items():
        for number in range(count):
            seed += 1
            picture_file(root / tag / f"{number}.png", seed)
    return root


def example(path: Path, *tags: str, source: str = "", part: Part | None = None) -> Example:
    return Example(path.name, path, frozenset(tags), source=source, part=part)
