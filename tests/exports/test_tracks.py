"""WebVTT, SubRip and FFmpeg's chapters, read back by webvtt-py, pysubs2 and FFmpeg."""

import json
from fractions import Fraction

import av
import pysubs2
import pytest
from webvtt import WebVTT

from service.exports.cleaning import one_line
from service.exports.formats import ExportOptions, export
from tests.clips import scenes, write
from tests.exports.films import ODD_NAME, ODD_TAG, VOCABULARY, film

RESULT = film(("war", 0, 4000, 0.9), ("odd", 2000, 3_723_004, 0.75), file_name=ODD_NAME, duration_ms=4_000_000)


def written(format, result=RESULT, tag=None, **others):
    return export(result, format, ExportOptions(tag, vocabulary=VOCABULARY, **others)).decode()


def cues_of(text):
    return WebVTT.from_string(text).captions


def starts_and_titles(chapters):
    return [(one["start"] * one["time_base"], one["metadata"]["title"]) for one in chapters]


def test_metadata_cues_carry_json():
    cues = cues_of(written("vtt"))
    assert [(cue.start, cue.end) for cue in cues] == [("00:00:00.000", "00:00:04.000"), ("00:00:02.000", "01:02:03.004")]
    assert json.loads(cues[0].text) == {"tag": "war", "name": "War", "score": 0.9}
    assert json.loads(cues[1].text) == {"tag": "odd", "name": one_line(ODD_TAG), "score": 0.75}


@pytest.mark.parametrize("format", ["vtt", "vtt-chapters"])
def test_no_text_reads_as_the_arrow_of_a_cue(format):
    text = written(format)
    assert text.startswith("WEBVTT\n\nNOTE Tom & ")
    assert all(line.count("-->") == (line[:3] in ("00:", "01:")) for line in text.splitlines())


def test_chapter_cues_do_not_overlap_and_hold_no_markup():
    cues = cues_of(written("vtt-chapters"))
    assert [(cue.start, cue.end) for cue in cues] == [("00:00:00.000", "00:00:04.000"), ("00:00:04.000", "01:02:03.004")]
    assert cues[0].text == "War"
    assert cues[1].raw_text == 'A=B;C#D\\E &amp; "F" &lt;i&gt;--&gt;&lt;/i&gt; {y} G \N{FIRE}'


def test_subtitles_name_the_tag():
    events = pysubs2.SSAFile.from_string(written("srt", tag="odd"), format_="srt").events
    assert [(event.start, event.end) for event in events] == [(2000, 3_723_004)]
    assert events[0].plaintext == 'A=B;C#D\\E & "F" ‹i›--›‹/i› (y) G \N{FIRE} 0.75'
    assert pysubs2.SSAFile.from_string(written("srt", tag="war", language="es"), format_="srt")[0].plaintext == "Guerra 0.90"


def test_a_tag_that_holds_nowhere_gives_empty_tracks(tmp_path):
    assert cues_of(written("vtt", tag="sea")) == []
    assert cues_of(written("vtt-chapters", tag="sea")) == []
    assert pysubs2.SSAFile.from_string(written("srt", tag="sea"), format_="srt").events == []
    assert chapters_of(tmp_path, written("ffmetadata", tag="sea")) == ([], {})


def chapters_of(folder, text):
    path = folder / "chapters"
    path.write_text(text, encoding="utf-8", newline="")
    with av.open(str(path), format="ffmetadata") as container:
        return container.chapters(), dict(container.metadata)


def test_ffmpeg_reads_the_chapters(tmp_path):
    found, metadata = chapters_of(tmp_path, written("ffmetadata", title=ODD_NAME))
    assert [(one["start"] * one["time_base"], one["end"] * one["time_base"]) for one in found] == [
        (0, 4),
        (4, Fraction(3_723_004, 1000)),
    ]
    assert [one["metadata"]["title"] for one in found] == ["War", one_line(ODD_TAG)]
    assert metadata == {"title": one_line(ODD_NAME)}


def test_the_chapters_go_into_a_film(tmp_path):
    source = write(tmp_path / "film.mp4", scenes(50, 50))
    result = film(("war", 0, 2000, 0.9), ("food", 2000, 4000, 0.75), duration_ms=4000)
    found, _ = chapters_of(tmp_path, written("ffmetadata", result))
    with av.open(str(source)) as film_in, av.open(str(tmp_path / "out.mkv"), "w") as out:
        stream = out.add_stream_from_template(film_in.streams.video[0])
        out.set_chapters(found)
        for packet in film_in.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert starts_and_titles(out.chapters()) == [(0, "War"), (2, "Food")]
