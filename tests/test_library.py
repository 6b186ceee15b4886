import json
from dataclasses import asdict, replace

import pytest

from service.library import ResultFolder, Wanted, content_hash, find_films, find_films_with
from service.results import Parameters
from tests.fakes import colour_bundle, patch_bundle

PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None)


def result_of(sha256="a" * 64, **changes):
    facts = {
        "schema_version": 1,
        "film": {"file_name": "film.mp4", "sha256": sha256},
        "model": {"name": "colours", "version": "1"},
        "parameters": {"precision": "keyframe", "decoder": "pyav", "thorough": False, "sensitive": True, "min_score": None, "top": None},
        "scores": {"red": 0.8, "blue": 0.6},
        "tags": [{"tag": "red", "score": 0.8}, {"tag": "blue", "score": 0.6}],
        "segments": [{"tag": "red", "start_ms": 0, "end_ms": 1000, "score": 0.8}],
    }
    return {**facts, **changes}


@pytest.fixture
def library(tmp_path):
    for name in ("b.mp4", "a.MKV", "notes.txt", ".hidden.mp4", "inner/c.mxf", ".cache/d.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def test_a_folder_gives_its_films_with_all_below_and_counts_the_rest(library):
    films, others = find_films([str(library)])
    assert [str(film.relative_to(library)) for film in films] == ["a.MKV", "b.mp4", "inner/c.mxf"]
    assert others == 1


def test_a_glob_is_followed_and_a_film_named_twice_comes_once(library):
    films, _ = find_films([str(library / "*.mp4"), str(library / "b.mp4"), str(library / "**/*.mxf")])
    assert [film.name for film in films] == ["b.mp4", "c.mxf"]


def test_a_file_named_itself_is_tried_whatever_its_name(library):
    films, others = find_films([str(library / "notes.txt"), "no such film.mp4"])
    assert [film.name for film in films] == ["notes.txt", "no such film.mp4"]
    assert others == 0


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tmp_path):
    (tmp_path / "film [1080p].mp4").touch()
    films, _ = find_films([str(tmp_path / "film [1080p].mp4")])
    assert [film.name for film in films] == ["film [1080p].mp4"]


def test_two_films_of_one_stem_do_not_overwrite_each_other(tmp_path):
    folder = ResultFolder(tmp_path)
    first = folder.write(tmp_path / "a/film.mp4", result_of("a" * 64))
    second = folder.write(tmp_path / "b/film.mkv", result_of("b" * 64))
    assert first != second
    assert json.loads(first.read_text())["film"]["sha256"] == "a" * 64
    assert folder.write(tmp_path / "b/film.mkv", result_of("b" * 64)) == second


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path):
    (tmp_path / "film.json").write_text("mine")
    ResultFolder(tmp_path).write(tmp_path / "film.mp4", result_of())
    assert (tmp_path / "film.json").read_text() == "mine"


@pytest.mark.parametrize(
    ("sha256", "bundle", "parameters", "found"),
    [
        ("a" * 64, {}, PARAMETERS, True),
        ("b" * 64, {}, PARAMETERS, False),
        ("a" * 64, {"version": "2"}, PARAMETERS, False),
        ("a" * 64, {}, Parameters("frame", "pyav", thorough=False, sensitive=True, min_score=None, top=None), False),
    ],
)
def test_a_result_counts_as_existing_for_the_same_content_model_and_parameters(tmp_path, sha256, bundle, parameters, found):
    folder = ResultFolder(tmp_path)
    folder.write(tmp_path / "film.mp4", result_of())
    assert (folder.existing(tmp_path / "film.mp4", sha256, [colour_bundle(**bundle)], parameters) is not None) is found


def objects_of(tracks=(), version="1"):
    return {"model": {"name": "patches", "version": version, "min_score": 0.4}, "frames": [], "tracks": list(tracks)}


@pytest.mark.parametrize(
    ("objects", "found"),
    [({}, False), ({"objects": objects_of()}, True), ({"objects": objects_of(version="2")}, False)],
)
def test_a_result_with_objects_counts_as_existing_for_the_same_detector(tmp_path, objects, found):
    folder, parameters = ResultFolder(tmp_path), replace(PARAMETERS, objects=True)
    folder.write(tmp_path / "film.mp4", result_of(parameters=asdict(replace(parameters, objects=bool(objects))), **objects))
    bundles = colour_bundle(), patch_bundle()
    assert (folder.existing(tmp_path / "film.mp4", "a" * 64, bundles, parameters) is not None) is found


def test_nothing_half_written_is_left(tmp_path):
    ResultFolder(tmp_path).write(tmp_path / "film.mp4", result_of())
    assert [path.name for path in tmp_path.iterdir()] == ["film.json"]


def test_search_finds_films_with_all_tags_and_passes_over_other_files(tmp_path):
    folder = ResultFolder(tmp_path)
    folder.write(tmp_path / "one.mp4", result_of())
    folder.write(tmp_path / "two.mp4", result_of("b" * 64, tags=[{"tag": "red", "score": 0.9}]))
    (tmp_path / "other.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text("{")
    assert [hit.score for hit in find_films_with(tmp_path, Wanted(("red",)), 0.0)] == [0.8, 0.9]
    assert [hit.score for hit in find_films_with(tmp_path, Wanted(("red", "blue")), 0.0)] == [0.6]
    assert [hit.score for hit in find_films_with(tmp_path, Wanted(("red",)), 0.85)] == [0.9]


def track(label, start_ms, end_ms, score):
    return {"label": label, "start_ms": start_ms, "end_ms": end_ms, "score": score}


def test_search_finds_films_that_show_objects_and_when(tmp_path):
    folder = ResultFolder(tmp_path)
    horses = [track("horse", 8000, 9000, 0.6), track("horse", 0, 3000, 0.9), track("horse", 2000, 5000, 0.7), track("dog", 0, 9000, 0.5)]
    folder.write(tmp_path / "one.mp4", result_of(objects=objects_of(horses)))
    folder.write(tmp_path / "two.mp4", result_of("b" * 64))
    [hit] = find_films_with(tmp_path, Wanted(objects=("horse",)), 0.0)
    assert (hit.score, [(part["start_ms"], part["end_ms"]) for part in hit.segments]) == (0.9, [(0, 5000), (8000, 9000)])
    assert [hit.score for hit in find_films_with(tmp_path, Wanted(("red",), ("horse", "dog")), 0.5)] == [0.5]
    [hit] = find_films_with(tmp_path, Wanted(objects=("horse",)), 0.8)
    assert [part["end_ms"] for part in hit.segments] == [3000]
    assert list(find_films_with(tmp_path, Wanted(objects=("horse", "dog")), 0.6)) == []


def test_what_is_no_ordinary_file_is_not_hashed(tmp_path):
    assert content_hash(tmp_path) is None
    assert content_hash(tmp_path / "missing.mp4") is None
