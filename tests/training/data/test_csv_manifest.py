from pathlib import Path

import pytest

from training.config import DataConfig
from training.data.csv_manifest import read_manifest, refuse_contradictions
from training.errors import DataError


def manifest(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return path


def read(folder: Path, *lines: str, **config):
    return read_manifest(manifest(folder, *lines), DataConfig(**config))


def test_a_manifest_gives_tags_kind_source_and_licence(tmp_path):
    lines = ["file,tags,kind,source,label,license", "images/00007.webp,war|food,film,a/b,still,CC0", "images/00008.webp,,photo,a/b,,CC0"]
    first, second = read(tmp_path, *lines)
    assert first.tags == {"war", "food"}
    assert (first.name, first.kind, first.source, first.licence) == ("images/00007.webp", "film", "a/b", "CC0")
    assert first.path == tmp_path / "images/00007.webp"
    assert (second.tags, second.kind, second.part) == (frozenset(), "photo", None)


def test_file_and_tags_are_enough(tmp_path):
    (only,) = read(tmp_path, "file,tags", "a.jpg,war")
    assert (only.labelling, only.source, only.part, only.absent) == ("complete", "", None, frozenset())


def test_tables_of_office_programs_are_read(tmp_path):
    path = manifest(tmp_path, "File;Tags", "a.jpg; war | food ", "", ";", encoding="utf-8-sig")
    (only,) = read_manifest(path, DataConfig())
    assert only.name == "a.jpg"
    assert only.tags == {"war", "food"}


def test_paths_written_on_windows_are_understood(tmp_path):
    (only,) = read(tmp_path, "file,tags", r"images\a.jpg,war")
    assert only.path == tmp_path / "images" / "a.jpg"


def test_the_data_says_the_parts(tmp_path):
    found = read(tmp_path, "file,tags,split", "a.jpg,war,train", "b.jpg,war,val", "c.jpg,war,")
    assert [example.part for example in found] == ["train", "validation", None]


def test_numbers_tell_which_labels_are_complete(tmp_path):
    found = read(tmp_path, "file,tags", "images/00099.webp,war", "images/00100.webp,war", complete_from=100)
    assert [example.labelling for example in found] == ["partial", "complete"]


def test_names_without_a_number_cannot_be_complete_from_a_number(tmp_path):
    with pytest.raises(DataError, match="complete_from"):
        read(tmp_path, "file,tags", "a.jpg,war", complete_from=100)


def test_corrections_name_what_is_there_and_what_is_not(tmp_path):
    (only,) = read(tmp_path, "file,tags,absent,source,kind,labelling", "frames/1.jpg,war,food|dance,movie-1,film,named")
    assert only.tags == {"war"}
    assert only.absent == {"food", "dance"}
    assert only.labelling == "named"


def test_films_are_sources_of_their_own(tmp_path):
    first, second = read(tmp_path, "film,tags,source", "clips/a.mp4,war,", "clips/b.mp4,food,trailers")
    assert (first.name, first.kind, first.labelling, first.source) == ("clips/a.mp4", "film", "partial", "clips/a.mp4")
    assert second.source == "trailers"


def test_lines_of_the_same_file_are_taken_together(tmp_path):
    (only,) = read(tmp_path, "file,tags", "a.jpg,war", "a.jpg,food")
    assert only.tags == {"war", "food"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "lists no image"),
        (("file,tags",), "lists no image"),
        (("name,label", "a.jpg,war"), "columns name, label; needed are file,tags"),
        (("file,label", "a.jpg,war"), "needed are file,tags"),
        (("file,tags", "a.jpg,war", "", "b.jpg,war,food"), r"line 4 has 3 cells for 2 columns; join tags by \|"),
        (("file,tags", ",war"), "line 2: no file is named"),
        (("file,tags,split", "a.jpg,war,holdout"), "line 2: the part 'holdout'; allowed are train, validation, test"),
        (("file,tags,kind", "a.jpg,war,movie"), "the kind 'movie'; allowed are photo and film"),
        (("file,tags,labelling", "a.jpg,war,good"), "the labelling 'good'; allowed are complete, partial, named"),
        (("file,tags", "a.mp4,war"), "a.mp4 is a film"),
        (("file,tags,split", "a.jpg,war,train", "a.jpg,food,test"), "a.jpg more than once, with another"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, lines, told):
    with pytest.raises(DataError, match=told):
        read(tmp_path, *lines)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "manifest.csv").write_bytes(b"\xff\xd8\xff\xe0 picture")
    with pytest.raises(DataError, match="UTF-8"):
        read_manifest(tmp_path / "manifest.csv", DataConfig())


def test_a_tag_cannot_be_there_and_not_there(tmp_path):
    found = read(tmp_path, "file,tags,absent", "a.jpg,war|food,food")
    with pytest.raises(DataError, match=r"a\.jpg is said to show food, and not to show it"):
        refuse_contradictions(found)


def test_tabs_separate_cells_too(tmp_path):
    (only,) = read(tmp_path, "file\ttags", "a.jpg\twar|food")
    assert only.tags == {"war", "food"}


def test_empty_cells_at_the_end_are_no_fault(tmp_path):
    (only,) = read(tmp_path, "file,tags", "a.jpg,war,,")
    assert only.tags == {"war"}
