"""Bent digits stay digits: ink is kept, places move little, and a seed gives the same again."""

import numpy as np

from training.digits.warps import Warp, Warper

STILL = Warp(turn=0, scale=0, shear=0, shift=0, elastic=0)


def _ring(count=1):
    y, x = np.mgrid[:28, :28] - 13.5
    return np.repeat((255 * np.exp(-((np.hypot(x, y) - 7) ** 2))).astype(np.uint8)[None], count, axis=0)


def test_without_any_warp_a_picture_stays_as_it_is():
    pictures = _ring(3)
    assert (Warper(STILL, 1)(pictures) == pictures).all()


def test_a_seed_gives_the_same_again_and_another_seed_other_pictures():
    pictures = _ring(16)
    assert (Warper(Warp(), 3)(pictures) == Warper(Warp(), 3)(pictures)).all()
    assert (Warper(Warp(), 3)(pictures) != Warper(Warp(), 4)(pictures)).any()


def test_ink_moves_by_the_bound_at_most():
    pictures = np.zeros((400, 28, 28), np.uint8)
    pictures[:, 13:15, 13:15] = 255
    bent = Warper(Warp(turn=0, scale=0, shear=0, shift=2.5, elastic=0), 5)(pictures).astype(float)
    y, x = np.mgrid[:28, :28]
    places = np.stack([(bent * axis).sum(axis=(1, 2)) / bent.sum(axis=(1, 2)) for axis in (x, y)])
    assert abs(places - 13.5).max() <= 2.6
    assert places.std(axis=1).min() > 1  # and it does move


def test_a_turn_turns_and_keeps_the_ink():
    pictures = np.zeros((200, 28, 28), np.uint8)
    pictures[:, 5:23, 13:15] = 255
    bent = Warper(Warp(turn=20, scale=0, shear=0, shift=0, elastic=0), 6)(pictures).astype(float)
    assert abs(bent.sum(axis=(1, 2)) / pictures[0].sum() - 1).max() < 0.05
    y, x = np.mgrid[:28, :28] - 13.5
    slant = (bent * x * y).sum(axis=(1, 2)) / (bent * y * y).sum(axis=(1, 2))
    turned = np.rad2deg(np.arctan(slant))
    assert 15 < abs(turned).max() <= 21
