from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from service.video.frames import LONGEST_SIDE, fitted_size, frames_for, gap_times, looked_at
from service.video.geometry import Picture


@dataclass(frozen=True)
class FakeFrame:
    time_ms: int

    def picture(self, side: int) -> Picture:
        return np.zeros((side, side, 3), np.uint8)


@dataclass
class FakeReader:
    """A film of known key times and a frame every 40 ms; it keeps count of what it was asked for."""

    keys: Sequence[int]
    end_ms: int
    frames_decoded: int = 0
    failures: int = 0
    frames_met: int = 0
    asked: list[int] = field(default_factory=list)

    def key_frames(self) -> Iterator[FakeFrame]:
        self.frames_met = self.end_ms // 40
        yield from map(FakeFrame, self.keys)

    def all_frames(self) -> Iterator[FakeFrame]:
        yield from map(FakeFrame, range(0, self.end_ms, 40))

    def frames_at(self, times_ms: Sequence[int]) -> Iterator[FakeFrame]:
        self.asked = list(times_ms)
        yield from frames_for(times_ms, self.all_frames())


def times_of(reader: FakeReader) -> list[int]:
    return [look.time_ms for look in looked_at(reader)]


def test_enough_key_frames_are_taken_as_they_are():
    reader = FakeReader(range(0, 60_000, 2000), 60_000)
    assert times_of(reader) == list(range(0, 60_000, 2000))
    assert not reader.asked


def test_the_largest_gaps_are_filled_first():
    keys = list(range(0, 9000, 1000))
    reader = FakeReader(keys, 12_000)
    assert times_of(reader) == [*keys, 9000, 10_000, 11_000]
    assert reader.asked == [9000, 10_000, 11_000]


def test_a_long_film_of_one_key_frame_gets_twelve():
    times = times_of(FakeReader([0], 3_600_000))
    assert len(times) == 12
    assert max(np.diff([*times, 3_600_000])) <= 300_040


@pytest.mark.parametrize("end_ms", [1000, 5000, 50_000])
def test_a_film_without_key_frames_gets_twelve(end_ms):
    assert len(times_of(FakeReader([], end_ms))) == 12


def test_a_film_of_few_frames_gives_them_all():
    assert times_of(FakeReader([0], 200)) == [0, 40, 80, 120, 160]


@pytest.mark.parametrize("known", [[], [0], [0, 900], [0, 100, 5000]])
def test_gap_times_are_ascending_new_and_inside(known):
    times = gap_times(known, 10_000, 7)
    assert times == sorted(set(times) - set(known))
    assert len(times) == 7
    assert times[-1] < 10_000


def test_each_time_gets_the_first_frame_at_or_after_it_once():
    frames = iter([FakeFrame(time) for time in (0, 100, 200, 300)])
    assert [frame.time_ms for frame in frames_for([50, 60, 250], frames)] == [100, 300]


@pytest.mark.parametrize(
    ("size", "fitted"), [((1920, 1080), (640, 360)), ((1080, 1920), (360, 640)), ((100, 50), (100, 50)), ((8000, 100), (LONGEST_SIDE, 26))]
)
def test_sizes_are_shrunk_to_fit_and_never_enlarged(size, fitted):
    assert fitted_size(size[0], size[1], 360) == fitted
