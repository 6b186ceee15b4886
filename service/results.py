"""The answer for a film, and its JSON form (docs/result.schema.json describes it)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import ResultError
from service.film_objects import FilmObjects
from service.records import FilmFacts, Shot
from service.timeline.segments import Segment

SCHEMA_VERSION = 1
_DIGITS = 4  # of a score in JSON


@dataclass(frozen=True)
class Parameters:
    """All that, beside the film and the model, decides the answer."""

    precision: str
    decoder: str
    thorough: bool
    sensitive: bool
    min_score: float | None  # overrides every tag's own threshold
    top: int | None  # at most so many tags for the film
    objects: bool = False  # find objects too


@dataclass(frozen=True)
class ModelFacts:
    """Which model answered."""

    name: str
    version: str
    weak: tuple[str, ...]  # tags trained on few images
    unverified: tuple[str, ...]  # tags never measured on images of their own
    thresholds: Mapping[str, float]  # of every tag: the score from which it holds
    most_tags: int  # in a film's compact set
    sensitive: tuple[str, ...]  # tags that hold in a shot only where several of its key frames agree ...
    agreeing_key_frames: int  # ... so many


@dataclass(frozen=True)
class FilmTag:
    """A tag of the compact set."""

    tag: str
    score: float
    coverage: float  # share of the film, 0..1, that its segments cover
    first_ms: int  # start of its first segment


@dataclass(frozen=True)
class FrameResult:
    """A key frame and its scores (tags,) in vocabulary order."""

    time_ms: int
    shot: int  # position in the list of shots
    scores: NDArray[np.float32]
    tags: tuple[tuple[str, float], ...]  # at most three, best first


@dataclass(frozen=True)
class FilmResult:
    """All that is known of a film."""

    film: FilmFacts
    sha256: str
    duration_ms: int
    model: ModelFacts
    parameters: Parameters
    scores: dict[str, float]  # all tags of the vocabulary
    tags: tuple[FilmTag, ...]
    segments: tuple[Segment, ...]
    shots: tuple[Shot, ...]
    frames: tuple[FrameResult, ...]
    warnings: tuple[str, ...]
    objects: FilmObjects | None = None  # None where they were not looked for

    def to_json(self) -> dict[str, Any]:
        """The result as JSON types, scores rounded."""
        objects = {} if self.objects is None else {"objects": self.objects.to_json(self.film)}
        return {
            "schema_version": SCHEMA_VERSION,
            "film": self._film(),
            "model": {**asdict(self.model)},
            "parameters": asdict(self.parameters),
            "scores": {tag: _round(score) for tag, score in self.scores.items()},
            "tags": [{**asdict(tag), "score": _round(tag.score), "coverage": _round(tag.coverage)} for tag in self.tags],
            "segments": [{**asdict(segment), "score": _round(segment.score)} for segment in self.segments],
            "shots": [asdict(shot) for shot in self.shots],
            "frames": [self._frame(frame) for frame in self.frames],
            "warnings": list(self.warnings),
            **objects,
        }

    def _film(self) -> dict[str, Any]:
        film = self.film
        return {
            "file_name": film.file_name,
            "sha256": self.sha256,
            "duration_ms": self.duration_ms,
            "width": film.width,
            "height": film.height,
            "container": film.container,
            "codec": film.codec,
            "frame_rate": round(float(film.frame_rate), 3) if film.frame_rate else None,
            "rotation": film.rotation,
            "start_timecode": film.start_timecode,
        }

    def _frame(self, frame: FrameResult) -> dict[str, Any]:
        return {
            "time_ms": frame.time_ms,
            "shot": frame.shot,
            "tags": [[tag, _round(score)] for tag, score in frame.tags],
            "scores": dict(zip(self.scores, map(_round, frame.scores.tolist()), strict=True)),
        }


def _round(score: float) -> float:
    return round(float(score), _DIGITS)


def read_result(path: Path) -> dict[str, Any]:
    """Read a result file. Raises ResultError when it is not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultError(f"{path} cannot be read as a result: {error}") from error
    if (
        not isinstance(content, dict)
        or not {"schema_version", "film", "model", "parameters", "scores", "tags", "segments"} <= content.keys()
    ):
        raise ResultError(f"{path} is not a result of `movietags tag --out`.")
    if content["schema_version"] != SCHEMA_VERSION:
        raise ResultError(
            f"{path} has schema_version {content['schema_version']!r}; this program reads {SCHEMA_VERSION}. Tag the film again."
        )
    return content
