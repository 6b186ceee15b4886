"""The sets of what is no digit, and digits of the same fonts."""

import cv2
import numpy as np
import pytest

from training.digits.fonts import CALIBRATION, EVALUATION
from training.digits.is_digit import APART
from training.digits.not_digits import LETTERS, LIKE_DIGITS, font_digits, not_digit_sets

COUNT = 8


@pytest.fixture(scope="module")
def sets():
    return {split: not_digit_sets(split, count=COUNT) for split in (CALIBRATION, EVALUATION)}


def test_each_set_has_its_share_of_pictures_in_the_form_of_mnist(sets):
    shares = {"letters": 8, APART: 2, "textures": 8, "photos": 4, "photos, unprepared": 4, "blank paper": 2}
    for found in sets.values():
        assert {name: len(pictures) for name, pictures in found.items()} == shares
        assert {(pictures.shape[1:], pictures.dtype) for pictures in found.values()} == {((28, 28), np.dtype(np.uint8))}


def test_the_splits_differ_and_each_is_the_same_every_time(sets):
    again = not_digit_sets(EVALUATION, count=COUNT)
    for name, pictures in sets[EVALUATION].items():
        assert (pictures == again[name]).all()
    for name in ("letters", "textures", "photos, unprepared"):
        assert (sets[CALIBRATION][name] != sets[EVALUATION][name]).any()


def test_textures_and_photos_differ_among_themselves(sets):
    for name in ("textures", "photos, unprepared"):
        assert len({picture.tobytes() for picture in sets[EVALUATION][name]}) == len(sets[EVALUATION][name])


def test_letters_that_could_be_digits_are_apart():
    assert not set(LETTERS) & set(LIKE_DIGITS) and len(LETTERS) + len(LIKE_DIGITS) == 52


def test_every_other_photo_of_a_folder_is_used_and_what_is_none_passed_over(tmp_path):
    for name, gray in (("a.png", 0), ("b.png", 255)):
        cv2.imwrite(str(tmp_path / name), np.full((64, 64, 3), gray, np.uint8))
    (tmp_path / "c.txt").write_text("no photo")
    grays = {
        split: not_digit_sets(split, photos=tmp_path, count=8)["photos, unprepared"].mean(axis=(1, 2))
        for split in (CALIBRATION, EVALUATION)
    }
    assert 0 in grays[CALIBRATION] and 255 not in grays[CALIBRATION]
    assert 255 in grays[EVALUATION] and 0 not in grays[EVALUATION]


def test_digits_of_fonts_say_which_they_are():
    pictures, digits = font_digits(CALIBRATION, count=30)
    assert pictures.shape == (30, 28, 28) and digits.shape == (30,)
    assert set(digits.tolist()) <= set(range(10)) and len(set(digits.tolist())) > 5
