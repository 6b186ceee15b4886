from pathlib import Path

from tests.training.data.pictures import example
from training.data.counts import count_data, counts_table, write_together
from training.data.examples import Part

EXAMPLES = [
    example(Path("a.png"), "war", "horror", source="one"),
    example(Path("b.png"), "war", source="two"),
    example(Path("c.png"), "war", "horror", source="two"),
    example(Path("d.png")),
]
PARTS: dict[str, Part] = {"a.png": "train", "b.png": "train", "c.png": "validation", "d.png": "test"}


def test_images_are_counted_by_tag_part_and_source():
    counts = count_data(EXAMPLES, PARTS)
    assert list(counts.tags) == ["war", "horror"]
    assert (counts.images, counts.without_tag, counts.parts) == (4, 1, (2, 1, 1))
    assert (counts.tags["war"].images, counts.tags["war"].sources, counts.tags["war"].parts) == (3, 2, (2, 1, 0))


def test_tags_that_are_together_are_counted():
    assert count_data(EXAMPLES).together.tolist() == [[3, 2], [2, 2]]


def test_the_table_names_the_companions_of_a_tag():
    lines = counts_table(count_data(EXAMPLES, PARTS)).splitlines()
    assert lines[1].split() == ["war", "3", "0", "2", "2", "1", "0", "horror", "2"]
    assert lines[-1].split() == ["all", "images", "4", "2", "1", "1", "1", "without", "a", "tag"]


def test_the_counts_of_pairs_are_written_as_a_square(tmp_path):
    write_together(tmp_path / "pairs.csv", count_data(EXAMPLES))
    assert (tmp_path / "pairs.csv").read_text() == "tag,war,horror\nwar,3,2\nhorror,2,2\n"
