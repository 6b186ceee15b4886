"""What is no digit: letters, textures, photos, blank paper, each on its own; apart for calibration and for evaluation."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

from service.digits.finder import whole_picture
from service.errors import NotAPicture
from service.images.reading import read_image
from training.digits.fonts import CALIBRATION, EVALUATION, drawn, fonts_of
from training.digits.is_digit import APART
from training.digits.warps import SIDE, Pictures

LIKE_DIGITS = "OoIliZzSsBbqg"  # to the eye these may be digits; reported apart
LETTERS = "".join(letter for letter in map(chr, (*range(65, 91), *range(97, 123))) if letter not in LIKE_DIGITS)
COUNT = 2000  # pictures of a set
_SEEDS = {CALIBRATION: 11, EVALUATION: 12}


def not_digit_sets(split: str, *, fonts: Path | None = None, photos: Path | None = None, count: int = COUNT) -> dict[str, Pictures]:
    """Name -> pictures of "calibration" or "evaluation"; the two share no font and no photo.

    `fonts` and `photos` are folders with more of each than the packages of the train extra bring. Raises DataError.
    """
    random = np.random.default_rng(_SEEDS.get(split, 0))
    faces = fonts_of(split, fonts)
    seen = _photos(split, photos)
    return {
        "letters": drawn(faces, LETTERS, count, random)[0],
        APART: drawn(faces, LIKE_DIGITS, count // 4, random)[0],
        "textures": np.stack([_texture(random) for _ in range(count)]),
        "photos": np.stack([_as_seen(_patch(seen, random)) for _ in range(count // 2)]),
        "photos, unprepared": np.stack([_shrunk(_patch(seen, random)) for _ in range(count // 2)]),
        "blank paper": np.stack([_as_seen(_paper(random)) for _ in range(count // 4)]),
    }


def font_digits(split: str, *, fonts: Path | None = None, count: int = COUNT) -> tuple[Pictures, NDArray[np.int64]]:
    """Digits of the same fonts and which they are: what tells letters from digits must not be that they are printed."""
    pictures, names = drawn(fonts_of(split, fonts), "0123456789", count, np.random.default_rng(_SEEDS[split] + 10))
    return pictures, np.array([int(name) for name in names])


def _photos(split: str, folder: Path | None) -> list[Pictures]:
    """Grey photos (height, width): of scikit-learn's two one for each split, of a folder every other file."""
    place = (CALIBRATION, EVALUATION).index(split)
    photos = [np.asarray(Image.fromarray(load_sample_images().images[place]).convert("L"))]
    for path in sorted(folder.rglob("*") if folder else [])[place::2]:
        try:
            photos.append(cv2.cvtColor(read_image(path).picture, cv2.COLOR_RGB2GRAY))
        except NotAPicture:
            continue
    return photos


def _patch(photos: Sequence[Pictures], random: np.random.Generator) -> Pictures:
    photo = photos[int(random.integers(len(photos)))]
    side = int(random.integers(48, max(49, min(photo.shape))))
    top, left = (int(random.integers(0, length - side + 1)) for length in photo.shape)
    return np.ascontiguousarray(photo[top : top + side, left : left + side])


def _as_seen(picture: Pictures) -> Pictures:
    """What the service makes of a picture that is said to be one digit."""
    return whole_picture(picture)


def _shrunk(picture: Pictures) -> Pictures:
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _paper(random: np.random.Generator) -> Pictures:
    """Blank paper, unevenly lit, with noise."""
    y, x = np.mgrid[0:96, 0:96] / 96
    light = 1 - random.uniform(0, 0.5) * (np.cos(turn := random.uniform(0, 7)) * x + np.sin(turn) * y)
    paper = random.uniform(60, 240) * light / light.max() + random.normal(0, random.uniform(1, 8), light.shape)
    return np.asarray(paper.clip(0, 255), np.uint8)


def _texture(random: np.random.Generator) -> Pictures:
    """Noise, fine or coarse, grey or in two levels; stripes; scribbles."""
    kind = random.integers(4)
    if kind == 3:
        canvas = np.zeros((4 * SIDE, 4 * SIDE), np.uint8)
        points = random.integers(8, 4 * SIDE - 8, (random.integers(4, 12), 2)).astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, int(random.integers(6, 16)), cv2.LINE_AA)
        return _shrunk(canvas)
    if kind == 2:
        y, x = np.mgrid[0:SIDE, 0:SIDE]
        turn = random.uniform(0, np.pi)
        field = np.sin((np.cos(turn) * x + np.sin(turn) * y) * random.uniform(0.4, 2.5) + random.uniform(0, 7))
    else:
        field = random.normal(0, 1, (SIDE, SIDE))
        if kind == 1:
            field = cv2.GaussianBlur(field, (0, 0), random.uniform(0.7, 3))
    field = (field - field.mean()) / field.std()
    grey = (field > random.uniform(0, 1)) * 255 if random.random() < 0.5 else 128 + 70 * field
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
