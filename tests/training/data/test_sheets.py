import numpy as np
from PIL import Image

from tests.training.data.pictures import example, picture_file
from training.data.sheets import PER_PAGE, write_sheets


def pages(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_tag_gets_a_sheet_and_so_do_images_without_one(tmp_path):
    files = [picture_file(tmp_path / "images" / f"{seed}.png", seed) for seed in range(3)]
    examples = [example(files[0], "war", "food"), example(files[1], "war"), example(files[2])]
    written = write_sheets(examples, tmp_path / "sheets")
    assert pages(tmp_path / "sheets") == ["_none.png", "food.png", "war.png"]
    assert sorted(path.name for path in written) == pages(tmp_path / "sheets")


def test_the_sheet_shows_the_pictures(tmp_path):
    path = tmp_path / "red.png"
    Image.new("RGB", (160, 120), (250, 10, 10)).save(path)
    write_sheets([example(path, "war")], tmp_path / "sheets")
    with Image.open(tmp_path / "sheets" / "war.png") as sheet:
        red = (np.asarray(sheet.convert("RGB")) == (250, 10, 10)).all(axis=2)
    assert red.sum() == 160 * 120


def test_many_images_take_several_pages_and_some_are_chosen(tmp_path):
    path = picture_file(tmp_path / "images" / "a.png", 1)
    many = [example(path, "war")] * (PER_PAGE + 5)
    assert len(write_sheets(many, tmp_path / "all", len(many))) == 2
    assert pages(tmp_path / "all") == ["war-2.png", "war.png"]
    assert len(write_sheets(many, tmp_path / "some", 3)) == 1


def test_an_image_that_cannot_be_read_leaves_a_gap(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"text")
    write_sheets([example(tmp_path / "broken.png", "war")], tmp_path / "sheets")
    assert pages(tmp_path / "sheets") == ["war.png"]
