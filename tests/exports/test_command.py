import json

import pytest
from click.testing import CliRunner

from service.cli import main
from service.exports.formats import ExportOptions, export
from service.tags import load_vocabulary
from tests.exports.films import film

RESULT = film(("war", 0, 4000, 0.9), file_name="Él.mp4")


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(RESULT), encoding="utf-8")
    return path


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["export", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def test_standard_output_gets_the_very_bytes(stored):
    assert run(stored, "--format", "edl", "--tag", "war").stdout_bytes == export(
        RESULT, "edl", ExportOptions("war", vocabulary=load_vocabulary())
    )


def test_a_file_gets_the_very_bytes(stored, tmp_path):
    run(stored, "--format", "nfo", "--title", "Él & ella", "--language", "es", "--out", tmp_path / "film.nfo")
    assert (tmp_path / "film.nfo").read_bytes() == export(
        RESULT, "nfo", ExportOptions(None, "es", "Él & ella", vocabulary=load_vocabulary())
    )


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--format", "edll"], "Did you mean edl?", 2),
        (["--format", "edl"], "this film has war", 1),
        (["--format", "edl", "--tag", "warr"], "Did you mean war", 1),
        (["--format", "csv", "--out", "/dev/null/x"], "Could not open file", 1),
    ],
)
def test_bad_requests_are_answered_in_a_line(stored, arguments, words, code):
    assert words in run(stored, *arguments, code=code).output


def test_a_refused_export_leaves_the_old_file(stored, tmp_path):
    old = tmp_path / "old.edl"
    old.write_text("old")
    run(stored, "--format", "edl", "--out", old, code=1)
    assert old.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.edl", "result.json"]


def test_what_is_no_result_is_refused(tmp_path):
    (tmp_path / "x.json").write_text("[]")
    assert "is not a result" in run(tmp_path / "x.json", "--format", "csv", code=1).output
