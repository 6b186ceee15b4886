from collections import Counter, defaultdict
from pathlib import Path

import pytest

import training
from tests.training.data.pictures import example, nearly, picture_file
from training.config import DataConfig
from training.data.dealing import ALL, dominant
from training.data.examples import Example, Part
from training.data.split import read_split, read_written, split_examples, write_split
from training.data.units import units_of
from training.errors import DataError

TAGS = ("war", "dance", "food")
CONFIG = DataConfig()
COMMITTED = Path(training.__file__).parent / "split.csv"


def image(number: int, *tags: str, source: str = "", part=None) -> Example:
    return example(Path(f"{number:05}.webp"), *tags, source=source, part=part)


MANY = [image(number, TAGS[number % 3], source=f"source {number % 40}") for number in range(800)]
LONE = [image(1000 + number, "robot", source="one lab") for number in range(50)]
LOOSE = [image(number, TAGS[number % 3]) for number in range(120)]


def split(examples, seed=1, **config):
    """Pictures that are not there are like nothing."""
    return split_examples(examples, seed, DataConfig(**config), fingerprints=dict.fromkeys((item.name for item in examples), None))


def test_a_split_is_the_same_every_time():
    assert split(MANY, seed=4) == split(MANY, seed=4)
    assert split(LOOSE, seed=4) == split(LOOSE, seed=4)


def test_another_seed_deals_otherwise():
    assert split(LOOSE, seed=4) != split(LOOSE, seed=5)


def test_the_order_of_the_examples_changes_nothing():
    assert split(MANY[::-1]) == split(MANY)
    assert split(LOOSE[::-1]) == split(LOOSE)


@pytest.mark.parametrize("examples", [MANY, LOOSE], ids=["by source", "one by one"])
def test_parts_have_about_their_shares(examples):
    held = Counter(split(examples).values())
    assert held["train"] / len(examples) == pytest.approx(0.70, abs=0.06)
    assert held["validation"] / len(examples) == pytest.approx(0.15, abs=0.06)


def test_each_tag_is_dealt_in_its_shares():
    parts = split(LOOSE)
    held = Counter((tag, parts[item.name]) for item in LOOSE for tag in item.tags)
    for tag in TAGS:
        assert (held[tag, "train"], held[tag, "validation"], held[tag, "test"]) == pytest.approx((28, 6, 6), abs=1)


def test_a_source_is_never_split():
    parts = split(MANY)
    by_source = defaultdict(set)
    for item in MANY:
        by_source[item.source].add(parts[item.name])
    assert all(len(held) == 1 for held in by_source.values())


def test_a_source_that_dominates_a_tag_is_trained_on():
    parts = split([*MANY, *LONE])
    assert {parts[item.name] for item in LONE} == {"train"}


def test_images_without_a_tag_dominate_nothing():
    wars = {(f"source {number}", ""): Counter({"war": 1, ALL: 1}) for number in range(4)}
    assert dominant({("landscapes", ""): Counter({"": 9, ALL: 9}), **wars}, {"war"}) == []
    assert dominant({("landscapes", ""): Counter({"war": 9, ALL: 9}), **wars}, {"war"}) == [("landscapes", "")]


def test_every_tag_is_learned_from():
    few = [image(3000 + number, "war", "abduction", source=f"source {number}") for number in range(3)]
    for seed in range(8):
        parts = split([*MANY, *few], seed=seed)
        assert "train" in {parts[item.name] for item in few}


def test_two_sources_with_every_tag_give_one_to_judge_on():
    two = [image(number, TAGS[number % 3], source="ab"[number % 2]) for number in range(60)]
    assert set(split(two).values()) == {"train", "validation"}


def test_near_duplicates_without_a_source_stay_together(tmp_path):
    files = [picture_file(tmp_path / f"{seed}.png", seed) for seed in range(20)]
    copies = [nearly(tmp_path / f"{seed}-copy.jpg", seed) for seed in range(20)]
    examples = [example(path, TAGS[int(path.stem.split("-")[0]) % 3]) for path in (*files, *copies)]
    assert len(set(units_of(examples))) == 20
    parts = split_examples(examples, 1, CONFIG)
    assert [parts[path.name] for path in files] == [parts[path.name] for path in copies]
    assert set(parts.values()) == {"train", "validation", "test"}


def test_an_image_that_cannot_be_read_has_a_part_too(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    examples = [example(picture_file(tmp_path / f"{seed}.png", seed), TAGS[seed % 3]) for seed in range(12)]
    assert "broken.jpg" in split_examples([*examples, example(tmp_path / "broken.jpg", "war")], 1, CONFIG)


def test_parts_that_the_data_names_are_kept_and_the_rest_is_dealt():
    named = [image(9000 + number, TAGS[number % 3], part="test") for number in range(30)]
    seen = [image(9100 + number, TAGS[number % 3], part="validation") for number in range(30)]
    parts = split([*LOOSE, *named, *seen])
    assert {parts[item.name] for item in named} == {"test"}
    assert {parts[item.name] for item in LOOSE} == {"train", "validation", "test"}


def test_data_that_names_no_validation_images_gives_some_of_its_training_images():
    named = [image(number, TAGS[number % 3], part="test" if number < 30 else "train") for number in range(130)]
    held = Counter(split(named).values())
    assert held["test"] == 30
    assert held["validation"] == pytest.approx(15, abs=3)


def test_a_written_split_reads_back(tmp_path):
    parts = split(MANY)
    write_split(tmp_path / "split.csv", parts)
    assert read_split(tmp_path / "split.csv", MANY) == parts
    assert split(MANY, seed=99, split=tmp_path / "split.csv") == parts
    assert [path.name for path in tmp_path.iterdir()] == ["split.csv"]


def test_a_split_by_source_gives_each_image_its_sources_part(tmp_path):
    (tmp_path / "split.csv").write_text("source,part\none,train\ntwo,validation\n")
    images = [image(1, "war", source="one"), image(2, "food", source="two")]
    assert split(images, split=tmp_path / "split.csv") == {"00001.webp": "train", "00002.webp": "validation"}


def test_an_image_that_a_written_split_does_not_name_is_told(tmp_path):
    write_split(tmp_path / "split.csv", {"00000.webp": "train"})
    with pytest.raises(DataError, match=r"gives no part to the names '00001\.webp'.*and 789 more"):
        read_split(tmp_path / "split.csv", MANY)


@pytest.mark.parametrize(
    ("text", "told"), [("source,part\nsomewhere,holdout\n", "holdout"), ("a,b\n1,2\n", "lacks part"), ("part\ntrain\n", "no split")]
)
def test_a_file_that_is_no_split_is_refused(tmp_path, text, told):
    (tmp_path / "split.csv").write_text(text)
    with pytest.raises(DataError, match=told):
        read_written(tmp_path / "split.csv")


def test_a_split_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_split(tmp_path / "nowhere" / "split.csv", {})


def test_the_committed_split_has_all_three_parts():
    written = read_written(COMMITTED)
    assert written.by == "source"
    assert set(written.parts.values()) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        ([image(number) for number in range(9)], "None of the 9 images shows a tag"),
        ([image(number, "war") for number in range(9)], "All 9 images show war; there is nothing to tell it from"),
        ([image(number, TAGS[number % 3], source="archive") for number in range(9)], "come from one source, and a source is never split"),
        ([image(number, TAGS[number]) for number in range(2)], "too few images"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(examples, told):
    with pytest.raises(DataError, match=told):
        split(examples)


def test_images_without_a_part_go_where_their_source_is():
    images = [
        image(10 * film + number, TAGS[(film + number) % 3], source=f"film {film}", part="test" if number == 0 and film < 4 else None)
        for film in range(20)
        for number in range(6)
    ]
    parts = split(images)
    by_source = defaultdict(set)
    for item in images:
        by_source[item.source].add(parts[item.name])
    assert all(len(held) == 1 for held in by_source.values())
    assert all(by_source[f"film {film}"] == {"test"} for film in range(4))


def near(*fingerprints: int | None, sources: str):
    """The units of images with these fingerprints; a blank is no source."""
    images = [image(place, source=source.strip()) for place, source in enumerate(sources)]
    return units_of(images, {item.name: value for item, value in zip(images, fingerprints, strict=True)})


def test_a_copy_without_a_source_stays_with_the_source():
    shown = 0x0F0F_3333_5555_00FF
    assert near(shown, shown ^ 3, sources="a ") == [("a", ""), ("a", "")]
    assert near(shown, shown, shown, sources="ab ") == [("a", "")] * 3
    assert near(shown, shown, sources="ab") == [("a", ""), ("b", "")]
    assert near(shown, None, ~shown % 2**64, sources="a  ") == [("a", ""), ("", "00001.webp"), ("", "00002.webp")]


def test_black_frames_bind_no_sources_together():
    assert near(0, 0, 1, 0, sources="ab  ") == [("a", ""), ("b", ""), ("", "00002.webp"), ("", "00002.webp")]


def test_a_copy_of_a_test_image_is_not_learned_from():
    shown = 0x0F0F_3333_5555_00FF
    images = [*LOOSE, image(500, "war", source="movie", part="test"), image(501, "war")]
    fingerprints = {**dict.fromkeys((item.name for item in LOOSE), None), "00500.webp": shown, "00501.webp": shown}
    assert split_examples(images, 1, CONFIG, fingerprints=fingerprints)["00501.webp"] == "test"


def test_names_with_blanks_at_their_ends_read_back(tmp_path):
    parts: dict[str, Part] = {" dance/1.jpg": "train", "war /2.jpg ": "validation"}
    write_split(tmp_path / "split.csv", parts)
    assert read_written(tmp_path / "split.csv").parts == parts
