"""The ways a training image is looked at; features of several of them teach one head to need one look alone."""

import zlib
from pathlib import Path

import cv2
import numpy as np

from service.video.geometry import Picture, network_crops, network_input
from training.film_look import film_look

WHOLE = "whole"  # what is served
FIRST_CROP, LAST_CROP = "first-crop", "last-crop"  # the square crops of the thorough mode
FILM = "film-"  # followed by a number that seeds the changes


def load_picture(path: Path) -> Picture:
    data = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if data is None:
        raise ValueError(f"{path}: not a readable image")
    return np.asarray(cv2.cvtColor(data, cv2.COLOR_BGR2RGB), np.uint8)


def look(picture: Picture, view: str, name: str) -> Picture:
    """The network's input, (299, 299, 3), for one view; `name` makes the chance of film views repeatable."""
    if view == WHOLE:
        return network_input(picture)
    if view in (FIRST_CROP, LAST_CROP):
        return network_crops(picture)[1 if view == FIRST_CROP else 2]
    if view.startswith(FILM):
        rng = np.random.default_rng([int(view.removeprefix(FILM)), zlib.crc32(name.encode())])
        return network_input(film_look(picture, rng))
    raise ValueError(f"view {view!r}; allowed are {WHOLE}, {FIRST_CROP}, {LAST_CROP} and {FILM}NUMBER")
