from collections import Counter
from pathlib import Path

import pytest

from tests.training.examples import example
from training.manifest import dominant_sources, read_manifest, read_split, split_sources, write_split

TAGS = ("war", "dance", "food")
MANY = [example(number, TAGS[number % 3], source=f"source {number % 40}") for number in range(800)]
LONE = [example(1000 + number, "robot", source="one lab") for number in range(50)]
COMMITTED = Path(__file__).parents[2] / "training" / "split.csv"


def test_a_split_is_the_same_every_time():
    assert split_sources(MANY, seed=4) == split_sources(MANY, seed=4)


def test_parts_have_about_their_shares():
    parts = split_sources(MANY, seed=1)
    held = Counter(parts[item.source] for item in MANY)
    assert held["train"] / 800 == pytest.approx(0.70, abs=0.06)
    assert held["validation"] / 800 == pytest.approx(0.15, abs=0.06)


def test_a_source_that_dominates_a_tag_is_trained_on():
    assert dominant_sources([*MANY, *LONE]) == ["one lab"]
    assert split_sources([*MANY, *LONE], seed=1)["one lab"] == "train"


def test_images_without_a_tag_dominate_nothing():
    assert dominant_sources([*MANY, example(2000, source="landscapes")]) == []


def test_a_written_split_reads_back(tmp_path):
    parts = split_sources(MANY, seed=1)
    write_split(parts, tmp_path / "split.csv")
    assert read_split(tmp_path / "split.csv") == parts


def test_an_unknown_part_is_refused(tmp_path):
    (tmp_path / "split.csv").write_text("source,part\nsomewhere,holdout\n")
    with pytest.raises(ValueError, match="holdout"):
        read_split(tmp_path / "split.csv")


def test_the_committed_split_has_all_three_parts():
    assert set(read_split(COMMITTED).values()) == {"train", "validation", "test"}


def test_a_manifest_gives_tags_kind_and_source(tmp_path):
    rows = ["file,tags,kind,source,label,license", "images/00007.webp,war|food,film,a/b,still,CC0", "images/00008.webp,,photo,a/b,,CC0"]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    first, second = read_manifest(tmp_path)
    assert first.tags == {"war", "food"}
    assert (first.kind, first.number, first.path) == ("film", 7, tmp_path / "images/00007.webp")
    assert second.tags == frozenset()
