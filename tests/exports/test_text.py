import pytest

from service.exports.text import clock


@pytest.mark.parametrize(
    ("time_ms", "text"), [(0, "0:00.0"), (999, "0:00.9"), (65430, "1:05.4"), (3_600_000, "1:00:00.0"), (7_384_960, "2:03:04.9")]
)
def test_times_read_as_a_player_shows_them(time_ms, text):
    assert clock(time_ms) == text
