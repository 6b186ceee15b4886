"""A library on disk: what is looked at, refused or left for later, before any of it is taken in."""

import os
import shutil
import time
from pathlib import Path

import pytest

from service.errors import InvalidRequest, OutsideRoots
from service.library_walk import Outcome, allowed_path, look, look_again, walk
from tests.libraries import film, film_named_in_no_text, small_library


@pytest.fixture
def library(tmp_path):
    return small_library(tmp_path / "library")


def outcomes(library):
    found = list(walk(library, [library]))
    return {Path(each.path).name: (each.outcome, each.reason) for each in found}


def test_a_file_whose_size_changes_between_two_looks_is_left_for_later(library):
    path = film(library / "growing.mp4")
    first = look(str(path), [library])
    assert first.outcome is None and look_again(first) == first
    film(path, b"more of the film")
    assert look_again(first).outcome is Outcome.LATER
    path.unlink()
    assert look_again(first).outcome is Outcome.LATER


def test_a_folder_gives_its_films_and_leaves_the_rest(library):
    assert outcomes(library) == {name: (None, None) for name in ("a.mp4", "b.MKV", "c.mov")}


def test_a_film_is_taken_whatever_its_name_when_it_is_named_itself(library):
    path = film(library / "odd.bin")
    assert [(each.path, each.outcome) for each in walk(path, [library])] == [(str(path), None)]


def test_links_out_of_the_roots_are_refused_and_links_inside_are_the_file_itself(library, tmp_path):
    outside = film(tmp_path / "outside" / "secret.mp4")
    (library / "out.mp4").symlink_to(outside)
    (library / "out").symlink_to(outside.parent)
    (library / "again.mp4").symlink_to(library / "a.mp4")
    (library / "circle").symlink_to(library)
    (library / "dangling.mp4").symlink_to(library / "nowhere.mp4")
    (library / "loop.mp4").symlink_to(library / "loop.mp4")
    found = outcomes(library)
    assert {name for name, (outcome, _) in found.items() if outcome} == {"out.mp4", "out", "circle", "dangling.mp4", "loop.mp4"}
    assert {outcome for outcome, _ in found.values()} == {None, Outcome.REFUSED}
    assert [each.path for each in walk(library, [library])].count(str(library / "a.mp4")) == 2
    assert not any("outside" in each.path for each in walk(library, [library]))


def test_a_file_that_changed_a_moment_ago_is_left_for_later(library):
    film(library / "growing.mp4", modified=time.time() - 1)
    film(library / "clock.mp4", modified=time.time() + 3600)
    assert outcomes(library)["growing.mp4"][0] is Outcome.LATER
    assert outcomes(library)["clock.mp4"][0] is None  # a clock that was wrong, not a copy under way


def test_what_cannot_be_read_as_a_film_is_refused_with_a_reason(library):
    film(library / "empty.mp4", b"")
    os.mkfifo(library / "pipe.mp4")
    film_named_in_no_text(library)
    deep = library.joinpath(*["x" * 200] * 10)
    film(deep / "far.mp4")
    reasons = {name: reason for name, (outcome, reason) in outcomes(library).items() if outcome is Outcome.REFUSED}
    shutil.rmtree(library / ("x" * 200))
    assert len(reasons) == 4
    assert "empty" in reasons["empty.mp4"] and "ordinary" in reasons["pipe.mp4"] and "UTF-8" in reasons["\\xff.mp4"]


@pytest.mark.parametrize("path", ["/etc", "/etc/passwd", "/nowhere/at/all", "{library}/../outside", "{library}x", "/", "{library}/link"])
def test_a_path_outside_the_roots_is_refused_whether_it_exists_or_not(library, tmp_path, path):
    film(tmp_path / "outside" / "a.mp4")
    (library / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(OutsideRoots, match="may be imported"):
        allowed_path(path.format(library=library), [library])


@pytest.mark.parametrize("path", ["", "a.mp4", "library/a.mp4", "/a\0b", "/" + "x" * 3000, "/\ud800", "{library}/nothing.mp4"])
def test_a_path_that_means_nothing_is_refused(library, path):
    with pytest.raises(InvalidRequest):
        allowed_path(path.format(library=library), [library])


def test_without_roots_nothing_is_imported(library):
    with pytest.raises(OutsideRoots, match="MOVIETAGS_IMPORT_ROOTS"):
        allowed_path(str(library), [])
