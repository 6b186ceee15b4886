import csv
import io
import json
from pathlib import Path

from service.exports.csv_table import CsvTable
from service.exports.library_rows import library_csv_header, library_csv_row, library_json_line
from tests.exports.films import ODD_NAME, VOCABULARY, film

MOVIE = {
    "id": "m1",
    "title": '=HYPERLINK("x")',
    "external_id": "-7",
    "file_name": ODD_NAME,
    "state": "succeeded",
    "duration_ms": 60_000,
    "tags": [{"tag": "sea", "score": 0.9, "coverage": 1.0, "first_ms": 0}, {"tag": "war", "score": 0.5, "coverage": 0.1, "first_ms": 0}],
    "scores": {"sea": 0.9, "war": 0.5, "food": 0.0, "odd": 0.1},
    "other": "not exported",
}
QUEUED = {"id": "m2", "title": None, "file_name": "b.mp4", "state": "queued", "tags": None, "scores": None}


def test_the_library_as_csv():
    text = library_csv_header(VOCABULARY) + library_csv_row(MOVIE, VOCABULARY) + library_csv_row(QUEUED, VOCABULARY)
    header, done, queued = csv.reader(io.StringIO(text, newline=""))
    assert header == ["id", "title", "external_id", "file_name", "state", "duration_ms", "tags", "war", "food", "odd", "sea"]
    assert done == ["m1", '\'=HYPERLINK("x")', "'-7", ODD_NAME, "succeeded", "60000", "sea=0.9|war=0.5", "0.5", "0.0", "0.1", "0.9"]
    assert queued == ["m2", "", "", "b.mp4", "queued", *[""] * 6]


def test_the_library_as_json_lines():
    text = library_json_line(MOVIE, VOCABULARY) + library_json_line(QUEUED | {"title": "a\u2028b\x85c"}, VOCABULARY)
    done, queued = map(json.loads, text.splitlines())
    assert list(done) == ["id", "title", "external_id", "file_name", "state", "duration_ms", "tags", "scores"]
    assert done["title"] == '=HYPERLINK("x")'
    assert done["tags"] == [{"tag": "sea", "score": 0.9}, {"tag": "war", "score": 0.5}]
    assert list(done["scores"].items()) == [("war", 0.5), ("food", 0.0), ("odd", 0.1), ("sea", 0.9)]
    assert (queued["external_id"], queued["duration_ms"], queued["tags"], queued["scores"]) == (None, None, [], {})


def test_the_table_of_many_films_runs_no_file_name(tmp_path):
    with CsvTable(tmp_path / "films.csv", VOCABULARY) as table:
        table.write(Path("=1+1.mp4"), film())
    with (tmp_path / "films.csv").open(newline="", encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["file"] == "'=1+1.mp4"
