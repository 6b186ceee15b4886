"""SMPTE timecode in whole numbers: milliseconds to frames, frames to labels and back, with and without drop-frame."""

import re
from dataclasses import dataclass
from fractions import Fraction

# The rates that timecode is counted at, as their standards have them.
RATES = tuple(
    Fraction(frames, seconds)
    for frames, seconds in (
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48000, 1001),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
_LOWEST, _HIGHEST = 20, 61  # frames a second; outside of it a rate is doubled or halved before the nearest is taken
_ROUNDING = Fraction(6, 10_000)  # results hold rates to three digits
_DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
_LABEL = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})([:;.,])([0-9]{2})")


@dataclass(frozen=True)
class Counting:
    """How frames are counted and labelled."""

    rate: Fraction  # frames a second, one of RATES
    drop: bool  # drop-frame: labels are left out, so that they keep up with the clock

    def __post_init__(self) -> None:
        if self.drop and self.rate not in _DROP_RATES:
            raise ValueError(f"There is no drop-frame at {self.rate} frames/s, only at 29.97 and 59.94.")

    @property
    def base(self) -> int:
        """Labels a second: 24 at 23.976, 30 at 29.97."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def dropped(self) -> int:
        """Labels that are left out at the start of every minute but each tenth."""
        return self.base // 15 if self.drop else 0

    @property
    def day(self) -> int:
        """Frames until the labels begin again at 00:00:00:00."""
        return 24 * 3600 * self.base - 24 * 54 * self.dropped

    def frame_at(self, time_ms: int) -> int:
        """The frame nearest to a time; of two equally near ones the later."""
        numerator, denominator = self.rate.numerator, self.rate.denominator
        return (2 * time_ms * numerator + 1000 * denominator) // (2000 * denominator)

    def label(self, frame: int) -> str:
        """The label of a frame; after a day they begin again."""
        number = frame % self.day
        if self.drop:
            number += self._labels_dropped_before(number)
        seconds, frames = divmod(number, self.base)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if self.drop else ':'}{frames:02d}"

    def frame(self, label: str) -> int:
        """The frame that has a label, whichever mark stands before its frames. Raises ValueError where no frame has it."""
        match = _LABEL.fullmatch(label)
        if match is None:
            raise ValueError(f"{label!r} is no timecode like 01:00:00:00")
        hours, minutes, seconds, frames = (int(match[place]) for place in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.base:
            raise ValueError(f"{label!r} is no timecode at {self.rate} frames/s")
        if self.drop and minutes % 10 and seconds == 0 and frames < self.dropped:
            raise ValueError(f"{label!r} is a label that drop-frame leaves out")
        all_minutes = 60 * hours + minutes
        number = (60 * all_minutes + seconds) * self.base + frames
        return number - self.dropped * (all_minutes - all_minutes // 10)

    def _labels_dropped_before(self, frame: int) -> int:
        ten_minutes = 600 * self.base - 9 * self.dropped
        minute = 60 * self.base - self.dropped
        tens, rest = divmod(frame, ten_minutes)
        # The first minute of ten drops none, so it is longer than the others by what they drop.
        return self.dropped * (9 * tens + max(0, rest - self.dropped) // minute)


@dataclass(frozen=True)
class FilmTime:
    """How a film's times become frames of its own timecode."""

    counting: Counting
    start: int  # frame number of the film's first frame
    remarks: tuple[str, ...]  # what the reader of a list should know, a sentence each

    def frame_at(self, time_ms: int) -> int:
        """Frame number, by the film's timecode, at a time of the film."""
        return self.start + self.counting.frame_at(time_ms)

    def frames(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """First frame and the one after the last of a range: at least one frame."""
        first = self.frame_at(start_ms)
        return first, max(first + 1, self.frame_at(end_ms))


def nominal_rate(frame_rate: float) -> Fraction:
    """The rate of timecode for a film: its own (23.976 is 24000/1001), or else the nearest.

    A film of another rate, as one of variable rate mostly is, gets the nearest; below 20 and above 61 frames/s a multiple or
    a part of its rate counts (12.5 gives 25, 120 gives 60), which keeps its frames on frames.
    """
    rate = Fraction(frame_rate)
    while rate < _LOWEST:
        rate *= 2
    while rate > _HIGHEST:
        rate /= 2
    return min(RATES, key=lambda known: abs(known - rate))


def film_time(frame_rate: float, start_timecode: str | None) -> FilmTime:
    """The counting of a film, by its frame rate and its embedded start timecode."""
    rate = nominal_rate(frame_rate)
    remarks = [f"Times are rounded to the nearest frame at the nominal rate of {rate} frames/s."]
    if abs(rate - Fraction(frame_rate)) > _ROUNDING:
        remarks.append(f"The film's mean rate is {frame_rate:g} frames/s, which is no rate of timecode.")
    if start_timecode is None:
        return FilmTime(Counting(rate, drop=False), 0, tuple(remarks))
    match = _LABEL.fullmatch(start_timecode)
    drop = match is not None and match[4] != ":" and rate in _DROP_RATES
    counting = Counting(rate, drop)
    try:
        start = counting.frame(start_timecode)
    except ValueError as error:
        start = 0
        remarks.append(f"The film's start timecode was passed over: {error}. Its first frame counts as 0.")
    return FilmTime(counting, start, tuple(remarks))
