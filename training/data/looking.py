"""A look at each image as the service decodes it: whether it can be read, its size, and what tells it from others."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image

from service.errors import NotAPicture
from service.stills import read_still
from service.video.geometry import Picture
from training.data.examples import Example
from training.data.threads import in_threads

log = logging.getLogger(__name__)

TOLD_EVERY = 1000  # images
BROKEN_SHARE = 0.05  # of the images that may fail to decode and are left out; more is no accident


@dataclass(frozen=True)
class Look:
    """What one image file is."""

    name: str
    problem: str | None  # why it cannot be read; then the rest is empty
    width: int = 0  # pixels, upright
    height: int = 0
    pictures: int = 0  # in the file; the first one counts
    digest: bytes = b""  # of the file's content
    fingerprint: int | None = None  # perceptual hash, 64 bits; nearly the same for nearly the same pictures


def looks_at(examples: Sequence[Example]) -> list[Look]:
    """Read every image once, in threads; no picture is kept. Tells how far it is."""
    looks: list[Look] = []
    for look in in_threads(_look, examples):
        looks.append(look)
        if len(looks) % TOLD_EVERY == 0:
            log.info("Looked at %d of %d images", len(looks), len(examples))
    return looks


def _look(example: Example) -> Look:
    try:
        data = example.path.read_bytes()
        still = read_still(data)
    except OSError as error:
        return Look(example.name, f"cannot be read: {error.strerror or error}")
    except NotAPicture as error:
        return Look(example.name, str(error).removeprefix("The picture "))
    digest = hashlib.sha256(data).digest()
    facts = still.facts
    return Look(example.name, None, facts.width, facts.height, facts.pictures, digest, fingerprint(still.view))


def fingerprint(picture: Picture) -> int:
    """64 bits of the picture's coarse shapes (pHash: signs of its lowest cosine coefficients against their median)."""
    bits = np.packbits(imagehash.phash(Image.fromarray(picture)).hash)
    return int.from_bytes(bits.tobytes(), "big")
