"""The ways a training image is looked at; features of several of them teach one head to need one look alone."""

import zlib
from pathlib import Path

import numpy as np

from service.images.reading import read_picture
from service.video.geometry import Picture, network_crops, network_input
from training.errors import ConfigError
from training.film_look import film_look

WHOLE = "whole"  # what is served
FIRST_CROP, LAST_CROP = "first-crop", "last-crop"  # the square crops of the thorough mode
FILM = "film-"  # followed by a number that seeds the changes
LOOKS = 1  # goes up when a view of the same name comes out differently: kept features are then computed anew


def load_picture(data: Path | bytes) -> Picture:
    """A picture as the service reads one: upright, its first page, what is transparent white. Raises NotAPicture."""
    return read_picture(data)


def depends_on_name(view: str) -> bool:
    """Whether the view is made by chance, which the image's name seeds."""
    return view.startswith(FILM)


def check_view(view: str) -> None:
    """Raises ConfigError for a view that there is not."""
    number = view.removeprefix(FILM)
    if view not in (WHOLE, FIRST_CROP, LAST_CROP) and not (depends_on_name(view) and number.isdecimal()):
        raise ConfigError(f"view {view!r}; allowed are {WHOLE}, {FIRST_CROP}, {LAST_CROP} and {FILM}NUMBER")


def look(picture: Picture, view: str, name: str) -> Picture:
    """The network's input, (299, 299, 3), for one view; `name` makes the chance of film views repeatable."""
    check_view(view)
    if view == WHOLE:
        return network_input(picture)
    if depends_on_name(view):
        rng = np.random.default_rng([int(view.removeprefix(FILM)), zlib.crc32(name.encode())])
        return network_input(film_look(picture, rng))
    return network_crops(picture)[1 if view == FIRST_CROP else 2]
