from fractions import Fraction

import numpy as np
import pytest

from service.records import DecodeReport, FilmFacts, KeyFrame, Shot, ShotFrames
from service.video.wire import (
    LENGTHS,
    MAX_HEADER,
    Kind,
    Message,
    facts_body,
    facts_from,
    read_message,
    report_from,
    shot_from,
    shot_message,
)


def sent(message: Message) -> Message:
    data = bytearray(message.packed())

    def take(count: int) -> bytes:
        taken = bytes(data[:count])
        del data[:count]
        return taken

    return read_message(take)


@pytest.mark.parametrize("rate", [None, Fraction(30000, 1001)])
def test_facts_come_over_unchanged(rate):
    facts = FilmFacts("電影.mp4", "mov", "h264", 1920, 1080, None, rate, 90, "01:00:00;00", 1, False)
    assert facts_from(sent(Message(Kind.FACTS, 0, facts_body(facts))).body) == facts


@pytest.mark.parametrize("thumbnail", [None, np.full((9, 16, 3), 7, np.uint8)])
@pytest.mark.parametrize("picture", [None, np.full((18, 32, 3), 9, np.uint8)])
def test_a_shot_comes_over_unchanged(thumbnail, picture):
    views = np.arange(2 * 3 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3, 3)
    frames = ShotFrames(Shot(40, 900), (KeyFrame(80, views, thumbnail, picture), KeyFrame(500, views + 1, thumbnail, picture)))
    message = sent(shot_message(frames, 900))
    got = shot_from(message)
    assert (got.shot, message.position_ms) == (frames.shot, 900)
    for mine, theirs in zip(frames.key_frames, got.key_frames, strict=True):
        assert mine.time_ms == theirs.time_ms
        np.testing.assert_array_equal(mine.views, theirs.views)
        np.testing.assert_array_equal(theirs.thumbnail, thumbnail)
        np.testing.assert_array_equal(theirs.picture, picture)


def test_a_report_comes_over_unchanged():
    report = DecodeReport(10, 2, 400, ("2 damaged frames were skipped",))
    body = {"frames_decoded": 10, "decode_failures": 2, "duration_ms": 400, "warnings": list(report.warnings)}
    assert report_from(sent(Message(Kind.REPORT, 400, body)).body) == report


def test_a_message_of_absurd_length_is_refused():
    with pytest.raises(ValueError, match="longer than any of ours"):
        read_message(lambda _: LENGTHS.pack(MAX_HEADER + 1, 0))
