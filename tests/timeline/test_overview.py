"""A timeline holds enough to cut the segments that the service itself cuts."""

import json
from typing import Any

import numpy as np
import pytest

from service.errors import ResultError
from service.timeline.overview import overview
from service.timeline.view import ViewOptions, view
from tests.test_summary import answer


def stored(shots, **parameters):
    return json.loads(json.dumps(answer(*shots, **parameters).to_json()))


def some_film(seed):
    """Forty shots of one to three key frames, with long quiet parts."""
    chance = np.random.default_rng(seed)
    quiet = chance.random((40, 1, 4)) < 0.5
    return [np.where(quiet[shot], 0.05, chance.random((chance.integers(1, 4), 4)).round(4)).tolist() for shot in range(40)]


def page_segments(timeline: dict[str, Any], min_score: float | None = None) -> list[dict[str, Any]]:
    """What a page does with a timeline: whole numbers alone until a segment's score."""
    limits = [round(10_000 * (tag["threshold"] if min_score is None else min_score)) for tag in timeline["tags"]]
    reached = [number for number, tag in enumerate(timeline["tags"]) if round(10_000 * tag["score"]) >= limits[number]]
    themes = sorted(reached, key=lambda number: -timeline["tags"][number]["score"])[: timeline["most_tags"]]
    for number in themes:
        limits[number] = min(limits[number], max(timeline["tags"][number]["scores"]))
    parts = [_tag_segments(timeline, tag, limit) for tag, limit in zip(timeline["tags"], limits, strict=True)]
    return [part for own in parts for part in own]


def _tag_segments(timeline: dict[str, Any], tag: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    runs: list[list[int]] = []
    shots = timeline["shots"]
    for number, score in enumerate(tag["scores"]):
        if score >= limit:
            if runs and shots[number]["start_ms"] - shots[runs[-1][-1]]["end_ms"] <= timeline["gap_ms"]:
                runs[-1].append(number)
            else:
                runs.append([number])
    parts = [_segment(tag, run, shots) for run in runs]
    long_enough = [part for part in parts if part["end_ms"] - part["start_ms"] >= timeline["min_segment_ms"]]
    return long_enough or sorted(parts, key=lambda part: part["start_ms"] - part["end_ms"])[:1]


def _segment(tag: dict[str, Any], run: list[int], shots: list[dict[str, int]]) -> dict[str, Any]:
    lengths = [max(1, shots[number]["end_ms"] - shots[number]["start_ms"]) for number in run]
    score = sum(tag["scores"][number] * length for number, length in zip(run, lengths, strict=True)) / sum(lengths) / 10_000
    span = {"start_ms": shots[run[0]]["start_ms"], "end_ms": shots[run[-1]]["end_ms"]}
    return {"tag": tag["tag"], **span, "score": pytest.approx(score, abs=2e-4)}


@pytest.mark.parametrize("parameters", [{}, {"top": 1}, {"min_score": 0.4}])
@pytest.mark.parametrize("length_ms", [700, 1900, 3000])
def test_segments_are_cut_from_the_timeline_alone(parameters, length_ms):
    result = stored(some_film(length_ms), length_ms=length_ms, **parameters)
    timeline = overview(result, ())
    assert result["segments"] == page_segments(timeline)
    for min_score in (0.0, 0.05, 0.3, 0.55, 0.7305, 0.95, 1.0):
        assert view(result, ViewOptions(min_score))["segments"] == page_segments(timeline, min_score)


def test_a_timeline_names_shots_frames_and_what_the_film_is_about():
    timeline = overview(stored([[[0.6, 0.9, 0.1, 0.0], [0.5, 0.8, 0.2, 0.0]], [[0.1, 0.4, 0.3, 0.95]]]), {"green"})
    assert timeline["shots"] == [
        {"start_ms": 0, "end_ms": 3000, "first_frame": 0, "frames": 2},
        {"start_ms": 3000, "end_ms": 6000, "first_frame": 2, "frames": 1},
    ]
    assert (timeline["frame_times_ms"], timeline["blurred_frames"]) == ([0, 100, 3000], [0, 1])
    red, green, _blue, nudity = timeline["tags"]
    assert (green["chosen"], green["sensitive"], green["scores"]) == (True, False, [8500, 4000])
    assert (nudity["chosen"], nudity["sensitive"], nudity["scores"]) == (False, True, [0, 0])
    assert (red["peaks"], green["peaks"]) == ([0, 2], [0, 2])


def test_the_best_key_frames_are_of_different_shots():
    shots = [[[0.1 * number, 0, 0, 0], [0.1 * number + 0.05, 0, 0, 0]] for number in range(8)]
    assert overview(stored(shots), ())["tags"][0]["peaks"] == [15, 13, 11, 9, 7, 5]


def test_a_result_of_an_earlier_version_is_refused():
    result = stored([[[0.6, 0.9, 0.1, 0.0]]])
    del result["model"]["most_tags"]
    with pytest.raises(ResultError, match="most_tags"):
        overview(result, ())
