import logging
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.training.examples import example
from tests.training.fake_backbone import FakeBackbone
from training.errors import DataError
from training.features import BATCH, image_features


@pytest.fixture
def pictures(tmp_path):
    """Five images, each of one grey."""
    (tmp_path / "data").mkdir()
    return [picture(tmp_path / "data" / f"{number}.png", 40 * number + 30) for number in range(5)]


def picture(path, grey):
    cv2.imwrite(str(path), np.full((20, 20, 3), grey, np.uint8))
    return replace(example(0), name=path.name, path=path)


def test_rows_are_in_the_order_of_the_examples(pictures, tmp_path):
    found = image_features(FakeBackbone(), pictures[::-1], ["whole"], tmp_path / "cache")
    assert (found.views[0][:, 0] * 255).round().tolist() == [190, 150, 110, 70, 30]


def test_what_is_kept_is_not_computed_again(pictures, tmp_path):
    first = image_features(FakeBackbone(), pictures[:3], ["whole"], tmp_path / "cache")
    backbone = FakeBackbone()
    again = image_features(backbone, pictures, ["whole"], tmp_path / "cache")
    assert backbone.fed == [2]
    assert np.array_equal(again.views[:, :3], first.views)


def test_another_backbone_computes_anew(pictures, tmp_path):
    image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache")
    other = FakeBackbone(sha256="1" * 64)
    image_features(other, pictures, ["whole"], tmp_path / "cache")
    assert sum(other.fed) == 5


def test_a_changed_file_is_computed_anew_and_a_moved_one_is_not(pictures, tmp_path):
    image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache")
    changed = picture(pictures[0].path, 250)
    moved = replace(pictures[1], path=pictures[1].path.rename(tmp_path / "moved.png"))
    backbone = FakeBackbone()
    found = image_features(backbone, [changed, moved], ["whole"], tmp_path / "cache")
    assert backbone.fed == [1]
    assert (found.views[0][:, 0] * 255).round().tolist() == pytest.approx([250, 70], abs=1)


def test_all_views_of_an_image_are_computed_together(pictures, tmp_path):
    backbone = FakeBackbone()
    found = image_features(backbone, pictures, ["whole", "film-1"], tmp_path / "cache")
    assert backbone.fed == [10]
    assert found.views.shape == (2, 5, 2048)


def test_many_images_go_through_the_network_in_batches(pictures, tmp_path):
    backbone = FakeBackbone()
    many = [replace(pictures[0], name=f"{number}.png") for number in range(BATCH)]
    image_features(backbone, many, ["whole", "film-1"], tmp_path / "cache")
    assert backbone.fed == [BATCH, BATCH]


def test_what_was_computed_before_ctrl_c_is_kept(pictures, tmp_path):
    many = [replace(pictures[0], name=f"{number}.png") for number in range(BATCH)]
    with pytest.raises(KeyboardInterrupt):
        image_features(FakeBackbone(stops_after=1), many, ["whole", "film-1"], tmp_path / "cache")
    backbone = FakeBackbone()
    image_features(backbone, many, ["whole", "film-1"], tmp_path / "cache")
    assert sum(backbone.fed) == BATCH // 2  # the film-like views of the second half: as a whole all are one picture


def test_a_broken_image_is_left_out_and_named(pictures, tmp_path, caplog):
    many = [replace(pictures[number % 5], name=f"{number}.png") for number in range(30)]
    many[7].path.write_bytes(b"no image")
    whole = [item for item in many if item.path != many[7].path]
    found = image_features(FakeBackbone(), [many[7], *whole], ["whole"], tmp_path / "cache")
    assert [item.name for item in found.examples] == [item.name for item in whole]
    assert str(many[7].path) in caplog.text


def test_many_broken_images_stop_the_run(pictures, tmp_path):
    pictures[3].path.write_bytes(b"no image")
    pictures[4].path.unlink()
    with pytest.raises(DataError, match=r"2 of 5 images.*3\.png"):
        image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache")


def test_a_broken_image_of_a_small_part_is_held_against_all_images(pictures, tmp_path):
    pictures[3].path.write_bytes(b"no image")
    assert len(image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache", among=100).examples) == 4
    with pytest.raises(DataError, match="1 of 100"):
        image_features(FakeBackbone(), pictures[3:4], ["whole"], tmp_path / "cache", among=100)


def test_a_cache_that_cannot_be_written_does_not_stop_the_run(pictures, tmp_path, caplog):
    (tmp_path / "cache").write_text("a file, where the folder should be")
    assert len(image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache").examples) == 5
    assert "cannot be kept" in caplog.text


def test_the_way_is_told(pictures, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        image_features(FakeBackbone(), pictures, ["whole"], tmp_path / "cache")
    assert "5 of 5 images" in caplog.text
