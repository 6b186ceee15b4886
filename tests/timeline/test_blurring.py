"""Which key frames are blurred."""

import pytest

from service.timeline.blurring import is_blurred

MODEL = {"thresholds": {"war": 0.5, "murder": 0.6}}


@pytest.mark.parametrize(
    ("tags", "murder", "model", "expected"),
    [
        ([["murder", 0.7]], 0.7, MODEL, True),
        ([["war", 0.7]], 0.3, MODEL, False),
        ([["war", 0.7]], 0.6, MODEL, True),  # behind the three that it shows
        ([["murder", 0.3]], 0.3, MODEL, True),  # tagged with a low `min_score`
        ([["war", 0.7]], 0.7, {}, False),  # an early result does not tell its thresholds
        ([["murder", 0.7]], 0.7, {}, True),
    ],
)
def test_a_frame_is_blurred_for_what_it_shows(tags, murder, model, expected):
    frame = {"tags": tags, "scores": {"war": 0.7, "murder": murder}}
    assert is_blurred(frame, model, {"murder", "elsewhere"}) is expected
