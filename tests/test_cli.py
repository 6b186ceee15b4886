import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from service.cli import main
from service.predictors.detector_bundle import read_detector_bundle
from service.tags import load_vocabulary

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "big-buck-bunny.mp4"
SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_text())


def run(*arguments: object, code: int = 0):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


@dataclass(frozen=True)
class Tagged:
    """All that one call of `movietags tag` leaves."""

    printed: str
    folder: Path
    table: Path


@pytest.fixture(scope="module")
def tagged(tmp_path_factory) -> Tagged:
    work = tmp_path_factory.mktemp("tagged")
    folder, table = work / "out", work / "films.csv"
    return Tagged(run("tag", "--json", "--out", folder, "--csv", table, EXAMPLE).stdout, folder, table)


@pytest.fixture(scope="module")
def answer(tagged):
    return json.loads(tagged.printed)


def test_the_table_shows_tags_with_score_coverage_and_times(answer):
    table = run("tag", EXAMPLE).stdout
    assert table.startswith("big-buck-bunny.mp4  (0:05.2, 1280x720, h264")
    for tag in answer["tags"]:
        assert load_vocabulary()[tag["tag"]].name["en"] in table
        assert f"{tag['score']:.2f}" in table


def test_the_json_answer_is_one_line_and_fits_its_schema(tagged, answer):
    jsonschema.validate(answer, SCHEMA)
    assert tagged.printed.count("\n") == 1
    assert list(answer["scores"]) == list(load_vocabulary().ids)
    assert list(answer["frames"][0]["scores"]) == list(load_vocabulary().ids)


def test_the_answer_is_the_same_every_time(answer):
    assert json.loads(run("tag", "--json", EXAMPLE).stdout) == answer


def test_tags_segments_and_frames_of_an_answer_agree(answer):
    starts = {part["tag"]: part["start_ms"] for part in reversed(answer["segments"])}
    for tag in answer["tags"]:
        assert tag["first_ms"] == starts[tag["tag"]]
        assert 0 < tag["coverage"] <= 1
    assert answer["shots"][-1]["end_ms"] == answer["film"]["duration_ms"]
    for frame in answer["frames"]:
        shot = answer["shots"][frame["shot"]]
        assert shot["start_ms"] <= frame["time_ms"] < shot["end_ms"]


def test_a_rabbit_in_a_meadow_is_an_animal(answer):
    assert answer["tags"][0]["tag"] == "animal"


@pytest.mark.parametrize("options", [["--precision", "frame", "--thorough"], ["--decoder", "opencv", "--no-sensitive"]])
def test_every_way_of_looking_gives_an_answer_of_the_same_form(options):
    answer = json.loads(run("tag", "--json", *options, EXAMPLE).stdout)
    jsonschema.validate(answer, SCHEMA)
    assert "animal" in [tag["tag"] for tag in answer["tags"]]


def test_objects_are_found_by_the_shipped_detector_and_searched_for(tmp_path):
    answer = json.loads(run("tag", "--json", "--objects", "--out", tmp_path, EXAMPLE).stdout)
    jsonschema.validate(answer, SCHEMA)
    bundle = read_detector_bundle(check_files=False)
    assert answer["objects"]["model"] == {"name": bundle.name, "version": bundle.version, "min_score": bundle.min_score}
    assert len(answer["objects"]["frames"]) == len(answer["frames"])
    labels = {track["label"] for track in answer["objects"]["tracks"]}
    assert labels and labels <= set(bundle.labels)
    for track in answer["objects"]["tracks"]:
        for each in track["boxes"]:
            assert each["box"]["x"] + each["box"]["width"] <= answer["film"]["width"] + 0.2
            assert each["box"]["y"] + each["box"]["height"] <= answer["film"]["height"] + 0.2
    assert "big-buck-bunny.mp4" in run("search", "--object", min(labels), tmp_path).stdout
    assert run("search", "--object", "submarine", tmp_path).stdout == ""


def test_search_needs_something_to_look_for(tmp_path):
    assert "Give --tag or --object" in run("search", tmp_path, code=2).stderr


def test_top_and_min_score_shape_the_compact_set():
    tags = json.loads(run("tag", "--json", "--min-score", 0, "--top", 2, EXAMPLE).stdout)["tags"]
    assert len(tags) == 2
    assert json.loads(run("tag", "--json", "--min-score", 1, EXAMPLE).stdout)["tags"] == []


def test_names_come_in_spanish(tagged):
    assert "Animales" in run("tag", "--language", "es", "--skip-existing", "--out", tagged.folder, EXAMPLE).stdout
    assert "Boda" in run("vocabulary", "--language", "es").stdout


def test_a_bad_film_is_reported_and_the_rest_go_on(tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "good.mp4")
    (tmp_path / "bad.mp4").write_text("This is no film.")
    done = run("tag", "--json", "--out", tmp_path / "out", tmp_path, code=1)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.json"]
    assert "bad.mp4" in done.stderr and "1 of 2 films failed" in done.stderr
    assert json.loads(done.stdout)["film"]["file_name"] == "good.mp4"


def test_a_missing_film_is_one_clear_line_without_a_traceback():
    done = run("tag", "no such film.mp4", code=1)
    assert done.stderr.startswith("no such film.mp4: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_library_run_goes_on_where_it_stopped(tmp_path, tagged):
    result = shutil.copytree(tagged.folder, tmp_path / "out") / "big-buck-bunny.json"
    before = result.stat().st_mtime_ns
    first = run("tag", "--skip-existing", "--out", result.parent, EXAMPLE).stdout
    assert result.stat().st_mtime_ns == before
    assert "Animal" in first
    run("tag", "--skip-existing", "--top", 1, "--out", result.parent, EXAMPLE)
    assert result.stat().st_mtime_ns != before


def test_skip_existing_without_a_folder_says_what_it_needs():
    assert "--skip-existing needs --out" in run("tag", "--skip-existing", EXAMPLE, code=2).stderr


def test_the_csv_table_has_a_row_a_film_and_a_column_a_tag(tagged, answer):
    with tagged.table.open(newline="", encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    assert row["file"] == str(EXAMPLE)
    assert row["tags"].split("|") == [tag["tag"] for tag in answer["tags"]]
    assert {tag: float(row[tag]) for tag in answer["scores"]} == answer["scores"]


def test_segments_prints_the_ranges_of_one_tag(answer):
    printed = run("segments", "--tag", "animal", EXAMPLE).stdout
    parts = [part for part in answer["segments"] if part["tag"] == "animal"]
    assert len(printed.splitlines()) == 1 + len(parts) >= 2
    assert json.loads(run("segments", "--json", "--tag", "animal", EXAMPLE).stdout)["segments"] == parts


def test_segments_of_a_tag_that_is_not_there_says_so():
    assert "war holds nowhere" in run("segments", "--tag", "war", EXAMPLE).stdout


def test_an_unknown_tag_is_answered_with_close_ones():
    assert "Did you mean animal" in run("segments", "--tag", "animl", EXAMPLE, code=1).stderr


def test_a_contact_sheet_shows_every_key_frame(tmp_path, answer):
    printed = run("frames", "--out", tmp_path, EXAMPLE).stdout.split()
    assert printed == [str(tmp_path / "big-buck-bunny-001.jpg")]
    with Image.open(printed[0]) as sheet:
        columns, rows = sheet.width // 312, round(sheet.height / 252)
        assert columns * rows >= len(answer["frames"])
        assert np.asarray(sheet.convert("L")).max() > 200


def test_search_finds_the_films_with_a_tag(tagged):
    assert "big-buck-bunny.mp4" in run("search", "--tag", "animal", tagged.folder).stdout
    assert run("search", "--tag", "animal", "--min-score", 1, tagged.folder).stdout == ""


def test_the_vocabulary_lists_all_tags_with_what_counts():
    lines = run("vocabulary").stdout.splitlines()
    assert len(lines) == 50
    assert lines[2].startswith("car_chase ") and "Car chase" in lines[2]
    assert json.loads(run("vocabulary", "--json").stdout)[2]["id"] == "car_chase"
