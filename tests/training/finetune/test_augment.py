import numpy as np
import pytest

from training.config import FinetuneConfig
from training.finetune.augment import augmented
from training.finetune.pictures import epoch_order, plain_order

PICTURE = np.random.default_rng(0).integers(30, 226, (60, 90, 3), np.uint8)
NOTHING = {"mirror": 0.0, "smallest_crop": 1.0, "colour": 0.0, "erasing": 0.0, "film_look": 0.0, "size": 75}


def changed(seed=0, **changes):
    return augmented(PICTURE, FinetuneConfig(**{**NOTHING, **changes}), np.random.default_rng(seed))


@pytest.mark.parametrize("change", [{"mirror": 1.0}, {"smallest_crop": 0.3}, {"colour": 0.5}, {"erasing": 1.0}, {"film_look": 1.0}])
def test_each_change_changes_the_picture_and_the_same_chance_changes_it_alike(change):
    picture = changed(**change)
    assert picture.shape == (75, 75, 3) and picture.dtype == np.uint8
    assert not np.array_equal(picture, changed()) and np.array_equal(picture, changed(**change))


def test_mirroring_mirrors():
    assert np.array_equal(changed(mirror=1.0), changed()[:, ::-1])


def test_little_colour_changes_little():
    assert np.abs(changed(colour=0.02).astype(int) - changed().astype(int)).mean() < 5


def test_erasing_leaves_most_of_the_picture():
    same = (changed(erasing=1.0) == changed()).all(axis=2).mean()
    assert 0.6 < same < 1


@pytest.mark.parametrize("name", ["one.jpg", "two.jpg"])
def test_an_epoch_shows_every_image_in_whole_steps(name):
    order = epoch_order(10, 4, [0, len(name)])
    assert len(order) == 12 and set(order) == set(range(10))


def test_epochs_have_orders_of_their_own():
    assert epoch_order(10, 5, [0, 0]).tolist() != epoch_order(10, 5, [0, 1]).tolist()


def test_plain_order_is_filled_up():
    assert plain_order(3, 2).tolist() == [0, 1, 2, 0]
