import shutil

import pytest

from tests.training.data.pictures import class_folders, picture_file
from training.config import DataConfig
from training.data.folders import read_folders
from training.errors import DataError


def tags_by_name(folder, config=None):
    return {example.name: set(example.tags) for example in read_folders(folder, config or DataConfig())}


def test_the_folder_names_the_tag(tmp_path):
    class_folders(tmp_path, dance=2, war=1)
    assert tags_by_name(tmp_path) == {"dance/0.png": {"dance"}, "dance/1.png": {"dance"}, "war/0.png": {"war"}}


def test_the_same_picture_in_two_folders_shows_both_tags(tmp_path):
    class_folders(tmp_path, dance=2, war=1)
    shutil.copy(tmp_path / "dance" / "1.png", tmp_path / "war" / "again.png")
    assert tags_by_name(tmp_path) == {"dance/0.png": {"dance"}, "dance/1.png": {"dance", "war"}, "war/0.png": {"war"}}


def test_pictures_in_deeper_folders_belong_to_the_tag(tmp_path):
    picture_file(tmp_path / "dance" / "2024" / "may" / "a.JPG", 1)
    assert tags_by_name(tmp_path) == {"dance/2024/may/a.JPG": {"dance"}}


def test_a_lone_folder_called_images_is_gone_into(tmp_path):
    class_folders(tmp_path / "images", dance=1)
    assert tags_by_name(tmp_path) == {"dance/0.png": {"dance"}}


def test_a_folder_for_pictures_without_a_tag(tmp_path):
    class_folders(tmp_path, dance=1, _none=1)
    assert tags_by_name(tmp_path) == {"_none/0.png": set(), "dance/0.png": {"dance"}}


def test_folders_named_by_parts_say_the_parts(tmp_path):
    class_folders(tmp_path / "train", dance=1)
    picture_file(tmp_path / "val" / "dance" / "9.png", 9)
    parts = {example.name: example.part for example in read_folders(tmp_path, DataConfig())}
    assert parts == {"train/dance/0.png": "train", "val/dance/9.png": "validation"}


def test_a_picture_in_two_parts_stays_in_both_so_that_a_check_finds_it(tmp_path):
    class_folders(tmp_path / "train", dance=1)
    class_folders(tmp_path / "test", dance=1)
    assert len(read_folders(tmp_path, DataConfig())) == 2


def test_a_film_in_a_folder_is_its_own_source(tmp_path):
    (tmp_path / "dance").mkdir()
    (tmp_path / "dance" / "party.mp4").write_bytes(b"film")
    (film,) = read_folders(tmp_path, DataConfig())
    assert (film.kind, film.labelling, film.source) == ("film", "partial", "dance/party.mp4")


def test_labels_of_folders_can_be_called_partial(tmp_path):
    class_folders(tmp_path, dance=1)
    (picture,) = read_folders(tmp_path, DataConfig(class_folders_labelling="partial"))
    assert picture.labelling == "partial"


def test_other_and_hidden_files_are_passed_by(tmp_path, caplog):
    class_folders(tmp_path, dance=1)
    for name in ("notes.txt", "raw.nef", ".DS_Store", "._0.png"):
        (tmp_path / "dance" / name).write_bytes(b"x")
    picture_file(tmp_path / "beside.png", 5)
    assert list(tags_by_name(tmp_path)) == ["dance/0.png"]
    (line,) = caplog.messages
    assert "passed by (3)" in line
    assert ".txt (1)" in line
    assert ".nef (1)" in line


def test_a_tag_without_an_image_is_refused(tmp_path):
    class_folders(tmp_path, dance=1)
    (tmp_path / "war").mkdir()
    with pytest.raises(DataError, match="war holds no image"):
        read_folders(tmp_path, DataConfig())


def test_a_folder_of_loose_pictures_is_refused(tmp_path):
    picture_file(tmp_path / "1.png", 1)
    with pytest.raises(DataError, match="a folder for each tag"):
        read_folders(tmp_path, DataConfig())


@pytest.mark.parametrize("name", ["dev", "eval", "val_set", "Validation-Set", "valset"])
def test_other_names_of_the_validation_part(tmp_path, name):
    class_folders(tmp_path / "training", dance=1)
    class_folders(tmp_path / "testing", war=1)
    class_folders(tmp_path / name, food=1)
    parts = {min(example.tags): example.part for example in read_folders(tmp_path, DataConfig())}
    assert parts == {"dance": "train", "war": "test", "food": "validation"}


def test_a_lone_folder_of_parts_is_gone_into(tmp_path):
    class_folders(tmp_path / "images" / "my pictures" / "train", dance=1)
    (found,) = read_folders(tmp_path, DataConfig())
    assert (found.name, found.part, set(found.tags)) == ("train/dance/0.png", "train", {"dance"})


def test_a_lone_folder_of_folders_is_one_tag_and_told(tmp_path, caplog):
    class_folders(tmp_path / "my pictures", dance=1, war=1)
    assert set.union(*tags_by_name(tmp_path).values()) == {"my pictures"}
    assert "my pictures is taken as the only tag, with the images of dance, war. If these are the tags, give" in caplog.text
