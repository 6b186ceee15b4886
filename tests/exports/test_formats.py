import csv
import io
import json

import pytest

from service.errors import ExportRefused, UnknownFormat, UnknownTag
from service.exports.cleaning import one_line, text_cell
from service.exports.formats import FORMATS, ExportOptions, export, file_name
from service.exports.parts import chapters, parts_of
from service.results import read_result
from tests.exports.films import ODD_NAME, ODD_TAG, VOCABULARY, film
from tests.test_structure import ROOT


def options(tag=None, **others):
    return ExportOptions(tag, vocabulary=VOCABULARY, **others)


def test_every_format_is_in_the_documentation():
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    for name, format in FORMATS.items():
        assert name == format.name
        assert f"| `{name}` | `{format.suffix}` |" in page


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("segments", [[], [("war", 0, 4000, 0.9), ("odd", 2000, 60_000, 0.8)]], ids=["none", "some"])
def test_every_format_is_written_the_same_each_time(name, segments):
    result = film(*segments, file_name=ODD_NAME)
    chosen = options("odd" if FORMATS[name].needs_tag else None)
    before = json.dumps(result)
    assert export(result, name, chosen) == export(result, name, chosen)
    assert json.dumps(result) == before
    export(result, name, chosen).decode("utf-8")


def test_an_unknown_format_is_answered_with_close_ones_and_all():
    with pytest.raises(UnknownFormat, match=r"Did you mean vtt\? The formats are json, csv, vtt"):
        export(film(), "vt", options())


def test_an_unknown_tag_is_answered_with_close_ones():
    with pytest.raises(UnknownTag, match="Did you mean war"):
        export(film(), "vtt", options("warr"))


@pytest.mark.parametrize("name", [format.name for format in FORMATS.values() if format.needs_tag])
def test_a_format_for_one_tag_is_refused_without(name):
    with pytest.raises(ExportRefused, match="this film has war"):
        export(film(), name, options())


@pytest.mark.parametrize("name", [format.name for format in FORMATS.values() if not format.takes_tag])
def test_a_format_of_the_whole_film_is_refused_with_a_tag(name):
    with pytest.raises(ExportRefused, match="without a tag"):
        export(film(), name, options("war"))


@pytest.mark.parametrize("name", ["edl", "otio"])
@pytest.mark.parametrize("rate", [None, 0, -25.0, float("nan"), float("inf")])
def test_a_list_of_frames_needs_a_frame_rate(name, rate):
    with pytest.raises(ExportRefused, match="frame rate"):
        export(film(("war", 0, 1000, 0.5), frame_rate=rate), name, options("war"))


def test_an_unknown_language_is_refused():
    with pytest.raises(ExportRefused, match="en, es"):
        options(language="fr")


def test_the_json_is_the_result_as_the_command_line_reads_it(tmp_path):
    result = film(("war", 0, 1000, 0.5), file_name=ODD_NAME)
    path = tmp_path / "result.json"
    path.write_bytes(export(result, "json", options()))
    assert read_result(path) == result


def test_the_table_reads_back():
    result = film(("war", 3_600_000, 3_601_234, 0.5), ("odd", 0, 1000, 0.25), file_name="=cmd|' /C calc'!A0.mp4")
    rows = list(csv.DictReader(io.StringIO(export(result, "csv", options(language="es")).decode(), newline="")))
    assert [row["tag"] for row in rows] == ["odd", "war"]
    assert rows[0]["name"] == one_line(ODD_TAG)
    assert rows[1] == {
        "file_name": "'=cmd|' /C calc'!A0.mp4",
        "tag": "war",
        "name": "Guerra",
        "start_ms": "3600000",
        "end_ms": "3601234",
        "start": "01:00:00.000",
        "end": "01:00:01.234",
        "score": "0.5",
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "  =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_text(text):
    assert text_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "film.mp4", "a=b", "'=1", "5", "Él"])
def test_other_cells_stay_as_they_are(text):
    assert text_cell(text) == text


def test_a_line_holds_no_control_characters():
    assert one_line("a\r\nb\0c\u2028d\ud800e\ufffff  g \N{GRINNING FACE}") == "a b c d e f g \N{GRINNING FACE}"


def ranges(*segments):
    return [(part.tag, part.start_ms, part.end_ms) for part in chapters(parts_of(film(*segments), options()))]


def test_of_overlapping_chapters_the_highest_score_wins():
    assert ranges(("war", 0, 30, 0.5), ("food", 10, 20, 0.9)) == [("war", 0, 10), ("food", 10, 20), ("war", 20, 30)]
    assert ranges(("war", 0, 20, 0.9), ("food", 10, 30, 0.5)) == [("war", 0, 20), ("food", 20, 30)]
    assert ranges(("war", 0, 10, 0.9), ("food", 0, 10, 0.5)) == [("war", 0, 10)]
    assert ranges(("war", 0, 10, 0.5), ("food", 5, 10, 0.5)) == [("war", 0, 10)]
    assert ranges(("war", 0, 10, 0.5), ("food", 20, 30, 0.5)) == [("war", 0, 10), ("food", 20, 30)]
    assert ranges(("war", 0, 10, 0.5), ("war", 10, 20, 0.6)) == [("war", 0, 20)]
    assert ranges() == []


def test_chapters_agree_with_a_look_at_every_millisecond():
    segments = [("war", 0, 40, 0.31), ("war", 55, 90, 0.62), ("food", 10, 70, 0.44), ("sea", 30, 35, 0.93), ("odd", 33, 60, 0.51)]
    found = ranges(*segments)
    for time in range(100):
        holding = [segment for segment in segments if segment[1] <= time < segment[2]]
        expected = [max(holding, key=lambda segment: segment[3])[0]] if holding else []
        assert [tag for tag, start, end in found if start <= time < end] == expected


def test_files_are_named_after_film_and_tag():
    assert file_name(film(file_name="a.b.mov"), "edl", options("war")) == "a.b.war.edl"
    assert file_name(film(file_name="C:\\films/a.mov"), "vtt-chapters", options()) == "a.chapters.vtt"
