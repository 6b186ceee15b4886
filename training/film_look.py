"""Make a photograph look like a frame of a film: reframed, graded, dim, blurred, grainy, compressed."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from service.video.geometry import Picture

ASPECTS = (1.33, 1.78, 1.85, 2.39)  # width / height: television, HD, wide and scope formats
SMALLEST_AREA = 0.55  # of the picture, kept by a reframing
GRAIN = 8.0  # grey levels; the largest standard deviation of grain
BLUR = 7  # pixels at a width of 480; the longest motion blur
QUALITY = (18, 60)  # JPEG quality, standing for the block noise of a film encoded small


def film_look(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a changed copy; each change comes by chance, so that most pictures get two or three of them."""
    out = _reframe(picture, rng)
    if rng.random() < 0.5:
        out = np.ascontiguousarray(out[:, ::-1])
    for change, chance in ((_grade, 0.7), (_dim, 0.3), (_blur, 0.3), (_grain, 0.4), (_compress, 0.6)):
        if rng.random() < chance:
            out = change(out, rng)
    return out


def _reframe(picture: Picture, rng: np.random.Generator) -> Picture:
    """Crop to a film's format where the picture is taller, and come closer."""
    height, width = picture.shape[:2]
    aspect = float(rng.choice(ASPECTS)) if rng.random() < 0.5 else width / height
    full_width, full_height = min(width, height * aspect), min(height, width / aspect)
    zoom = float(np.sqrt(rng.uniform(SMALLEST_AREA, 1.0)))
    new_width, new_height = max(int(full_width * zoom), 1), max(int(full_height * zoom), 1)
    left = int(rng.integers(0, width - new_width + 1))
    top = int(rng.integers(0, height - new_height + 1))
    return picture[top : top + new_height, left : left + new_width]


def _grade(picture: Picture, rng: np.random.Generator) -> Picture:
    """Contrast, saturation and a tint that differs between shadows and lights (teal and orange, sepia, ...)."""
    values = picture.astype(np.float32) / 255
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * rng.uniform(0.2, 1.4)
    values += (grey - 0.5) * rng.uniform(-0.1, 0.4)
    values += (1 - grey) * rng.uniform(-0.08, 0.08, 3).astype(np.float32) + grey * rng.uniform(-0.08, 0.08, 3).astype(np.float32)
    return _as_picture(values * 255)


def _dim(picture: Picture, rng: np.random.Generator) -> Picture:
    """Low light: a gamma above one and less of everything."""
    values = (picture.astype(np.float32) / 255) ** rng.uniform(1.2, 2.2)
    return _as_picture(values * 255 * rng.uniform(0.6, 1.0))


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    """Motion along one axis, or a lens out of focus."""
    length = max(2, int(rng.uniform(0.3, 1.0) * BLUR * max(picture.shape[:2]) / 480))
    size = [(length, 1), (1, length), (length, length)][int(rng.integers(3))]
    return np.asarray(cv2.blur(picture, size), np.uint8)


def _grain(picture: Picture, rng: np.random.Generator) -> Picture:
    noise = rng.standard_normal(picture.shape[:2], np.float32)[..., None] * rng.uniform(0.3, 1.0) * GRAIN
    return _as_picture(picture.astype(np.float32) + noise)


def _compress(picture: Picture, rng: np.random.Generator) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _as_picture(values: NDArray[np.floating[Any]]) -> Picture:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
