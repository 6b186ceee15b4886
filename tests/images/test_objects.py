"""From a picture to what the detector sees, and from what it finds to the answer."""

import numpy as np
import pytest
from PIL import Image

from service.errors import InvalidRequest
from service.images.boxes import Box
from service.images.objects import WantedObjects, find_objects, read_for_objects, wanted_objects
from service.predictors.detector_input import LETTERBOX, DetectorInput
from service.predictors.predictions import FLOOR
from tests.fakes import PatchDetector, patch_bundle
from tests.images.files import file_of

EVERYTHING = WantedObjects(0.0, (), 10)


class AskedDetector(PatchDetector):
    """Keeps the floors that it was asked with."""

    def __init__(self, bundle) -> None:
        self.bundle = bundle
        self.floors: list[float] = []

    def detect(self, pictures, floor: float = FLOOR):
        self.floors.append(floor)
        return super().detect(pictures, floor)


def picture(*patches, size=(640, 480)) -> bytes:
    image = Image.new("RGB", size, "white")
    for colour, place in patches:
        image.paste(colour, place)
    return file_of(image, "PNG")


def look(data, bundle, wanted=EVERYTHING):
    return find_objects(read_for_objects(data, bundle), AskedDetector(bundle), wanted)


@pytest.mark.parametrize("size", [(640, 480), (4000, 1000), (100, 900), (20, 20)])
@pytest.mark.parametrize("resize", ["stretch", LETTERBOX])
def test_boxes_come_back_to_the_pictures_own_pixels(size, resize):
    bundle = patch_bundle(input=DetectorInput(96, 64, resize=resize))
    place = (size[0] // 4, size[1] // 4, 3 * size[0] // 4, size[1])
    [found] = look(picture(((255, 0, 0), place), size=size), bundle).objects
    expected = [place[0], place[1], place[2] - place[0], place[3] - place[1]]
    scale = max(size[0] / 96, size[1] / 64) if resize == LETTERBOX else None
    near = [max(1.0, 2 * (scale or side / part)) for side, part in zip((*size, *size), (96, 64, 96, 64), strict=True)]
    box = (found.box.x, found.box.y, found.box.width, found.box.height)
    assert all(abs(one - other) <= bound for one, other, bound in zip(box, expected, near, strict=True)), (box, expected)
    assert found.box.right <= size[0] + 0.1 and found.box.bottom <= size[1] + 0.1


def test_the_answer_in_json_is_rounded():
    told = look(picture(((0, 255, 0), (0, 0, 320, 480))), patch_bundle()).to_json()
    assert list(told) == ["format", "width", "height", "objects", "warnings"]
    assert told["objects"] == [{"label": "green thing", "score": 1.0, "box": {"x": 0.0, "y": 0.0, "width": 320.0, "height": 480.0}}]


@pytest.mark.parametrize(("min_score", "floor"), [(0.9, 0.4), (0.4, 0.4), (0.3, FLOOR), (0.01, 0.01)])
def test_one_of_few_floors_is_asked_for_whatever_score_is_wanted_so_that_requests_share_batches(min_score, floor):
    detector = AskedDetector(patch_bundle())
    find_objects(read_for_objects(picture(), detector.bundle), detector, WantedObjects(min_score, (), 10))
    assert detector.floors == [floor]


def test_what_is_wanted_is_taken_from_the_bundle_where_nothing_is_said():
    bundle = patch_bundle()
    assert wanted_objects(bundle, min_score=None, labels=[], most=7) == WantedObjects(0.4, (), 7)
    assert wanted_objects(bundle, min_score=0.0, labels=["blue thing", "red thing"], most=7) == WantedObjects(0.0, (2, 0), 7)


def test_a_label_that_there_is_not_is_told_with_close_ones():
    with pytest.raises(InvalidRequest, match="no label 'gren thing' among the 3 of patches; there is green thing"):
        wanted_objects(patch_bundle(), min_score=None, labels=["gren thing"], most=7)
    with pytest.raises(InvalidRequest, match="there is red thing"):
        wanted_objects(patch_bundle(), min_score=None, labels=["zebra"], most=7)


def test_drawn_boxes_name_label_and_score():
    [drawn] = look(picture(((0, 0, 255), (0, 0, 320, 480))), patch_bundle()).drawn()
    assert (drawn.text, drawn.number, drawn.box) == ("blue thing 1.00", 2, Box(0, 0, 320, 480))


def test_a_large_picture_is_reduced_but_not_below_the_networks_size():
    view = read_for_objects(picture(size=(3000, 2000)), patch_bundle(input=DetectorInput(416, 416)))
    assert view.network.shape == (416, 416, 3) and view.network.dtype == np.uint8
    assert min(view.size) == 500 and (view.facts.width, view.facts.height) == (3000, 2000)
