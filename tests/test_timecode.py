from fractions import Fraction

import pytest
from opentimelineio.opentime import RationalTime, to_timecode

from service.timecode import RATES, Counting, film_time, nominal_rate

NTSC, DOUBLE = Fraction(30000, 1001), Fraction(60000, 1001)
FILM = Counting(Fraction(24000, 1001), drop=False)
PAL = Counting(Fraction(25), drop=False)
DROP, NON_DROP = Counting(NTSC, drop=True), Counting(NTSC, drop=False)
DROP_60 = Counting(DOUBLE, drop=True)

# The labels around the places where drop-frame leaves some out, from its definition: two a minute (four at 59.94), but not
# at each tenth minute.
LABELS = [
    (DROP, 0, "00:00:00;00"),
    (DROP, 1799, "00:00:59;29"),
    (DROP, 1800, "00:01:00;02"),
    (DROP, 3597, "00:01:59;29"),
    (DROP, 3598, "00:02:00;02"),
    (DROP, 17981, "00:09:59;29"),
    (DROP, 17982, "00:10:00;00"),
    (DROP, 17982 + 1799, "00:10:59;29"),
    (DROP, 17982 + 1800, "00:11:00;02"),
    (DROP, 107892, "01:00:00;00"),
    (DROP, 2589407, "23:59:59;29"),
    (NON_DROP, 1800, "00:01:00:00"),
    (NON_DROP, 108000, "01:00:00:00"),
    (DROP_60, 3599, "00:00:59;59"),
    (DROP_60, 3600, "00:01:00;04"),
    (DROP_60, 35963, "00:09:59;59"),
    (DROP_60, 35964, "00:10:00;00"),
    (DROP_60, 215784, "01:00:00;00"),
    (FILM, 86400, "01:00:00:00"),
    (FILM, 23, "00:00:00:23"),
    (PAL, 90024, "01:00:00:24"),
]


@pytest.mark.parametrize(("counting", "frame", "label"), LABELS)
def test_frames_have_the_labels_of_the_standard(counting, frame, label):
    assert counting.label(frame) == label
    assert counting.frame(label) == frame


@pytest.mark.parametrize("counting", [DROP, DROP_60], ids=["29.97", "59.94"])
def test_no_label_is_used_twice_and_none_that_drop_frame_leaves_out(counting):
    labels = [counting.label(frame) for frame in range(counting.frame("00:21:00;10"))]
    assert [counting.frame(label) for label in labels] == list(range(len(labels)))


@pytest.mark.parametrize("counting", [*(Counting(rate, drop=False) for rate in RATES), DROP, DROP_60], ids=str)
def test_another_library_gives_the_same_labels(counting):
    # Up to its 23rd hour, for it lets a day of non-drop labels end with the clock's.
    for frame in range(0, counting.frame_at(23 * 3_600_000), 49_999):
        assert counting.label(frame) == to_timecode(RationalTime(frame, float(counting.rate)), float(counting.rate), counting.drop)


def test_drop_frame_keeps_up_with_the_clock():
    for hours in range(24):
        assert abs(DROP.frame(f"{hours:02d}:00:00;00") - DROP.frame_at(hours * 3_600_000)) <= 3


@pytest.mark.parametrize("counting", [PAL, DROP, DROP_60], ids=["25", "29.97", "59.94"])
def test_labels_begin_again_after_a_day(counting):
    assert counting.label(counting.day) == counting.label(0)
    assert counting.label(counting.day - 1).startswith("23:59:59")


@pytest.mark.parametrize(
    "label", ["00:01:00;00", "00:01:00;01", "00:00:00;30", "24:00:00;00", "00:60:00;00", "1:00:00;00", "noon", "٠٠:00:00;00"]
)
def test_what_is_no_label_is_refused(label):
    with pytest.raises(ValueError, match=r"timecode|leaves out"):
        DROP.frame(label)


def test_there_is_no_drop_frame_at_other_rates():
    with pytest.raises(ValueError, match=r"29\.97 and 59\.94"):
        Counting(Fraction(24000, 1001), drop=True)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_frame_is_found_again_from_its_time_in_milliseconds(rate):
    counting = Counting(rate, drop=False)
    for frame in [*range(300), *range(0, 12 * 3600 * 60, 7919)]:
        assert counting.frame_at(round(frame * 1000 / rate)) == frame


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_rate_of_three_digits_is_the_exact_one_again(rate):
    assert nominal_rate(round(float(rate), 3)) == rate


@pytest.mark.parametrize(
    ("given", "nominal"), [(12.5, 25), (15.0, 30), (120.0, 60), (119.88, DOUBLE), (100.0, 50), (24.583, 25), (29.871, NTSC), (1e-9, 30)]
)
def test_another_rate_gets_the_nearest_of_timecode(given, nominal):
    assert abs(nominal_rate(given) - nominal) < 8


def test_a_drop_frame_start_counts_as_such():
    time = film_time(29.97, "01:00:00;00")
    assert (time.counting, time.start) == (DROP, 107892)
    assert time.counting.label(time.frame_at(60_060)) == "01:01:00;02"
    assert film_time(29.97, "01:00:00:00").counting == NON_DROP
    assert film_time(25.0, "10:00:00;00").counting == PAL  # a mark alone makes no drop-frame


def test_the_rule_is_stated_and_an_odd_rate_is_named():
    assert film_time(23.976, None).remarks == ("Times are rounded to the nearest frame at the nominal rate of 24000/1001 frames/s.",)
    assert "24.583 frames/s" in film_time(24.583, None).remarks[1]


@pytest.mark.parametrize("start", ["00:00:00:45", "soon", "", "99:00:00:00"])
def test_a_start_timecode_that_is_none_is_passed_over_and_said(start):
    time = film_time(25.0, start)
    assert time.start == 0
    assert repr(start) in time.remarks[-1]


def test_a_range_has_at_least_one_frame():
    assert film_time(25.0, None).frames(1000, 1001) == (25, 26)
