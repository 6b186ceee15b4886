"""Pictures of every kind that people send are read alike; what is none is refused in words that help."""

import io
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from service.errors import NotAPicture
from service.images.counting import MOST_COUNTED
from service.images.reading import FORMATS, read_image
from tests.images.files import HEIC, PDF, SVG, file_of, gif_of, plain, png_claiming, sound

UPRIGHT = np.zeros((40, 60, 3), np.uint8)  # red at the upper left, green at the lower right
UPRIGHT[:20, :30] = (220, 0, 0)
UPRIGHT[20:, 30:] = (0, 220, 0)
# How an upright picture lies in a file whose EXIF says this.
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: np.rot90(UPRIGHT),
    7: np.rot90(UPRIGHT, 2).transpose(1, 0, 2),
    8: np.rot90(UPRIGHT, -1),
}


def test_a_picture_comes_as_it_is_upright_and_in_rgb():
    read = read_image(file_of(Image.fromarray(UPRIGHT), "PNG"))
    assert (read.facts.format, read.facts.width, read.facts.height, read.facts.pictures) == ("PNG", 60, 40, 1)
    assert read.facts.warnings == ()
    assert read.picture.dtype == np.uint8 and np.array_equal(read.picture, UPRIGHT)


@pytest.mark.parametrize("turn", STORED)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_every_orientation_is_undone(turn, kind):
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"lossless": True} if kind == "WEBP" else {}
    read = read_image(file_of(Image.fromarray(np.ascontiguousarray(STORED[turn])), kind, exif=exif, **options))
    assert (read.facts.width, read.facts.height) == (60, 40)
    assert np.array_equal(read.picture, UPRIGHT)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_read(kind):
    read = read_image(file_of(plain(), kind))
    assert read.facts.format == kind
    assert np.abs(read.picture.mean(axis=(0, 1)) - (200, 20, 20)).max() < 4


def test_avif_with_alpha_is_on_white():
    assert read_image(file_of(Image.new("RGBA", (64, 64), (200, 20, 20, 0)), "AVIF")).picture.min() >= 250


@pytest.mark.parametrize(("enough", "side"), [(None, 2000), (720, 1000), (1000, 1000), (1001, 2000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_more_is_read_than_is_enough_and_no_less(kind, enough, side):
    read = read_image(file_of(plain(size=(2600, 2000)), kind), enough=enough)
    assert read.facts.width == 2600
    assert min(read.picture.shape[:2]) == side


def test_a_cmyk_jpeg_keeps_its_colours():
    read = read_image(file_of(plain().convert("CMYK"), "JPEG"))
    assert np.abs(read.picture.mean(axis=(0, 1)) - (200, 20, 20)).max() < 12


def test_ten_thousand_frames_are_not_decoded():
    begun = time.process_time()
    read = read_image(gif_of(10_000))
    assert time.process_time() - begun < 5  # a bound that only decoding them all would break
    assert read.picture.mean(axis=(0, 1)).argmax() == 0
    assert read.facts.pictures == MOST_COUNTED
    assert read.facts.warnings == (f"of the {MOST_COUNTED} or more pictures in the file the first was looked at",)


@pytest.mark.parametrize("frames", [1, 2, 30])
def test_the_frames_of_a_gif_are_counted(frames):
    data = gif_of(frames)
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) == frames
    assert read_image(data).facts.pictures == frames


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_pictures_of_a_file_are_counted_and_the_first_is_read(kind):
    more = [plain((20, 20, 200)), plain((20, 200, 20))]
    read = read_image(file_of(plain(), kind, save_all=True, append_images=more))
    assert read.facts.warnings == ("of the 3 pictures in the file the first was looked at",)
    assert read.picture.mean(axis=(0, 1)).argmax() == 0


def test_a_tiff_of_many_pages_is_counted_so_far():
    pages = [Image.new("1", (8, 8))] * (MOST_COUNTED + 5)
    assert read_image(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:])).facts.pictures == MOST_COUNTED


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is none of them, for it is empty"),
        (PDF, "but a PDF document"),
        (SVG, "but an SVG drawing: save it as PNG"),
        (sound(), "but a WAV sound file"),
        (HEIC, "but HEIC, for which there is no decoder here: save it as JPEG"),
        (b"ID3\4" + bytes(200), "but an MP3 sound file"),
        (b"Once upon a time", "but text"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "but a film"),
        (b"PK\3\4" + bytes(100), "but a ZIP archive"),
        (file_of(plain(), "BMP"), "it is none of them"),
        (bytes(range(256)), "it is none of them"),
        (png_claiming(0, 0), "at least 8x8"),
        (png_claiming(0, 20), "at least 8x8"),
        (file_of(plain(size=(1, 1)), "PNG"), "at least 8x8"),
        (png_claiming(20_000, 20_000), "claims more than the 50000000 pixels"),
        (png_claiming(8_000, 8_000), "more than the 50000000 that are allowed"),
        (png_claiming(2**31 - 1, 2**31 - 1), "claims more than"),
    ],
)
def test_what_cannot_be_read_is_told_in_words_that_help(data, told):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NotAPicture) as refusal:
            read_image(data)
    assert told in str(refusal.value) or (told == "at least 8x8" and "cannot be read" in str(refusal.value))


def test_a_file_is_refused_by_its_name(tmp_path):
    (tmp_path / "paper.jpg").write_bytes(PDF)
    with pytest.raises(NotAPicture, match=r"paper\.jpg cannot be read .* but a PDF document"):
        read_image(tmp_path / "paper.jpg")
