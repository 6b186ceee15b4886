"""Boxes are where they belong, and their labels can be read on any background."""

import io

import numpy as np
import pytest
from PIL import Image

from service.images.boxes import Box
from service.images.drawing import LabelledBox, colour_of, draw_boxes, encoded


def picture(value, size=(300, 200)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def drawn(background, *boxes, size=(300, 200)):
    return np.asarray(draw_boxes(picture(background, size), [LabelledBox(box, f"thing {n}", n) for n, box in enumerate(boxes)]))


@pytest.mark.parametrize("background", [0, 128, 255])
def test_a_box_is_drawn_at_its_edges_and_nothing_is_filled(background):
    found = drawn(background, Box(100, 80, 120, 90))
    changed = (found != background).any(axis=2)
    assert changed[80, 100:220].all() and changed[169, 100:220].all()
    assert changed[80:170, 100].all() and changed[80:170, 219].all()
    assert not changed[90:160, 110:210].any()
    assert not changed[:55].any() and not changed[:, :95].any()


@pytest.mark.parametrize("number", range(12))
def test_a_label_is_bright_on_dark_or_dark_on_bright(number):
    found = draw_boxes(picture(128), [LabelledBox(Box(50, 60, 100, 100), "horse 0.87", number)])
    ground = np.asarray(found)[42:59, 51:100].reshape(-1, 3).astype(int)
    light = ground @ (299, 587, 114) // 1000
    assert light.max() - light.min() > 100
    assert (ground == colour_of(number)).all(axis=1).mean() > 0.3


def test_labels_have_colours_of_their_own():
    assert len({colour_of(number) for number in range(80)}) == 80


@pytest.mark.parametrize("box", [Box(0, 0, 300, 200), Box(280, 190, 20, 10), Box(0, 195, 5, 5), Box(299, 0, 1, 1), Box(-5, -5, 400, 300)])
def test_boxes_at_and_over_the_edges_are_drawn_as_far_as_the_picture_goes(box):
    assert drawn(255, box).shape == (200, 300, 3)
    assert (drawn(255, box) != 255).any()


def test_lines_and_letters_grow_with_the_picture():
    small, large = drawn(0, Box(50, 60, 100, 100)), drawn(0, Box(500, 600, 1000, 1000), size=(3000, 2000))

    def share(found, row, columns):
        return (found[row, columns] != 0).any(axis=1).sum()

    assert share(large, 1200, slice(450, 600)) >= 3 * share(small, 120, slice(45, 60))
    assert (large[500:600] != 0).any(axis=2).sum() > 30 * (small[40:60] != 0).any(axis=2).sum()


def test_the_first_box_is_drawn_over_the_others():
    found = drawn(0, Box(50, 60, 100, 100), Box(50, 60, 100, 100))
    assert tuple(found[61, 120]) == colour_of(0)


def test_a_tiny_picture_and_odd_labels_are_drawn():
    image = draw_boxes(picture(9, (8, 8)), [LabelledBox(Box(1, 1, 3, 3), "an unreasonably long label ✓ 猫", 3)])
    assert image.size == (8, 8)


def test_the_picture_itself_is_left_alone():
    given = picture(0)
    draw_boxes(given, [LabelledBox(Box(1, 1, 30, 30), "x", 0)])
    assert not given.any()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_it_is_written_as_asked(kind):
    with Image.open(io.BytesIO(encoded(draw_boxes(picture(7), []), kind))) as image:
        assert (image.format, image.size) == (kind, (300, 200))
