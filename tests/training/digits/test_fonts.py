"""Letters of fonts: which fonts are whose, and what a drawn letter looks like."""

import shutil

import numpy as np
import pytest

from training.digits.fonts import CALIBRATION, EVALUATION, drawn, fonts_of, ink_on_field
from training.errors import DataError


def test_the_two_splits_share_no_family_of_fonts():
    families = [{path.name[:6].lower() for path in fonts_of(split)} for split in (CALIBRATION, EVALUATION)]
    assert all(families) and not families[0] & families[1]


def test_a_folders_fonts_are_added_to_the_side_of_their_family(tmp_path):
    [first, *_] = fonts_of(CALIBRATION)
    mine = shutil.copy(first, tmp_path / "Mine.TTF")
    assert fonts_of(CALIBRATION, tmp_path) == [*fonts_of(CALIBRATION), mine]
    assert mine not in fonts_of(EVALUATION, tmp_path)


def test_fonts_that_are_none_are_told(tmp_path):
    with pytest.raises(DataError, match="no fonts for 'test'; allowed are calibration and evaluation"):
        fonts_of("test")
    with pytest.raises(DataError, match=r"has no fonts; put \.ttf or \.otf files"):
        fonts_of(CALIBRATION, tmp_path)
    (tmp_path / "broken.otf").write_bytes(b"no font")
    with pytest.raises(DataError, match=r"broken\.otf cannot be read"):
        fonts_of(CALIBRATION, tmp_path)


def test_letters_are_bright_ink_in_the_middle_and_a_seed_gives_the_same_again():
    fonts = fonts_of(EVALUATION)
    pictures, names = drawn(fonts, "xyz", 12, np.random.default_rng(0))
    assert (pictures.shape, pictures.dtype, len(names)) == ((12, 28, 28), np.dtype(np.uint8), 12)
    assert set(names) <= set("xyz") and len(set(names)) > 1
    places = np.mgrid[:28, :28]
    middles = (pictures[None] * places[:, None]).sum(axis=(2, 3)) / pictures.sum(axis=(1, 2))
    assert abs(middles - 14).max() < 1.5  # as MNIST's, whose middle is that of the mass
    assert pictures.max() == 255 and pictures[:, 0].max() == 0
    again, _ = drawn(fonts, "xyz", 12, np.random.default_rng(0))
    assert (pictures == again).all()


def test_letters_that_no_font_has_are_told():
    with pytest.raises(DataError, match="hardly any of the letters"):
        drawn(fonts_of(EVALUATION), "\ue123", 2, np.random.default_rng(0))
    with pytest.raises(DataError, match="0 fonts"):
        drawn([], "x", 2, np.random.default_rng(0))


def test_no_ink_is_no_letter():
    assert ink_on_field(np.zeros((40, 40), np.uint8)) is None
