"""The key frame that shows a film in lists."""

import json

import pytest

from service.timeline.telling import TellingFrame, telling_frame
from tests.test_summary import answer


def told(*frames: list[float], blurred=(), **parameters):
    """Of a film with a shot for each frame (red, green, blue, nudity)."""
    return telling_frame(json.loads(json.dumps(answer(*([frame] for frame in frames), **parameters).to_json())), blurred)


def test_the_first_tag_counts_most():
    assert told([0.6, 0.9, 0, 0], [0.9, 0.6, 0, 0], [0.5, 0.95, 0, 0]).frame == 0
    assert told([0.1, 0.9, 0, 0], [0.9, 0.1, 0, 0], [0.1, 0.95, 0, 0]).frame == 2


def test_a_film_without_tags_is_shown_by_those_that_come_nearest():
    assert told([0, 0, 0, 0], [0.1, 0.3, 0, 0], [0.1, 0.2, 0, 0]) == TellingFrame(1, blurred=False)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ([0.1, 0.8, 0, 0], TellingFrame(1, blurred=False)),  # nearly as telling
        ([0.1, 0.5, 0, 0], TellingFrame(0, blurred=True)),
    ],
)
def test_a_picture_that_need_not_be_blurred_is_preferred(other, expected):
    assert told([0.7, 0.9, 0, 0], other, blurred=("red",), top=1) == expected


def test_one_frame_alone_does_not_show_a_sensitive_tag():
    film = answer([[0, 0, 0, 0.99]], [[0, 0, 0, 0.98], [0, 0, 0, 0.97]], [[0, 0, 0, 0.2]])
    assert telling_frame(json.loads(json.dumps(film.to_json())), ("nudity",)) == TellingFrame(1, blurred=True)
