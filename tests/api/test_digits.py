"""POST /v1/digits: the digits on a picture, with their boxes, and what is no digit left out."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from tests.api.conftest import problem_of
from tests.api.picture_models import picture_service
from tests.handwriting import Photo, Scene, written
from tests.images.files import file_of


@pytest.fixture(scope="module")
def client(tmp_path_factory, new_sqlite):
    with picture_service(new_sqlite(), tmp_path_factory.mktemp("d")) as (_service, client):
        yield client


def page(text: str, height: int = 120) -> Photo:
    return written(text, height, np.random.default_rng(1), Scene(noise=2.0))


def photo(text: str, height: int = 120, times: int = 1) -> bytes:
    """A JPEG of a sheet with the digits 0 and 1, so many times as large."""
    picture = page(text, height).picture
    image = Image.fromarray(picture)
    return file_of(image.resize((times * image.width, times * image.height)), "JPEG", quality=92)


def ask(client, data, kind="image/png", **parameters):
    return client.post("/v1/digits", content=data, headers={"Content-Type": kind}, params=parameters)


def test_digits_come_from_left_to_right_with_their_boxes(client):
    found = ask(client, photo("101")).json()
    assert [each["digit"] for each in found["digits"]] == [1, 0, 1]
    for each, box in zip(found["digits"], page("101").boxes, strict=True):
        assert list(each["box"].values()) == pytest.approx(box, abs=10)
        assert len(each["probabilities"]) == 10 and each["score"] == each["probabilities"][each["digit"]]
        assert "layers" not in each
    assert found["warnings"] == []


def test_boxes_are_pixels_of_the_picture_however_large_it_is(client):
    found = ask(client, photo("01", times=6)).json()
    assert (found["format"], found["width"], found["height"]) == ("JPEG", 3840, 2880)
    assert [each["box"]["x"] for each in found["digits"]] == [pytest.approx(6 * box[0], abs=60) for box in page("01").boxes]


def test_a_page_on_its_side_is_read_upright(client):
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned counter-clockwise by 90 degrees
    stored = Image.fromarray(page("10").picture).transpose(Image.Transpose.ROTATE_270)
    found = ask(client, file_of(stored, "JPEG", exif=exif, quality=92)).json()
    assert ([each["digit"] for each in found["digits"]], found["width"]) == ([1, 0], 640)


def test_ink_that_is_no_digit_is_left_out_and_this_is_said(client):
    data = file_of(Image.fromarray(np.full((28, 28), 255, np.uint8)), "PNG")
    found = ask(client, data, mode="single").json()
    assert (found["digits"], found["warnings"]) == ([], ["1 of 1 pieces of ink are no digits"])


def test_blank_paper_has_none(client):
    assert ask(client, file_of(Image.new("RGB", (320, 240), (240, 238, 230)), "PNG")).json()["digits"] == []


def test_a_single_digit_may_fill_the_picture(client):
    small = np.zeros((28, 28), np.uint8)
    small[4:24, 12:16] = 255
    found = ask(client, file_of(Image.fromarray(small), "PNG"), mode="single").json()
    assert [each["digit"] for each in found["digits"]] == [1]
    assert found["digits"][0]["box"] == {"x": 0, "y": 0, "width": 28, "height": 28}


def test_the_layers_of_the_network_are_shown_for_the_first_digits(client):
    found = ask(client, photo("101010\n010101", 80), explain=True).json()
    assert len(found["digits"]) == 12
    assert ["layers" in each for each in found["digits"]] == [True] * 10 + [False] * 2
    assert found["warnings"] == ["of 12 digits the first 10 are explained"]
    for layer, (name, channels) in zip(found["digits"][0]["layers"], [("edges", 2), ("scores", 10)], strict=True):
        assert (layer["name"], layer["channels"]) == (name, channels)
        with Image.open(io.BytesIO(b64decode(layer["png"]))) as image:
            assert image.format == "PNG"


def test_another_mode_is_refused(client):
    assert problem_of(ask(client, photo("1"), mode="book")) == (422, "invalid-request")
