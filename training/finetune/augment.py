"""A training picture, changed by chance: cropped, mirrored, coloured, made to look like film, partly erased."""

import cv2
import numpy as np

from service.video.geometry import Picture, cut_black_bars, network_input
from training.config import FinetuneConfig
from training.film_look import film_look

ASPECT = 4 / 3  # of a crop, at most, beside the picture's own
ERASED = (0.02, 0.2)  # of the area, by a random rectangle
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def augmented(picture: Picture, config: FinetuneConfig, rng: np.random.Generator) -> Picture:
    """The network's input (size, size, 3); the same `rng` gives the same."""
    if rng.random() < config.film_look:
        out = network_input(film_look(picture, rng), config.size)
    else:
        out = network_input(_crop(cut_black_bars(picture), config.smallest_crop, rng), config.size)
        if rng.random() < config.mirror:
            out = np.ascontiguousarray(out[:, ::-1])
        if config.colour:
            out = _coloured(out, config.colour, rng)
    return _erased(out, rng) if rng.random() < config.erasing else out


def _crop(picture: Picture, smallest: float, rng: np.random.Generator) -> Picture:
    """A part of the picture, of an aspect near its own."""
    height, width = picture.shape[:2]
    area = rng.uniform(smallest, 1.0)
    stretch = np.exp(rng.uniform(-np.log(ASPECT), np.log(ASPECT)) / 2)
    new_width = min(width, max(1, round(width * np.sqrt(area) * stretch)))
    new_height = min(height, max(1, round(height * np.sqrt(area) / stretch)))
    left = int(rng.integers(0, width - new_width + 1))
    top = int(rng.integers(0, height - new_height + 1))
    return picture[top : top + new_height, left : left + new_width]


def _coloured(picture: Picture, largest: float, rng: np.random.Generator) -> Picture:
    """Brightness, contrast and saturation, each changed by up to `largest`: one linear map of the colours."""
    brightness, contrast, saturation = rng.uniform(1 - largest, 1 + largest, 3).astype(np.float32)
    mix = brightness * contrast * (saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * np.tile(_LUMA, (3, 1)))
    offset = np.full((3, 1), float(picture.mean()) * brightness * (1 - contrast), np.float32)
    return np.asarray(cv2.transform(picture, np.hstack([mix, offset])), np.uint8)


def _erased(picture: Picture, rng: np.random.Generator) -> Picture:
    """Noise over a rectangle: no tag may hang on one place alone."""
    size = picture.shape[0]
    area, stretch = rng.uniform(*ERASED), np.exp(rng.uniform(-np.log(2), np.log(2)) / 2)
    width, height = (max(1, min(size, round(size * np.sqrt(area) * side))) for side in (stretch, 1 / stretch))
    left, top = int(rng.integers(0, size - width + 1)), int(rng.integers(0, size - height + 1))
    out = picture.copy()
    out[top : top + height, left : left + width] = rng.integers(0, 256, (height, width, 3), np.uint8)
    return out
