from fractions import Fraction

import av
import pytest

from service.video.timeline import Timeline


def timeline(**options) -> Timeline:
    """A film of 25 frames a second in ticks of a millisecond."""
    return Timeline(tick_ms=Fraction(1), frame_ms=Fraction(40), **({"jumps_forward": False} | options))


def packet(dts: int | None, pts: int | None = None, duration: int = 0):
    made = av.Packet(b"x")
    made.dts, made.pts, made.duration = dts, pts, duration
    return made


def frame(pts: int | None, dts: int | None = None) -> av.VideoFrame:
    made = av.VideoFrame(16, 16)
    made.pts, made.dts = pts, dts
    return made


def test_film_time_counts_from_the_first_frame():
    film = timeline()
    assert [film.frame_time(frame(pts)) for pts in (7000, 7040, 7500)] == [0, 40, 500]


def test_a_frame_that_goes_back_in_time_is_left_out():
    film = timeline()
    assert [film.frame_time(frame(pts)) for pts in (0, 80, 40, 80, 120)] == [0, 80, None, None, 120]


def test_decoding_times_are_taken_where_presentation_times_go_back():
    film = timeline()
    stamps = [(1, 1), (2, 2), (4, 3), (3, 4), (5, 5), (7, 6), (6, 7), (8, 8)]
    times = [film.frame_time(frame(pts * 40, dts * 40)) for pts, dts in stamps]
    assert times == [0, 40, 120, None, 160, 200, 240, 280]


def test_frames_without_any_time_follow_each_other():
    film = timeline()
    assert [film.frame_time(frame(None)) for _ in range(3)] == [0, 40, 80]


def test_packets_without_any_time_follow_each_other():
    film = timeline()
    assert [film.follow(packet(None)) for _ in range(3)] == [0, 40, 80]


def test_the_film_ends_where_its_last_frame_ends():
    film = timeline()
    for stamp in (0, 80, 40):
        film.follow(packet(stamp, stamp, 100))
    film.frame_time(frame(0))
    assert film.end_ms == 180


@pytest.mark.parametrize(("second", "jumps_forward", "expected"), [(0, False, 540), (60_000, True, 540), (60_000, False, 60_000)])
def test_a_joint_of_recordings_shows_no_gap(second, jumps_forward, expected):
    film = timeline(jumps_forward=jumps_forward)
    film.follow(packet(500, 500)) if second else film.follow(packet(5000, 5000))
    joined = packet(second, second)
    assert film.follow(joined) == (expected if second else 5040)
    assert joined.pts == (expected if second else 5040)
