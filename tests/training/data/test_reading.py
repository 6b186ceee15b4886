import os
import zipfile

import pytest

from service.corrections import COLUMNS
from service.tags import Vocabulary, load_vocabulary
from tests.training.data.pictures import class_folders, picture_file
from training.config import DataConfig
from training.data.corrections import unpacked
from training.data.files import put_in_place
from training.data.reading import choose_vocabulary, read_data, read_many
from training.data.vocabulary import made_vocabulary, vocabulary_text
from training.errors import DataError, MissingImages, UnknownTags

CONFIG = DataConfig()
TAGS = made_vocabulary(["dance", "war", "night train"])


def listed(folder, *lines: str, header: str = "file,tags"):
    folder.mkdir(exist_ok=True)
    (folder / "manifest.csv").write_text("\n".join([header, *lines]))
    return folder


def exported(folder, *names: str):
    """An export of corrections with one frame."""
    picture_file(folder / "0001.jpg", 1)
    path = folder / "corrections.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.csv", f"{','.join(COLUMNS)}\r\nframes/0001.jpg,war,dance,movie,film,named\r\n")
        archive.writestr("left-out.csv", "source,time_ms,tags,reason\r\n")
        archive.write(folder / "0001.jpg", "frames/0001.jpg")
        archive.writestr("tags.yaml", vocabulary_text(TAGS))
        for name in names:
            archive.writestr(name, "x")
    return path


def test_a_folder_with_a_manifest_and_the_manifest_itself_are_the_same(tmp_path):
    picture_file(tmp_path / "a.png", 1)
    listed(tmp_path, "a.png,war")
    assert read_data(tmp_path, TAGS, CONFIG) == read_data(tmp_path / "manifest.csv", TAGS, CONFIG)


def test_missing_images_are_counted_and_ten_are_named(tmp_path):
    listed(tmp_path, *(f"{number:02}.png,war" for number in range(12)))
    with pytest.raises(MissingImages, match=r"\(12\): .*00\.png.*09\.png and 2 more"):
        read_data(tmp_path, TAGS, CONFIG)


def test_unknown_tags_are_named_with_close_ones(tmp_path):
    listed(tmp_path, "a.png,danse|warr|dance|xyz")
    with pytest.raises(
        UnknownTags, match=r"3 tags does not have danse \(did you mean dance\?\), warr \(did you mean war\?\), xyz\. .*--vocabulary"
    ):
        read_data(tmp_path, TAGS, CONFIG)


def test_capitals_and_blanks_of_tags_are_forgiven(tmp_path):
    class_folders(tmp_path, **{"Dance": 1, "Night Train": 1})
    assert [sorted(example.tags) for example in read_data(tmp_path, TAGS, CONFIG)] == [["dance"], ["night_train"]]


def test_corrections_are_unpacked_once(tmp_path):
    archive, cache = exported(tmp_path), tmp_path / "cache"
    (frame,) = read_data(archive, TAGS, CONFIG, cache=cache)
    assert frame.tags == {"war"}
    assert frame.absent == {"dance"}
    assert (frame.labelling, frame.source) == ("named", "movie")
    written = frame.path.stat().st_mtime_ns
    assert read_data(archive, TAGS, CONFIG, cache=cache) == [frame]
    assert frame.path.stat().st_mtime_ns == written


def test_an_archive_writes_nothing_outside_its_folder(tmp_path):
    read_data(exported(tmp_path, "../../../outside.txt", "/outside.txt"), TAGS, CONFIG, cache=tmp_path / "deep" / "cache")
    (folder,) = (tmp_path / "deep" / "cache" / "corrections").iterdir()
    assert len(list(tmp_path.rglob("outside.txt"))) == len(list(folder.rglob("outside.txt")))


@pytest.mark.parametrize("content", [b"", b"PK no archive"])
def test_a_damaged_archive_is_refused_and_leaves_nothing(tmp_path, content):
    (tmp_path / "corrections.zip").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as a ZIP archive"):
        read_data(tmp_path / "corrections.zip", TAGS, CONFIG, cache=tmp_path / "cache")
    assert list((tmp_path / "cache" / "corrections").iterdir()) == []


def test_an_archive_without_a_manifest_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(DataError, match=r"no manifest\.csv"):
        read_data(tmp_path / "other.zip", TAGS, CONFIG, cache=tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be written.*XDG_CACHE_HOME"):
        read_data(exported(tmp_path), TAGS, CONFIG, cache=tmp_path / "file")


def test_names_of_several_data_stay_as_they_are_where_they_differ(tmp_path):
    class_folders(tmp_path / "one", dance=1)
    class_folders(tmp_path / "two", war=1)
    assert [example.name for example in read_many([tmp_path / "one", tmp_path / "two"], TAGS, CONFIG)] == ["dance/0.png", "war/0.png"]


def test_names_that_occur_twice_get_their_data_in_front(tmp_path):
    one, two, three = (class_folders(tmp_path / name / "stills", dance=1) for name in ("a", "b", "c"))
    three = three.rename(tmp_path / "c" / "more")
    names = [example.name for example in read_many([one, two, three], TAGS, CONFIG)]
    assert names == ["stills/dance/0.png", "stills-2/dance/0.png", "more/dance/0.png"]


def test_what_is_no_training_data_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_data(tmp_path / "nowhere", TAGS, CONFIG)
    picture_file(tmp_path / "a.png", 1)
    with pytest.raises(DataError, match="is no training data"):
        read_data(tmp_path / "a.png", TAGS, CONFIG)


def test_shipped_tags_are_read_with_the_shipped_vocabulary(tmp_path):
    class_folders(tmp_path, **{"Dance": 1, "war": 1})
    assert choose_vocabulary([tmp_path], None, CONFIG) == load_vocabulary()


def test_folders_of_other_names_make_a_vocabulary_and_say_so(tmp_path, caplog):
    caplog.set_level("INFO")
    class_folders(tmp_path, **{"Steam trains": 1, "dance": 1, "_none": 1})
    made = choose_vocabulary([tmp_path], None, CONFIG)
    assert made.ids == ("dance", "steam_trains")
    assert made["steam_trains"].name["en"] == "Steam trains"
    assert "dance, steam_trains" in caplog.text


def test_a_given_vocabulary_counts_most_then_that_beside_the_data(tmp_path):
    class_folders(tmp_path, dance=1)
    (tmp_path / "tags.yaml").write_text(vocabulary_text(TAGS))
    (tmp_path / "given.yaml").write_text("tags: [{id: dance}]")
    assert choose_vocabulary([tmp_path], None, CONFIG) == TAGS
    assert choose_vocabulary([tmp_path], tmp_path / "given.yaml", CONFIG).ids == ("dance",)


def test_corrections_bring_the_vocabulary_of_their_service(tmp_path):
    assert choose_vocabulary([exported(tmp_path)], None, CONFIG, cache=tmp_path / "cache") == TAGS


def test_a_manifest_needs_the_vocabulary_of_its_tags(tmp_path):
    listed(tmp_path, "a.png,steam_trains")
    assert choose_vocabulary([tmp_path], None, CONFIG) == load_vocabulary()


@pytest.mark.parametrize("vocabulary", [TAGS, load_vocabulary()], ids=["made", "shipped"])
def test_a_vocabulary_is_written_and_read_back(tmp_path, vocabulary):
    (tmp_path / "tags.yaml").write_text(vocabulary_text(vocabulary), encoding="utf-8")
    assert load_vocabulary(tmp_path / "tags.yaml") == vocabulary
    assert isinstance(vocabulary, Vocabulary)


def test_names_that_are_not_utf_8_are_refused(tmp_path):
    picture_file(tmp_path / "dance" / "a.png", 1).rename(tmp_path / "dance" / os.fsdecode(b"caf\xe9.png"))
    with pytest.raises(DataError, match=r"not UTF-8 \(1\): dance/caf\\xe9\.png\. Rename"):
        read_data(tmp_path, TAGS, CONFIG)


def archived(path, content: str, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("manifest.csv", content)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_with_broken_data_is_refused(tmp_path, compression):
    archive = archived(tmp_path / "corrections.zip", "file,tags\nframes/1.jpg,dance\n" * 50, compression)
    whole = archive.read_bytes()
    for place in range(60, 70):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(DataError, match="cannot be read as a ZIP archive"):
            unpacked(archive, tmp_path / "cache")


@pytest.mark.parametrize("name", ["/etc/hostname", "../../secret.jpg", "frames/../../secret.jpg"])
def test_an_archive_that_names_files_outside_is_refused(tmp_path, name):
    archive = archived(tmp_path / "corrections.zip", f"file,tags\n{name},dance\n")
    with pytest.raises(DataError, match="outside the archive"):
        read_data(archive, TAGS, CONFIG, cache=tmp_path / "cache")


def test_an_archive_of_too_much_is_refused(tmp_path):
    archive = archived(tmp_path / "corrections.zip", "file,tags\n")
    content = bytearray(archive.read_bytes())
    place = content.rindex(b"PK\x01\x02") + 24  # of the file's size in the directory
    content[place : place + 4] = (2**32 - 2).to_bytes(4, "little")
    directory = content[place - 24 : content.rindex(b"PK\x05\x06")]
    end = content.rindex(b"PK\x05\x06")
    content[end + 8 : end + 12] = (6).to_bytes(2, "little") * 2
    content[end + 12 : end + 16] = (6 * len(directory)).to_bytes(4, "little")
    archive.write_bytes(content[:end] + directory * 5 + content[end:])
    with pytest.raises(DataError, match="6 files of 25769803764 bytes unpacked"):
        unpacked(archive, tmp_path / "cache")


def test_two_may_unpack_at_once(tmp_path):
    for name in ("here", "fresh"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.csv").write_text(name)
    put_in_place(tmp_path / "fresh", tmp_path / "here")
    assert (tmp_path / "here" / "manifest.csv").read_text() == "here"
    with pytest.raises(OSError, match="nowhere"):
        put_in_place(tmp_path / "fresh", tmp_path / "nowhere" / "here")


@pytest.mark.parametrize("names", [("C", "C++", "C#"), ("50", "50+")])
def test_names_that_differ_only_in_signs_are_refused(names):
    with pytest.raises(DataError, match="differ only in signs, and would all be the tag"):
        made_vocabulary(names)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("\N{CLAPPER BOARD}", "no letter or digit"),
        ("x" * 81, "more than 80 characters"),
        ("का", r"DEVANAGARI VOWEL SIGN AA\); an id cannot hold them.*tags\.yaml, given with --vocabulary"),
    ],
)
def test_names_that_make_no_id_are_refused(name, told):
    with pytest.raises(DataError, match=told):
        made_vocabulary(["film", name])


def test_names_in_other_spellings_are_one_tag():
    spellings = ["Car Chase", "car-chase", "car_chase", "caf\u00e9", "cafe\u0301"]
    assert made_vocabulary(spellings).ids == ("caf\u00e9", "car_chase")


def test_names_that_differ_only_in_signs_are_not_taken_for_one_known_tag(tmp_path):
    listed(tmp_path, "a.png,war", "b.png,war+")
    with pytest.raises(DataError, match=r"'war', 'war\+' differ only in signs"):
        read_data(tmp_path, TAGS, CONFIG)
