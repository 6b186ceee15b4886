"""Pictures of every kind that people send, with a tagger that knows nothing but colours."""

import contextlib
import io
import zlib

import numpy as np
import pytest
from PIL import Image

from service.errors import NotAPicture
from service.images.reading import ImageFacts
from service.predictors.predictions import Predictions
from service.stills import StillResult, read_still, tag_still
from tests.fakes import ColourTagger

RED, GREEN = (200, 20, 20), (20, 200, 20)
SIZE = (120, 80)


def file_of(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def plain(colour=RED, size=SIZE, mode="RGB") -> Image.Image:
    return Image.new("RGB", size, colour).convert(mode)


def tagged(data, tagger: ColourTagger | None = None, **options) -> StillResult:
    return tag_still(read_still(data), tagger or ColourTagger(), **options)


def top_tag(data: bytes) -> str:
    return tagged(data).tags[0][0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_every_kind_of_file_is_read(kind):
    result = tagged(file_of(plain(), kind))
    assert [tag for tag, _ in result.tags] == ["red"]
    assert result.facts == ImageFacts(kind, *SIZE, pictures=1)
    assert list(result.scores) == ["red", "green", "blue", "nudity"]


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("P", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP")])
def test_every_form_of_colour_becomes_rgb(mode, kind):
    assert top_tag(file_of(plain(mode=mode), kind)) == "red"


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_pictures_without_colour_are_gray(mode):
    view = read_still(file_of(plain((255, 255, 255), mode=mode), "PNG")).view
    assert view.min() >= 250


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("value", "expected"), [(0, 0), (32768, 128), (65535, 255)])
def test_sixteen_bits_keep_their_light(kind, value, expected):
    deep = Image.fromarray(np.full((80, 120), value, np.uint16))
    assert abs(int(read_still(file_of(deep, kind)).view.mean()) - expected) <= 1


@pytest.mark.parametrize(("value", "expected"), [(0.5, 128), (1.0, 255)])
def test_light_from_0_to_1_is_read_as_such(value, expected):
    deep = Image.fromarray(np.full((80, 120), value, np.float32))
    assert abs(int(read_still(file_of(deep, "TIFF")).view.mean()) - expected) <= 1


def test_what_is_transparent_is_white():
    clear = Image.new("RGBA", SIZE, (*RED, 0))
    assert read_still(file_of(clear, "PNG")).view.min() == 255
    palette = plain().quantize(2)
    assert read_still(file_of(palette, "PNG", transparency=palette.getpixel((0, 0)))).view.min() == 255


@pytest.mark.parametrize("size", [SIZE, (2400, 1600)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_on_its_side_is_turned_upright(kind, size):
    """Stored on its side, red is at the left; upright it is at the top."""
    stored = Image.new("RGB", size, GREEN)
    stored.paste(RED, (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    still = read_still(file_of(stored, kind, exif=exif))
    assert (still.facts.width, still.facts.height) == size[::-1]
    top, bottom = still.view[20:100].mean(axis=(0, 1)), still.view[-100:-20].mean(axis=(0, 1))
    assert top[0] > top[1] and bottom[1] > bottom[0]


def test_of_several_pictures_the_first_is_looked_at_and_this_is_said():
    moving = file_of(plain(RED), "GIF", save_all=True, append_images=[plain(GREEN)])
    result = tagged(moving)
    assert [tag for tag, _ in result.tags] == ["red"]
    assert result.facts.warnings == ("of the 2 pictures in the file the first was looked at",)


def test_black_bars_are_cut_as_in_films():
    barred = Image.new("RGB", (160, 120), (0, 0, 0))
    barred.paste(RED, (0, 20, 160, 100))
    assert read_still(file_of(barred, "PNG")).view[:, :, 0].min() > 150


def test_a_large_picture_is_shrunk_to_the_network_and_its_own_size_is_told():
    still = read_still(file_of(plain(size=(4000, 3000)), "JPEG"))
    assert (still.view.shape, still.facts.width, still.facts.height) == ((299, 299, 3), 4000, 3000)


def test_a_file_is_read_as_its_bytes(tmp_path):
    path = tmp_path / "poster.jpg"
    path.write_bytes(file_of(plain(), "JPEG"))
    assert tagged(path) == tagged(path.read_bytes())


@pytest.mark.parametrize("data", [b"", b"no picture", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(30)])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(NotAPicture, match="The picture cannot be read as one of JPEG, PNG"):
        read_still(data)


def test_other_kinds_of_pictures_are_refused():
    with pytest.raises(NotAPicture, match="it is none of them"):
        read_still(file_of(plain(), "BMP"))


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(NotAPicture, match=r"poster\.jpg"):
        read_still(tmp_path / "poster.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 120, 3), np.uint8))
    data = file_of(noise, kind)
    with pytest.raises(NotAPicture):
        read_still(data[: int(len(data) * share)])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's remarks on damaged metadata
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_damaged_file_is_read_or_refused(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8))
    whole, random = file_of(noise, kind), np.random.default_rng(1)
    for _ in range(40):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 8):
            data[place] = random.integers(256)
        with contextlib.suppress(NotAPicture):
            assert read_still(bytes(data)).view.shape == (299, 299, 3)


@pytest.mark.parametrize("size", [(4000, 4000), (30000, 30000)])
def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded(size):
    bomb = bytearray(file_of(Image.new("1", (16, 16)), "PNG"))
    bomb[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    header = bytes(bomb[12:29])
    bomb[29:33] = zlib.crc32(header).to_bytes(4, "big")
    with pytest.raises(NotAPicture, match="that are allowed"):
        read_still(bytes(bomb), max_pixels=1_000_000)


def test_a_picture_that_shows_nothing_is_refused():
    with pytest.raises(NotAPicture, match="at least 8x8"):
        read_still(file_of(plain(size=(100, 3)), "PNG"))


class Sensitive(ColourTagger):
    """Sees skin everywhere."""

    def predict(self, views) -> Predictions:
        found = super().predict(views)
        found.scores[:, 3] = 1
        return found


def test_a_sensitive_tag_of_a_still_has_a_score_and_is_no_tag():
    result = tagged(file_of(plain(), "PNG"), Sensitive(), min_score=0.01)
    assert result.scores["nudity"] == 1
    assert [tag for tag, _ in result.tags] == ["red", "green", "blue"]


def test_the_answer_in_json_has_rounded_scores():
    told = tagged(file_of(plain(), "PNG")).to_json()
    assert told["tags"] == [{"tag": "red", "score": 0.8333}]
    assert told["scores"] == {"red": 0.8333, "green": 0.0833, "blue": 0.0833, "nudity": 0.0}
    assert (told["format"], told["width"], told["warnings"]) == ("PNG", 120, [])
