"""Heat maps as pictures: where they are hot, and where nothing is."""

import io

import numpy as np
import pytest
from PIL import Image

from service.errors import NotAPicture
from service.images.heat import FULL, OPACITY, HeatView, draw_heat, read_for_heat

WIDTH, HEIGHT = 320, 180


def view(inner=(0, 0, WIDTH, HEIGHT)):
    return HeatView((WIDTH, HEIGHT), inner, np.zeros((299, 299, 3), np.uint8))


def one_place(row, column, log_odds=0.2):
    heat = np.zeros((8, 8), np.float32)
    heat[row, column] = log_odds
    return heat


def drawn(heat, seen=None):
    return np.asarray(draw_heat(heat, seen or view()))


def encoded(picture):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "png")
    return stream.getvalue()


def letterboxed():
    picture = np.random.default_rng(0).integers(60, 255, (HEIGHT, WIDTH, 3), np.uint8)
    picture[:24] = picture[-24:] = 0
    return picture


def test_the_picture_is_as_large_as_the_frame_and_hottest_where_the_map_is():
    picture = drawn(one_place(2, 6))
    assert picture.shape == (HEIGHT, WIDTH, 4)
    row, column = np.unravel_index(picture[..., 3].argmax(), (HEIGHT, WIDTH))
    assert (row * 8 // HEIGHT, column * 8 // WIDTH) == (2, 6)
    assert picture[..., 3].max() == pytest.approx(255 * OPACITY, abs=8)


def test_where_nothing_speaks_for_the_tag_it_is_transparent():
    assert drawn(np.zeros((8, 8), np.float32))[..., 3].max() == 0
    far = drawn(one_place(2, 6))[120:, :160, 3]
    assert far.max() == 0


def test_hotter_is_lighter_and_covers_more():
    heat = np.tile(np.linspace(0, 0.2, 8, dtype=np.float32), (8, 1))
    middle = drawn(heat)[HEIGHT // 2].astype(float)
    light = middle[:, :3] @ (0.21, 0.72, 0.07)
    hot = middle[:, 3] > 0
    assert (np.diff(middle[:, 3]) >= 0).all() and (np.diff(light[hot]) >= -1).all()
    assert light[hot][0] < 40 and light[hot][-1] > 200


def test_a_faint_map_stays_faint():
    assert drawn(one_place(4, 4, FULL / 10))[..., 3].max() < drawn(one_place(4, 4, FULL))[..., 3].max() / 3


def test_the_change_from_place_to_place_is_smooth():
    alpha = drawn(one_place(4, 4))[..., 3].astype(int)
    assert max(np.abs(np.diff(alpha, axis=axis)).max() for axis in (0, 1)) < 32


def test_black_bars_have_no_heat():
    seen = read_for_heat(encoded(letterboxed()))
    assert (seen.size, seen.inner, seen.network.shape) == ((WIDTH, HEIGHT), (0, 24, WIDTH, HEIGHT - 24), (299, 299, 3))
    picture = drawn(np.full((8, 8), 0.2, np.float32), seen)
    assert picture[:24, :, 3].max() == picture[-24:, :, 3].max() == 0
    assert picture[24:-24, :, 3].min() > 200


def test_what_is_no_picture_is_told():
    with pytest.raises(NotAPicture):
        read_for_heat(b"nothing")
