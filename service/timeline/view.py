"""A stored result under other thresholds or for other tags: arithmetic on what its frames scored, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import chain, pairwise
from typing import Any

import numpy as np

from service.errors import ResultError
from service.records import Shot
from service.timeline.aggregate import Aggregation, Scores, compact_set
from service.timeline.segments import Segment, coverage
from service.timeline.themes import FrameScores, scores_by_shot, shown_tags, theme_segments

DIGITS = 4  # of a score in JSON
_NEEDED = ("thresholds", "most_tags", "sensitive", "agreeing_key_frames")


class Aggregate(StrEnum):
    """How finely a view tells where tags hold."""

    MOVIE = "movie"
    SEGMENTS = "segments"
    FRAMES = "frames"


@dataclass(frozen=True)
class ViewOptions:
    """What is asked of a stored result."""

    min_score: float | None = None  # one threshold in place of those that the film was tagged with
    include: frozenset[str] | None = None  # these tags alone; None for all
    exclude: frozenset[str] = frozenset()  # but not these
    aggregate: Aggregate = Aggregate.SEGMENTS


def view(result: Mapping[str, Any], options: ViewOptions) -> dict[str, Any]:
    """Look at a stored result (the JSON form of a FilmResult).

    The answer has `aggregate`, `min_score`, `tags` (the compact set among the tags asked for) and their film `scores`; then
    `segments` or `frames`, as asked for. Without options it says what the result says. Raises ResultError where the
    result is of a version that did not keep its thresholds.
    """
    seen = _Seen(result, options)
    answer: dict[str, Any] = {
        "aggregate": str(options.aggregate),
        "min_score": options.min_score,
        "tags": seen.tags(),
        "scores": {tag: result["scores"][tag] for tag in seen.wanted},
    }
    if options.aggregate is Aggregate.SEGMENTS:
        answer["segments"] = [{**asdict(part), "score": round(part.score, DIGITS)} for part in seen.segments()]
    elif options.aggregate is Aggregate.FRAMES:
        answer["frames"] = seen.frames()
    return answer


def refuse_earlier(result: Mapping[str, Any]) -> None:
    """Raises ResultError where a result is of a version that did not keep its thresholds."""
    if missing := [name for name in _NEEDED if name not in result["model"]]:
        raise ResultError(f"This result does not say its model's {', '.join(missing)}: an earlier version made it. Tag the film again.")


def stored_shots(result: Mapping[str, Any], tags: Sequence[str]) -> list[FrameScores]:
    """The shots of a result with what their key frames score for these tags."""
    frames = result["frames"]  # those of one shot stand together
    scores = chain.from_iterable(map(frame["scores"].__getitem__, tags) for frame in frames)
    rows = np.fromiter(scores, np.float32, len(frames) * len(tags)).reshape(len(frames), len(tags))
    times_ms = tuple(frame["time_ms"] for frame in frames)
    bounds = np.searchsorted([frame["shot"] for frame in frames], range(len(result["shots"]) + 1)).tolist()
    return [
        FrameScores(Shot(**shot), times_ms[start:end], rows[start:end])
        for shot, (start, end) in zip(result["shots"], pairwise(bounds), strict=True)
    ]


class _Seen:
    """A result restricted to the wanted tags; its frames are only looked at where what is stored does not answer."""

    def __init__(self, result: Mapping[str, Any], options: ViewOptions) -> None:
        refuse_earlier(result)
        model, parameters = result["model"], result["parameters"]
        self.wanted = [
            tag for tag in result["scores"] if (options.include is None or tag in options.include) and tag not in options.exclude
        ]
        self._result = result
        used = parameters["min_score"]
        threshold = used if options.min_score is None else options.min_score
        self._as_stored = threshold == used
        limits = [model["thresholds"][tag] if threshold is None else threshold for tag in self.wanted]
        self._thresholds = np.array(limits, np.float32)
        scores = np.array([result["scores"][tag] for tag in self.wanted], np.float32)
        most = Aggregation(most_tags=model["most_tags"])
        self._chosen = compact_set(scores, self._thresholds, most)[: parameters["top"]]
        self._by_shot: Scores | None = None
        self._parts: list[Segment] | None = None

    def tags(self) -> list[dict[str, Any]]:
        duration_ms = self._result["film"]["duration_ms"]
        told = []
        for tag in (self.wanted[column] for column in self._chosen):
            own = [part for part in self.segments() if part.tag == tag]
            share = round(coverage(own, duration_ms), DIGITS)
            told.append({"tag": tag, "score": self._result["scores"][tag], "coverage": share, "first_ms": own[0].start_ms if own else 0})
        return told

    def segments(self) -> list[Segment]:
        if self._parts is None:
            stored = {tag["tag"] for tag in self._result["tags"]}
            if self._as_stored and all(self.wanted[column] in stored for column in self._chosen):
                self._parts = [Segment(**part) for part in self._result["segments"] if part["tag"] in self.wanted]
            else:
                self._parts = theme_segments(self.wanted, self._shots(), self._scores_by_shot(), self._thresholds, self._chosen)
        return self._parts

    def frames(self) -> list[dict[str, Any]]:
        of_shot, sensitive = self._scores_by_shot(), self._sensitive()
        told = []
        for frame in self._result["frames"]:
            scores = {tag: frame["scores"][tag] for tag in self.wanted}
            best = shown_tags(np.array(list(scores.values()), np.float32), of_shot[frame["shot"]], sensitive, self._thresholds)
            tags = [[self.wanted[column], round(score, DIGITS)] for column, score in best]
            told.append({"time_ms": frame["time_ms"], "shot": frame["shot"], "tags": tags, "scores": scores})
        return told

    def _sensitive(self) -> list[int]:
        return [column for column, tag in enumerate(self.wanted) if tag in self._result["model"]["sensitive"]]

    def _scores_by_shot(self) -> Scores:
        if self._by_shot is None:
            self._by_shot = scores_by_shot(self._shots(), self._sensitive(), self._result["model"]["agreeing_key_frames"])
        return self._by_shot

    def _shots(self) -> list[FrameScores]:
        return stored_shots(self._result, self.wanted)
