"""The heat map of a tag as a picture to be laid over the picture that it belongs to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.images.reading import read_picture
from service.predictors.heat_map import Map
from service.video.geometry import Picture, cut_black_bars, network_input

FULL = 0.1  # log-odds of a place that are drawn as hot as it gets, unless the map has more; a tag that is not there stays below half
OPACITY = 0.9  # of the hottest places
RAMP = 256  # steps
# The upper part of "inferno" (matplotlib, CC0): ever lighter, so it is read without telling hues apart, on light ground and dark.
_INFERNO = ((66, 10, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164))


@dataclass(frozen=True)
class HeatView:
    """A picture, and what the network sees of it."""

    size: tuple[int, int]  # width and height in pixels
    inner: tuple[int, int, int, int]  # left, top, right, bottom without black bars
    network: Picture


def read_for_heat(data: bytes) -> HeatView:
    """Decode a picture, cut as a film's frames are. Raises NotAPicture."""
    picture = read_picture(data)
    height, width = picture.shape[:2]
    below, beside = cut_black_bars(picture).shape[:2]
    left, top = (width - beside) // 2, (height - below) // 2  # bars are cut alike on both sides
    return HeatView((width, height), (left, top, left + beside, top + below), network_input(picture))


def draw_heat(heat: Map, view: HeatView) -> Image.Image:
    """RGBA as large as the view's picture: hotter is lighter and covers more; transparent in the bars and where nothing speaks for it.

    `heat` (rows, columns) is in log-odds, as `service.predictors.heat_map.heat_map` gives it.
    """
    left, top, right, bottom = view.inner
    shares = Image.fromarray(heat / np.float32(max(FULL, float(heat.max())))).resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    steps = np.rint(np.clip(np.asarray(shares), 0, 1) * (RAMP - 1)).astype(np.uint8)
    image = Image.new("RGBA", view.size, (0, 0, 0, 0))
    image.paste(Image.fromarray(_ramp()[steps]), (left, top))
    return image


def _ramp() -> NDArray[np.uint8]:
    """Colour and opacity (RAMP, 4) from nothing to the hottest."""
    places = np.linspace(0, 1, RAMP)
    channels = [np.interp(places, np.linspace(0, 1, len(_INFERNO)), values) for values in zip(*_INFERNO, strict=True)]
    return np.rint(np.stack([*channels, 255 * OPACITY * places**0.75], axis=1)).astype(np.uint8)
