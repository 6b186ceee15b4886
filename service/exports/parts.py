"""What the writers share: the options, the film's segments by name, chapters, and the film's own timecode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from service.errors import ExportRefused
from service.exports.cleaning import one_line
from service.tags import LANGUAGES, Vocabulary
from service.timecode import FilmTime, film_time


@dataclass(frozen=True)
class ExportOptions:
    """What the reader of an export chooses."""

    tag: str | None = None  # only this tag
    language: str = "en"  # of the tags' names
    title: str | None = None  # of the film; its file's name without the ending, if None
    vocabulary: Vocabulary = field(kw_only=True, repr=False)  # of the model in use; results may have other tags

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ExportRefused(f"There are no names in {self.language!r}; the languages are {', '.join(LANGUAGES)}.")

    def name(self, tag: str) -> str:
        """A tag's name in one line; its id where the vocabulary has changed since."""
        return one_line(self.vocabulary.name(tag, self.language))

    def title_of(self, result: Mapping[str, Any]) -> str:
        """The film's title in one line."""
        return one_line(self.title or PurePath(result["film"]["file_name"]).stem) or "untitled"


@dataclass(frozen=True)
class Part:
    """A range of time with its tag, milliseconds, end not included."""

    tag: str
    name: str
    start_ms: int
    end_ms: int
    score: float


def parts_of(result: Mapping[str, Any], options: ExportOptions) -> list[Part]:
    """The film's segments, of the chosen tag or of all, in order of time; of those that begin together the longest first."""
    parts = [
        Part(segment["tag"], options.name(segment["tag"]), segment["start_ms"], segment["end_ms"], segment["score"])
        for segment in result["segments"]
        if options.tag in (None, segment["tag"])
    ]
    return sorted(parts, key=lambda part: (part.start_ms, -part.end_ms))


def chapters(parts: Iterable[Part]) -> list[Part]:
    """The ranges cut so that none overlap: at every time the highest score wins, of equal ones the first given."""
    parts = list(parts)
    coming = sorted(range(len(parts)), key=lambda place: parts[place].start_ms, reverse=True)
    running: list[tuple[float, int]] = []  # a heap, the best on top; what has ended is taken out when it comes up
    found: list[Part] = []
    for start, end in pairwise(sorted({edge for part in parts for edge in (part.start_ms, part.end_ms)})):
        while coming and parts[coming[-1]].start_ms <= start:
            place = coming.pop()
            heappush(running, (-parts[place].score, place))
        while running and parts[running[0][1]].end_ms <= start:
            heappop(running)
        if not running:
            continue
        best = parts[running[0][1]]
        if found and (found[-1].tag, found[-1].end_ms) == (best.tag, start):
            found[-1] = replace(found[-1], end_ms=end)
        else:
            found.append(replace(best, start_ms=start, end_ms=end))
    return found


def film_time_of(result: Mapping[str, Any]) -> FilmTime:
    """How the film's times become frames. Raises ExportRefused where its frame rate is unknown."""
    film = result["film"]
    rate = film["frame_rate"]
    if not rate or not 0 < rate < float("inf"):
        raise ExportRefused(
            f"The frame rate of {film['file_name']!r} is unknown, and edl and otio count frames; "
            "csv, vtt, srt and ffmetadata hold clock times."
        )
    return film_time(rate, film["start_timecode"])


def clock(time_ms: int, mark: str = ".") -> str:
    """Milliseconds as hh:mm:ss.mmm."""
    seconds, thousandths = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{thousandths:03d}"
