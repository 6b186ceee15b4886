"""The example pictures: small, sorted by tags that there are, and each credited with its book and licence."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image

from service.files import file_sha256
from service.tags import load_vocabulary

ROOT = Path(__file__).parent.parent
STILLS = ROOT / "examples" / "stills"
LARGEST = 3_000_000  # bytes of all pictures together


@pytest.fixture(scope="module")
def credits() -> list[dict[str, str]]:
    with (STILLS / "credits.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def pictures() -> list[Path]:
    return sorted(STILLS.glob("*/*"))


def test_every_picture_is_credited_and_nothing_else(credits):
    assert sorted(row["file"] for row in credits) == [path.relative_to(STILLS).as_posix() for path in pictures()]


def test_a_credit_names_book_figure_and_licence(credits):
    assert {row["licence"] for row in credits} == {"CC BY 4.0"}
    assert [row for row in credits if not (row["book"].startswith("OpenStax, ") and row["book_address"] and row["figure"])] == []


def test_the_notice_names_every_book_and_the_licence(credits):
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    assert "https://creativecommons.org/licenses/by/4.0/" in notice
    assert "examples/stills/credits.csv" in notice
    books = {row["book"].removeprefix("OpenStax, ") for row in credits if ";" not in row["book"]}
    assert [book for book in books if book not in notice] == []


def test_the_folders_are_tags_of_the_vocabulary_with_enough_pictures():
    counts = {folder.name: len(list(folder.iterdir())) for folder in STILLS.iterdir() if folder.is_dir()}
    assert set(counts) <= set(load_vocabulary().ids)
    assert len(counts) == 5
    assert min(counts.values()) >= 15


def test_the_pictures_are_small_and_a_name_is_one_picture():
    by_name = defaultdict(set)
    for path in pictures():
        by_name[path.name].add(file_sha256(path))
        with Image.open(path) as picture:
            assert picture.format == "JPEG"
            assert min(picture.size) <= 299
    assert [name for name, hashes in by_name.items() if len(hashes) > 1] == []
    assert sum(path.stat().st_size for path in pictures()) < LARGEST
