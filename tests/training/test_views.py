import cv2
import numpy as np
import pytest
from PIL import Image

from service.errors import NotAPicture
from service.video.geometry import network_crops, network_input
from training.errors import ConfigError
from training.film_look import film_look
from training.views import load_picture, look

PICTURE = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)


@pytest.mark.parametrize("view", ["whole", "first-crop", "last-crop", "film-1"])
def test_every_view_is_the_networks_input(view):
    assert look(PICTURE, view, "a.webp").shape == (299, 299, 3)


def test_the_whole_view_is_what_is_served():
    assert np.array_equal(look(PICTURE, "whole", "a.webp"), network_input(PICTURE))


def test_the_crops_are_those_of_the_thorough_mode():
    assert np.array_equal(look(PICTURE, "last-crop", "a.webp"), network_crops(PICTURE)[2])


def test_a_film_view_repeats_itself_and_differs_from_the_next():
    first = look(PICTURE, "film-1", "a.webp")
    assert np.array_equal(first, look(PICTURE, "film-1", "a.webp"))
    assert not np.array_equal(first, look(PICTURE, "film-2", "a.webp"))


@pytest.mark.parametrize("view", ["sideways", "film-", "film-x"])
def test_an_unknown_view_names_the_known_ones(view):
    with pytest.raises(ConfigError, match="first-crop"):
        look(PICTURE, view, "a.webp")


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 300, 3), (300, 2, 3)])
def test_the_film_look_takes_any_shape(shape):
    for seed in range(20):
        assert film_look(np.full(shape, 90, np.uint8), np.random.default_rng(seed)).size > 0


def test_pictures_are_read_as_rgb(tmp_path):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((16, 16, 3), (0, 0, 255), np.uint8))
    assert load_picture(tmp_path / "red.png")[0, 0].tolist() == [255, 0, 0]


def test_pictures_are_read_as_the_service_reads_them(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by the camera
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("CMYK", (16, 16)).save(tmp_path / "print.jpg")
    Image.fromarray(np.full((16, 16), 65535, np.uint16)).save(tmp_path / "deep.png")
    assert load_picture(tmp_path / "turned.jpg").shape == (30, 20, 3)
    for name in ("clear.png", "print.jpg", "deep.png"):
        assert load_picture((tmp_path / name).read_bytes())[8, 8].tolist() == [255, 255, 255]


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / "x.webp").write_text("no image")
    with pytest.raises(NotAPicture, match=r"x\.webp"):
        load_picture(tmp_path / "x.webp")
