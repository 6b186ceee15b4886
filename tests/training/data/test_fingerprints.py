import os

import pytest

from tests.training.data.pictures import example, picture_file
from training.data.fingerprints import FILE, fingerprints_of, keep
from training.data.looking import looks_at

FEW = 3  # images that are worth keeping


@pytest.fixture
def images(tmp_path):
    return [example(picture_file(tmp_path / f"{seed}.png", seed)) for seed in range(4)]


def blank(images):
    """Other content; size and time as before, so that nobody looks again."""
    for image in images:
        state = image.path.stat()
        image.path.write_bytes(bytes(state.st_size))
        os.utime(image.path, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_an_image_that_was_seen_is_not_read_again(images, tmp_path):
    first = fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW)
    blank(images)
    assert fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW) == first
    assert None not in first.values()


def test_a_changed_file_is_read_again(images, tmp_path):
    first = fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW)
    picture_file(images[0].path, 77)
    second = fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW)
    assert {name for name in first if first[name] != second[name]} == {"0.png"}


def test_what_a_check_saw_is_kept_for_the_split(images, tmp_path):
    looks = looks_at(images)
    keep(images, looks, tmp_path / "cache", worth_keeping=FEW)
    blank(images)
    assert fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW) == {look.name: look.fingerprint for look in looks}


def test_an_unreadable_image_is_remembered_too(images, tmp_path):
    images[0].path.write_bytes(b"text")
    assert fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW)["0.png"] is None
    assert fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW)["0.png"] is None


def test_few_images_are_looked_at_anew(images, tmp_path):
    fingerprints_of(images[:2], tmp_path / "cache", worth_keeping=FEW)
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_used_costs_nothing_but_time(images, tmp_path, caplog):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / FILE).write_text("no database at all, and long enough to be looked at as one")
    assert None not in fingerprints_of(images, tmp_path / "cache", worth_keeping=FEW).values()
    assert "are not kept" in caplog.text
