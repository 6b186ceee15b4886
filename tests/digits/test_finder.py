import cv2
import numpy as np
import pytest

from service.digits.field import on_field
from service.digits.finder import find_digits, whole_picture
from service.digits.marks import Mark
from tests.handwriting import STROKES, Scene, photographed, trimmed, written, written_digit


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def templates():
    """Each digit as it is drawn, in the form of MNIST."""
    random = np.random.default_rng(0)
    inks = {digit: written_digit(digit, 160, random) for digit in STROKES}
    return {digit: on_field(ink, Mark(0, 0, ink > 0.5).stroke) for digit, ink in inks.items()}


def read(found, templates):
    """The digits that the pictures are most like."""
    return "".join(max(templates, key=lambda digit: likeness(templates[digit], one.image)) for one in found)


def likeness(one, other):
    return np.corrcoef(cv2.GaussianBlur(one, (0, 0), 1.5).ravel(), cv2.GaussianBlur(other, (0, 0), 1.5).ravel())[0, 1]


def overlap(found, box):
    x, y, width, height = box
    wide = min(found.x + found.width, x + width) - max(found.x, x)
    tall = min(found.y + found.height, y + height) - max(found.y, y)
    common = max(wide, 0) * max(tall, 0)
    return common / (found.width * found.height + width * height - common)


SCENES = {
    "plain": Scene(),
    "turned to the right": Scene(degrees=18),
    "turned to the left": Scene(degrees=-18),
    "chalk on a board": Scene(bright_ink=True, degrees=6),
    "shadow": Scene(shadow=True, shade=0.5),
    "pencil": Scene(contrast=0.3),
    "perspective": Scene(perspective=0.04, degrees=10),
    "ruled and turned": Scene(ruled=True, degrees=8, perspective=0.02),
    "noise": Scene(noise=10, quality=50),
    "large": Scene(size=(1720, 1290), degrees=-9),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_year_on_paper_is_found_digit_by_digit(scene, random, templates):
    photo = written("2026", 70 * scene.size[0] // 640, random, scene)
    found = find_digits(photo.picture)
    assert read(found, templates) == photo.text
    assert min(overlap(one, box) for one, box in zip(found, photo.boxes, strict=True)) > 0.6


@pytest.mark.parametrize("height", [24, 60, 150])
def test_digits_of_any_size_are_found(height, random, templates):
    photo = written("375", height, random)
    assert read(find_digits(photo.picture), templates) == photo.text


def test_rows_are_read_from_the_top_each_from_the_left(random, templates):
    photo = written("1234\n567\n890", 60, random, Scene(degrees=7))
    assert read(find_digits(photo.picture), templates) == photo.text


def test_a_single_digit_is_not_turned(random):
    photo = written("7", 150, random, Scene(degrees=15, shade=0, noise=0))
    (found,) = find_digits(photo.picture)
    upright = find_digits(written("7", 150, np.random.default_rng(7), Scene(shade=0, noise=0)).picture)[0]
    turn = cv2.getRotationMatrix2D((14, 14), -15, 1)
    assert likeness(cv2.warpAffine(upright.image, turn, (28, 28)), found.image) > likeness(upright.image, found.image)


def test_a_digit_comes_in_the_form_of_mnist(random):
    for found in find_digits(written("0123", 90, random).picture):
        image = found.image.astype(float)
        rows, columns = np.flatnonzero(image.max(axis=1)), np.flatnonzero(image.max(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(20, abs=1)
        assert image.max() == 255 and image[0, 0] == 0
        middle = [image.sum(axis=1) @ np.arange(28) / image.sum(), image.sum(axis=0) @ np.arange(28) / image.sum()]
        assert middle == pytest.approx([14, 14], abs=0.6)


@pytest.mark.parametrize(
    "scene", [Scene(), Scene(noise=12), Scene(bright_ink=True), Scene(ruled=True, degrees=5), Scene(shadow=True)], ids=str
)
def test_blank_paper_has_no_digits(scene, random):
    assert find_digits(photographed([], "", random, scene).picture) == []


def test_the_desk_around_the_sheet_is_no_ink(random, templates):
    photo = written("48", 80, random, Scene(noise=2))
    picture = photo.picture.copy()
    picture[:, :70] = picture[-60:] = (70, 50, 40)
    assert read(find_digits(picture), templates) == "48"


def strokes(*lines):
    """Ink of lines of the pen in a box of 100 by 100."""
    canvas = np.zeros((140, 240), np.uint8)
    for points in lines:
        cv2.polylines(canvas, [np.array(points, np.int32) + 20], False, 255, 8, cv2.LINE_AA)
    return trimmed(canvas).astype(np.float32) / 255


@pytest.mark.parametrize(
    "lines",
    [
        [[(10, 22), (8, 45), (40, 45), (55, 70), (40, 95), (5, 95)], [(14, 4), (62, 2)]],  # a 5 with its bar apart
        [[(15, 5), (5, 55), (40, 58)], [(50, 20), (49, 100)]],  # a 4 of two strokes
    ],
    ids=["5", "4"],
)
def test_strokes_of_one_digit_stay_together(lines, random):
    one, ink = written_digit("1", 100, random), strokes(*lines)
    photo = photographed([[one, ink, one]], "", random, Scene())
    assert len(find_digits(photo.picture)) == 3


def test_touching_digits_are_cut_apart(random):
    both = strokes([(5, 5), (5, 95), (60, 95), (60, 5), (5, 5)], [(60, 50), (80, 50)], [(80, 5), (140, 5), (140, 95), (80, 95), (80, 5)])
    found = find_digits(photographed([[both]], "", random, Scene()).picture)
    assert len(found) == 2 and found[0].x + found[0].width <= found[1].x + 3


def test_specks_and_dashes_are_no_digits(random, templates):
    picture = written("31", 90, random).picture.copy()
    for x, y in random.integers((20, 20), (620, 80), (30, 2)):
        cv2.circle(picture, (int(x), int(y)), 2, (40, 40, 40), -1)
    cv2.line(picture, (240, 420), (400, 424), (40, 40, 40), 5)
    assert read(find_digits(picture), templates) == "31"


def test_a_picture_of_mnists_form_stays_as_it_is(templates):
    for picture in templates.values():
        assert np.array_equal(whole_picture(picture), picture)
        assert np.array_equal(whole_picture(255 - picture), picture)
        assert np.array_equal(whole_picture(np.repeat(picture[..., None], 3, axis=2)), picture)


@pytest.mark.parametrize("digit", STROKES)
def test_a_single_digit_fills_the_picture(digit, random, templates):
    photo = written(digit, 300, random, Scene(size=(320, 400), bright_ink=digit in "147", degrees=5))
    image = whole_picture(photo.picture)
    assert max(templates, key=lambda other: likeness(templates[other], image)) == digit


def test_blank_paper_as_a_single_digit_is_black(random):
    assert not whole_picture(photographed([], "", random, Scene(size=(120, 90))).picture).any()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (2, 3000, 3), (3000, 1), (28, 28), (5, 5, 3)])
def test_pictures_of_odd_shapes_are_read(shape, random):
    for picture in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), random.integers(0, 256, shape).astype(np.uint8)):
        find_digits(picture)
        assert whole_picture(picture).shape == (28, 28)
