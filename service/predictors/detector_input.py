"""From a picture to what a detector's network sees, and the way back of its boxes."""

from dataclasses import dataclass

import numpy as np

from service.predictors.detections import Detections, detections
from service.video.geometry import Picture, resized

STRETCH, LETTERBOX = "stretch", "letterbox"
RESIZES = (STRETCH, LETTERBOX)
COLOURS = ("RGB", "BGR")
LAYOUTS = ("NHWC", "NCHW")
GRAY = 114  # beside a letterboxed picture, as YOLOX trains


@dataclass(frozen=True)
class DetectorInput:
    """What a network takes."""

    width: int
    height: int
    colour: str = "RGB"
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)  # taken off, on the scale 0 to 255, in the order of `colour`
    std: tuple[float, ...] = (1.0, 1.0, 1.0)  # then divided by
    resize: str = STRETCH  # or LETTERBOX: the aspect is kept, the picture in the upper left corner
    layout: str = "NHWC"


def network_picture(picture: Picture, wanted: DetectorInput) -> Picture:
    """A picture (h, w, 3), RGB, as (height, width, 3), RGB: colours and numbers are the network's own matter."""
    width, height = _filled(picture.shape[1], picture.shape[0], wanted)
    small = resized(picture, width, height)
    if (width, height) == (wanted.width, wanted.height):
        return small
    canvas = np.full((wanted.height, wanted.width, 3), GRAY, np.uint8)
    canvas[:height, :width] = small
    return canvas


def in_picture(found: Detections, width: int, height: int, wanted: DetectorInput) -> Detections:
    """What was found in the network's picture, as fractions of the picture of that width and height it was made from."""
    filled = _filled(width, height, wanted)
    scale = np.array([wanted.width / filled[0], wanted.height / filled[1]] * 2, np.float32)
    corners = np.concatenate([found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]], axis=1) * scale
    return detections(corners, found.scores, found.labels)


def _filled(width: int, height: int, wanted: DetectorInput) -> tuple[int, int]:
    """Width and height that the picture takes in the network's."""
    if wanted.resize == STRETCH:
        return wanted.width, wanted.height
    scale = min(wanted.width / width, wanted.height / height)
    return max(1, min(wanted.width, round(width * scale))), max(1, min(wanted.height, round(height * scale)))
