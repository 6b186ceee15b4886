"""Boxes with labels drawn on a picture, readable on any background, as large as the picture asks for."""

import colorsys
import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from service.images.boxes import Box
from service.video.geometry import Picture

LINES_A_SIDE = 200  # a line's width fits so often into the shorter side
TEXT_LINES_A_SIDE = 28
THINNEST, SMALLEST_TEXT = 2, 11  # pixels
LARGEST_TEXT = 120
JPEG_QUALITY = 90
_GOLDEN = 0.618034  # of the circle of hues: neighbours in number are far apart in colour
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class LabelledBox:
    """What is drawn."""

    box: Box  # pixels of the picture
    text: str
    number: int  # of its label: one label, one colour


def draw_boxes(picture: Picture, boxes: Iterable[LabelledBox]) -> Image.Image:
    """A copy of `picture` with the boxes; give the most important one first: it is drawn last, over the others."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    side = min(image.size)
    line = max(THINNEST, side // LINES_A_SIDE)
    font = ImageFont.load_default(max(SMALLEST_TEXT, min(LARGEST_TEXT, side // TEXT_LINES_A_SIDE)))
    assert isinstance(font, ImageFont.FreeTypeFont), "of a size that was asked for"
    for each in reversed(list(boxes)):
        _draw(draw, each, line, font, image.size)
    return image


def encoded(image: Image.Image, kind: str) -> bytes:
    """As "JPEG" or "PNG"."""
    stream = io.BytesIO()
    image.save(stream, kind, **({"quality": JPEG_QUALITY} if kind == "JPEG" else {"compress_level": 3}))
    return stream.getvalue()


def colour_of(number: int) -> Colour:
    """Bright or dark enough to be told from the next ones."""
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.85, (0.95, 0.7)[number % 2])
    return round(255 * red), round(255 * green), round(255 * blue)


def _draw(draw: ImageDraw.ImageDraw, each: LabelledBox, line: int, font: ImageFont.FreeTypeFont, size: tuple[int, int]) -> None:
    colour = colour_of(each.number)
    left, top = round(each.box.x), round(each.box.y)
    right, bottom = max(left, round(each.box.right) - 1), max(top, round(each.box.bottom) - 1)
    draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=_contrast(colour))  # seen where the background has the line's colour
    draw.rectangle((left, top, right, bottom), outline=colour, width=line)
    _label(draw, each.text, (left, top), colour, font, size)


def _label(
    draw: ImageDraw.ImageDraw, text: str, corner: tuple[int, int], colour: Colour, font: ImageFont.FreeTypeFont, size: tuple[int, int]
) -> None:
    """On a ground of the box's colour: above the box, or in it where the picture ends; never beyond the picture's edge where it fits."""
    margin = max(1, round(font.size / 6))
    _, _, width, below = draw.textbbox((0, 0), text, font=font)
    wide, high = round(width) + 2 * margin, round(below) + 2 * margin
    left = max(0, min(corner[0], size[0] - wide))
    top = corner[1] - high if corner[1] >= high else max(0, min(corner[1], size[1] - high))
    draw.rectangle((left, top, left + wide - 1, top + high - 1), fill=colour)
    draw.text((left + margin, top + margin), text, fill=_contrast(colour), font=font)


def _contrast(colour: Colour) -> Colour:
    """Black or white, whichever is read better on it (luma of Rec. 601)."""
    red, green, blue = colour
    return _BLACK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else _WHITE
