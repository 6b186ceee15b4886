from fractions import Fraction

import numpy as np
import pytest

from service.records import DecodeReport, FilmFacts, Shot
from service.results import FilmResult, Parameters
from service.summary import FrameScores, summarize
from tests.fakes import COLOURS, colour_bundle

FACTS = FilmFacts("film.mp4", "mov", "h264", 640, 360, 9000, Fraction(25), 0, None, 0, False)


def answer(*shots: list[list[float]], length_ms: int = 3000, **parameters) -> FilmResult:
    """Summarize shots given as the scores (red, green, blue, nudity) of their key frames."""
    given = [
        FrameScores(
            Shot(place * length_ms, (place + 1) * length_ms),
            tuple(place * length_ms + 100 * number for number in range(len(frames))),
            np.array(frames, np.float32),
        )
        for place, frames in enumerate(shots)
    ]
    defaults = {"precision": "keyframe", "decoder": "pyav", "thorough": False, "sensitive": True, "min_score": None, "top": None}
    report = DecodeReport(100, 0, length_ms * len(shots))
    return summarize(FACTS, "a" * 64, report, given, colour_bundle(), COLOURS, Parameters(**{**defaults, **parameters}))


def test_the_compact_set_holds_what_reaches_its_threshold_best_first():
    result = answer([[0.6, 0.9, 0.1, 0.0]])
    assert [tag.tag for tag in result.tags] == ["green", "red"]


def test_every_tag_of_the_compact_set_holds_somewhere():
    """A single strong frame in a shot that is weak as a whole."""
    result = answer([[0.9, 0, 0, 0], [0.0, 0, 0, 0]], [[0.9, 0, 0, 0], [0.0, 0, 0, 0]], [[0.9, 0, 0, 0], [0.0, 0, 0, 0]])
    assert [tag.tag for tag in result.tags] == ["red"]
    assert result.tags[0].coverage > 0


def test_a_frame_shows_at_most_three_tags_and_none_below_its_threshold():
    result = answer([[0.6, 0.9, 0.1, 0.0]], [[0.1, 0.1, 0.1, 0.0]])
    assert [[tag for tag, _ in frame.tags] for frame in result.frames] == [["green", "red"], []]


def test_min_score_overrides_every_threshold():
    result = answer([[0.6, 0.9, 0.1, 0.0]], min_score=0.05)
    assert [tag.tag for tag in result.tags] == ["green", "red", "blue"]


def test_top_limits_the_compact_set_alone():
    result = answer([[0.6, 0.9, 0.1, 0.0]], top=1)
    assert [tag.tag for tag in result.tags] == ["green"]
    assert {part.tag for part in result.segments} == {"red", "green"}


def test_a_sensitive_tag_needs_two_key_frames_of_one_shot():
    alone = answer([[0, 0, 0, 0.99]], [[0, 0, 0, 0.99]])
    assert alone.scores["nudity"] == 0 and alone.tags == () and alone.frames[0].tags == ()
    agreed = answer([[0, 0, 0, 0.99], [0, 0, 0, 0.95]])
    assert [tag.tag for tag in agreed.tags] == ["nudity"]
    assert agreed.scores["nudity"] == pytest.approx(0.95)


def test_all_scores_are_kept():
    result = answer([[0.6, 0.9, 0.1, 0.0]])
    assert list(result.scores) == ["red", "green", "blue", "nudity"]
    assert result.scores["blue"] == pytest.approx(0.1)


def test_the_answer_says_which_tags_are_weak_or_unverified():
    assert answer([[0.6, 0.9, 0.1, 0.0]]).to_json()["model"] == {
        "name": "colours",
        "version": "1",
        "weak": ("blue",),
        "unverified": ("nudity",),
        "thresholds": {"red": 0.5, "green": 0.5, "blue": 0.5, "nudity": 0.9},
        "most_tags": 8,
        "sensitive": ("nudity",),
        "agreeing_key_frames": 2,
    }
