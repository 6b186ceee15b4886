"""The objects of a film: what its key frames show, the tracks these make, and their JSON form (docs/result.schema.json)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from service.images.boxes import Box
from service.records import FilmFacts, Shot
from service.timeline.tracks import FoundObject, shot_tracks

_SCORE_DIGITS = 4


@dataclass(frozen=True)
class DetectorFacts:
    """Which detector answered."""

    name: str
    version: str
    min_score: float  # nothing below it is kept


@dataclass(frozen=True)
class ShotObjects:
    """What the key frames of a shot show."""

    shot: Shot
    times_ms: tuple[int, ...]
    objects: tuple[tuple[FoundObject, ...], ...]  # of each key frame, best first


@dataclass(frozen=True)
class FilmObjects:
    """What all key frames of a film show, shot by shot."""

    model: DetectorFacts
    shots: tuple[ShotObjects, ...]

    def to_json(self, film: FilmFacts) -> dict[str, Any]:
        """As JSON types; boxes in pixels of the film as it is displayed."""
        return {"model": asdict(self.model), "frames": list(self._frames(film)), "tracks": list(self._tracks(film))}

    def _frames(self, film: FilmFacts) -> Iterator[dict[str, Any]]:
        for number, shot in enumerate(self.shots):
            for time_ms, objects in zip(shot.times_ms, shot.objects, strict=True):
                found = [{"label": each.label, "score": _score(each.score), "box": _pixels(each.box, film)} for each in objects]
                yield {"time_ms": time_ms, "shot": number, "objects": found}

    def _tracks(self, film: FilmFacts) -> Iterator[dict[str, Any]]:
        first = 0  # number of the shot's first key frame among all of the film
        for number, shot in enumerate(self.shots):
            frames = {time_ms: first + place for place, time_ms in enumerate(shot.times_ms)}
            first += len(frames)
            for track in shot_tracks(shot.shot, shot.times_ms, shot.objects):
                yield {
                    "label": track.label,
                    "score": _score(track.score),
                    "shot": number,
                    "start_ms": track.start_ms,
                    "end_ms": track.end_ms,
                    "boxes": [
                        {
                            "time_ms": each.time_ms,
                            "frame": frames[each.time_ms],
                            "score": _score(each.score),
                            "box": _pixels(each.box, film),
                        }
                        for each in track.sightings
                    ],
                }


def _score(score: float) -> float:
    return round(float(score), _SCORE_DIGITS)


def _pixels(box: Box, film: FilmFacts) -> dict[str, float]:
    return box.scaled(film.width, film.height).to_json()
