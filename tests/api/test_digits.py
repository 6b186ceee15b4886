"""POST /v1/digits: the digits on a picture, with their boxes, and what is no digit left out."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.api.conftest import problem_of
from tests.api.picture_models import picture_service
from tests.images.files import file_of

PAPER, PEN = (240, 238, 230), (40, 40, 60)


@pytest.fixture(scope="module")
def client(tmp_path_factory, new_sqlite):
    with picture_service(new_sqlite(), tmp_path_factory.mktemp("d")) as (_service, client):
        yield client


def page(*marks: str, kind="PNG", **options) -> bytes:
    """A sheet with a circle for each 0, a stroke for each 1 and a black square for each #."""
    image = Image.new("RGB", (40 + 100 * len(marks), 160), PAPER)
    draw = ImageDraw.Draw(image)
    for place, mark in enumerate(marks):
        left = 40 + 100 * place
        if mark == "0":
            draw.ellipse((left, 40, left + 50, 120), outline=PEN, width=8)
        elif mark == "1":
            draw.line((left + 25, 40, left + 25, 120), fill=PEN, width=8)
        else:
            draw.rectangle((left, 50, left + 45, 110), fill=PEN)
    return file_of(image, kind, **options)


def ask(client, data, kind="image/png", **parameters):
    return client.post("/v1/digits", content=data, headers={"Content-Type": kind}, params=parameters)


def test_digits_come_from_left_to_right_with_their_boxes(client):
    found = ask(client, page("1", "0", "1")).json()
    assert [each["digit"] for each in found["digits"]] == [1, 0, 1]
    assert [each["box"]["x"] for each in found["digits"]] == [pytest.approx(x, abs=4) for x in (61, 140, 261)]
    for each in found["digits"]:
        assert len(each["probabilities"]) == 10 and each["score"] == each["probabilities"][each["digit"]]
        assert (each["box"]["y"], each["box"]["height"]) == (pytest.approx(40, abs=4), pytest.approx(81, abs=6))
        assert "layers" not in each
    assert found["warnings"] == []


def test_boxes_are_pixels_of_the_picture_however_large_it_is(client):
    with Image.open(io.BytesIO(page("0", "1"))) as image:
        large = file_of(image.resize((240 * 17, 160 * 17)), "PNG")
    found = ask(client, large).json()
    assert (found["width"], found["height"]) == (4080, 2720)
    assert [each["box"]["x"] for each in found["digits"]] == [pytest.approx(17 * x, abs=40) for x in (40, 161)]


def test_a_page_on_its_side_is_read_upright(client):
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned counter-clockwise by 90 degrees
    with Image.open(io.BytesIO(page("1", "0"))) as image:
        stored = file_of(image.transpose(Image.Transpose.ROTATE_270), "JPEG", exif=exif, quality=95)
    found = ask(client, stored, "image/jpeg").json()
    assert ([each["digit"] for each in found["digits"]], found["width"]) == ([1, 0], 240)


def test_ink_that_is_no_digit_is_left_out_and_this_is_said(client):
    data = file_of(Image.fromarray(np.full((28, 28), 255, np.uint8)), "PNG")
    found = ask(client, data, mode="single").json()
    assert (found["digits"], found["warnings"]) == ([], ["1 of 1 pieces of ink are no digits"])


def test_blank_paper_has_none(client):
    assert ask(client, page()).json()["digits"] == []


def test_a_single_digit_may_fill_the_picture(client):
    small = np.zeros((28, 28), np.uint8)
    small[4:24, 12:16] = 255
    found = ask(client, file_of(Image.fromarray(small), "PNG"), mode="single").json()
    assert [each["digit"] for each in found["digits"]] == [1]
    assert found["digits"][0]["box"] == {"x": 0, "y": 0, "width": 28, "height": 28}


def test_the_layers_of_the_network_are_shown_for_the_first_digits(client):
    found = ask(client, page(*"10" * 6), explain=True).json()
    assert len(found["digits"]) == 12
    assert ["layers" in each for each in found["digits"]] == [True] * 10 + [False] * 2
    assert found["warnings"] == ["of 12 digits the first 10 are explained"]
    for layer, (name, channels) in zip(found["digits"][0]["layers"], [("edges", 2), ("scores", 10)], strict=True):
        assert (layer["name"], layer["channels"]) == (name, channels)
        with Image.open(io.BytesIO(b64decode(layer["png"]))) as image:
            assert image.format == "PNG"


def test_another_mode_is_refused(client):
    assert problem_of(ask(client, page("1"), mode="book")) == (422, "invalid-request")
