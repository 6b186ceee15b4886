"""What is stored, seen under other thresholds, is what tagging with these thresholds would have told."""

import json

import pytest

from service.errors import ResultError
from service.timeline.view import Aggregate, ViewOptions, view
from tests.test_summary import answer

SHOTS = (
    [[0.6, 0.9, 0.1, 0.0], [0.5, 0.8, 0.2, 0.0]],
    [[0.1, 0.4, 0.3, 0.95]],
    [[0.2, 0.1, 0.7, 0.97], [0.3, 0.1, 0.6, 0.92]],
    [[0.7, 0.2, 0.1, 0.0]],
)


def stored(*shots, **parameters):
    return json.loads(json.dumps(answer(*(shots or SHOTS), **parameters).to_json()))


def seen(result, **options):
    return view(result, ViewOptions(**options))


def shown(result):
    return [{name: frame[name] for name in ("time_ms", "shot", "tags", "scores")} for frame in result["frames"]]


@pytest.mark.parametrize("parameters", [{}, {"min_score": 0.3}, {"top": 1}])
def test_without_options_a_view_says_what_the_result_says(parameters):
    result = stored(**parameters)
    assert seen(result)["tags"] == result["tags"]
    assert seen(result)["segments"] == result["segments"]
    assert seen(result)["scores"] == result["scores"]
    assert seen(result, aggregate=Aggregate.FRAMES)["frames"] == shown(result)


@pytest.mark.parametrize("min_score", [0.0, 0.15, 0.45, 0.65, 0.91, 1.0])
@pytest.mark.parametrize("top", [None, 2])
def test_another_threshold_gives_what_tagging_with_it_gives(min_score, top):
    result, expected = stored(top=top), stored(min_score=min_score, top=top)
    assert seen(result, min_score=min_score)["tags"] == expected["tags"]
    assert seen(result, min_score=min_score)["segments"] == expected["segments"]
    assert seen(result, min_score=min_score, aggregate=Aggregate.FRAMES)["frames"] == shown(expected)


def test_a_view_of_the_movie_alone_has_neither_segments_nor_frames():
    told = seen(stored(), aggregate=Aggregate.MOVIE)
    assert set(told) == {"aggregate", "min_score", "tags", "scores"}
    assert told["aggregate"] == "movie"


def test_tags_are_included_and_excluded():
    result = stored()
    red = seen(result, include=frozenset({"red", "blue"}), exclude=frozenset({"blue"}))
    assert [tag["tag"] for tag in red["tags"]] == ["red"]
    assert {part["tag"] for part in red["segments"]} == {"red"} == set(red["scores"])
    others = seen(result, exclude=frozenset({"green"}), aggregate=Aggregate.FRAMES)
    assert all(tag != "green" for frame in others["frames"] for tag, _ in frame["tags"])


def test_without_any_tag_left_a_view_is_empty():
    told = seen(stored(), include=frozenset(), min_score=0.1)
    assert (told["tags"], told["segments"], told["scores"]) == ([], [], {})
    assert seen(stored(), include=frozenset(), aggregate=Aggregate.FRAMES)["frames"][0]["tags"] == []


def test_a_tag_beyond_the_compact_set_gets_its_best_shot_when_asked_for():
    """Weak shots, one strong frame in each: red is the film's second theme, and the stored set holds but one."""
    result = stored(
        [[0.9, 0.95, 0, 0], [0.0, 0.9, 0, 0]], [[0.9, 0.95, 0, 0], [0.0, 0.9, 0, 0]], [[0.9, 0.95, 0, 0], [0, 0.9, 0, 0]], top=1
    )
    assert [tag["tag"] for tag in result["tags"]] == ["green"]
    [red] = seen(result, include=frozenset({"red"}))["tags"]
    assert red["coverage"] > 0


def test_a_sensitive_tag_needs_agreeing_frames_at_any_threshold():
    alone = stored([[0, 0, 0, 0.99]], [[0, 0, 0, 0.99]])
    told = seen(alone, min_score=0.1, aggregate=Aggregate.FRAMES)
    assert told["tags"] == [] and all(frame["tags"] == [] for frame in told["frames"])


def test_a_result_that_kept_no_thresholds_is_refused():
    result = stored()
    del result["model"]["thresholds"]
    with pytest.raises(ResultError, match="thresholds"):
        seen(result)
