"""The order of the stages: probe -> shots -> key frames -> predictions -> aggregation -> segments."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np

from service.background import Cancelled, in_background, result_of
from service.errors import FilmTooLong
from service.features import FeatureRows, StoredFeatures, source_of, stored_features
from service.files import file_sha256
from service.film_objects import FilmObjects, ShotObjects
from service.object_finder import detector_facts, find_objects
from service.predictors.predictions import ObjectDetector, Predictions, Predictor
from service.records import Decoder, Precision, ShotFrames
from service.results import FilmResult, Parameters
from service.summary import FrameScores, summarize
from service.timeline.tracks import FoundObject
from service.video.decode import DecodedFilm, DecodeLimits, DecodeOptions, open_film

BATCH_FRAMES = 16  # frames that go to the networks at once


class Stage(StrEnum):
    """Where a run stands."""

    PROBING = "probing"  # opening the film and reading what its container says
    TAGGING = "tagging"  # decoding and predicting, which go side by side
    SUMMARIZING = "summarizing"


@dataclass(frozen=True)
class TaggedShot:
    """A shot, its key frames and what the networks say of them."""

    frames: ShotFrames
    predictions: Predictions  # rows are the shot's key frames
    objects: tuple[tuple[FoundObject, ...], ...] = ()  # of each key frame; empty where they are not looked for


@dataclass(frozen=True)
class StageProgress:
    """How far a stage has come; for tagging, by the film time that is scored."""

    stage: Stage
    fraction: float | None  # of the stage, 0..1; None where the container does not say how long the film is
    position_ms: int
    duration_ms: int | None


Answer = TypeVar("Answer")
OnShot = Callable[[TaggedShot], None]
OnProgress = Callable[[int, int | None], None]
OnStage = Callable[[StageProgress], None]
OnFeatures = Callable[[StoredFeatures], None]


def tag_film(
    path: Path,
    predictor: Predictor,
    parameters: Parameters,
    *,
    detector: ObjectDetector | None = None,
    sha256: str | None = None,
    thumbnail_side: int | None = None,
    limits: DecodeLimits | None = None,
    max_duration_ms: int | None = None,
    cancelled: Cancelled | None = None,
    on_shot: OnShot | None = None,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
    on_features: OnFeatures | None = None,
) -> FilmResult:
    """Tag one film while it is decoded; with `detector`, find the objects in its key frames too.

    `sha256` spares hashing the film again; with `thumbnail_side` (pixels) key frames carry a thumbnail. `on_shot` gets
    every shot with its pictures as soon as it is scored, in time order; `on_progress` the film time up to which the film
    is scored and the film's duration (None where its container does not say), in milliseconds; `on_stage` the same with
    the name of the stage, from `probing` on; `on_features`, once, what another head or other thresholds need.
    `cancelled` is asked several times a second, also while decoder or networks are silent: when it says so,
    TaggingCancelled is raised and the decoding process is ended. Raises FilmError.
    """
    if parameters.objects != (detector is not None):
        raise ValueError("a detector is needed where parameters.objects is set, and nowhere else")
    options = DecodeOptions(
        Precision(parameters.precision), Decoder(parameters.decoder), parameters.thorough, thumbnail_side, pictures=detector is not None
    )
    told = _Progress(on_progress, on_stage)
    kept: list[FrameScores] = []
    seen: list[ShotObjects] = []
    rows = FeatureRows()
    told.probing()
    # The hash is begun when the film has been opened: what cannot be opened may not end either, as a named pipe.
    with open_film(path, options, limits, cancelled) as film:
        digest = in_background(lambda: sha256 or file_sha256(path))
        _refuse_too_long(path, film.facts.duration_ms, max_duration_ms)
        told.tagging(0, film.facts.duration_ms)
        for shot in tagged_shots(_short_enough(film, path, max_duration_ms), predictor, cancelled, detector):
            times_ms = tuple(frame.time_ms for frame in shot.frames.key_frames)
            kept.append(FrameScores(shot.frames.shot, times_ms, shot.predictions.scores))
            if detector:
                seen.append(ShotObjects(shot.frames.shot, times_ms, shot.objects))
            if on_features:
                rows.add(shot.predictions)
            if on_shot:
                on_shot(shot)
            told.tagging(shot.frames.shot.end_ms, film.facts.duration_ms)
        told.summarizing(film.report.duration_ms)
        found = film.facts, result_of(digest, cancelled), film.report
        if on_features:
            on_features(stored_features(*found, source_of(predictor.bundle, predictor.vocabulary), parameters, kept, rows))
        result = summarize(*found, kept, predictor.bundle, predictor.vocabulary, parameters)
        return replace(result, objects=FilmObjects(detector_facts(detector), tuple(seen))) if detector else result


def tagged_shots(
    shots: DecodedFilm | Iterable[ShotFrames],
    predictor: Predictor,
    cancelled: Cancelled | None = None,
    detector: ObjectDetector | None = None,
) -> Iterator[TaggedShot]:
    """Score the key frames of shots as they come, several shots at once; with `detector` they must have their pictures."""
    waiting: list[ShotFrames] = []
    for shot in shots:
        waiting.append(shot)
        if sum(len(item.key_frames) for item in waiting) >= BATCH_FRAMES:
            yield from _predict(waiting, predictor, cancelled, detector)
            waiting = []
    if waiting:
        yield from _predict(waiting, predictor, cancelled, detector)


def _predict(
    shots: list[ShotFrames], predictor: Predictor, cancelled: Cancelled | None, detector: ObjectDetector | None
) -> Iterator[TaggedShot]:
    frames = [frame for shot in shots for frame in shot.key_frames]
    views = np.stack([frame.views for frame in frames])
    predictions = _asked(lambda: predictor.predict(views), cancelled)
    objects: list[tuple[FoundObject, ...]] = []
    if detector:
        pictures = [frame.picture for frame in frames if frame.picture is not None]
        objects = _asked(lambda: find_objects(detector, pictures), cancelled)
    start = 0
    for shot in shots:
        rows = slice(start, start + len(shot.key_frames))
        start = rows.stop
        yield TaggedShot(shot, Predictions(predictions.scores[rows], predictions.features[rows]), tuple(objects[rows]))


def _asked(ask: Callable[[], Answer], cancelled: Cancelled | None) -> Answer:
    """The networks may be another process's, busy or away for a while: whoever may cancel does not wait for them."""
    return ask() if cancelled is None else result_of(in_background(ask), cancelled)


def _short_enough(shots: Iterable[ShotFrames], path: Path, max_duration_ms: int | None) -> Iterator[ShotFrames]:
    """The shots, up to the limit: what a container says of its length may be wrong."""
    for shot in shots:
        _refuse_too_long(path, shot.shot.end_ms, max_duration_ms)
        yield shot


def _refuse_too_long(path: Path, length_ms: int | None, max_duration_ms: int | None) -> None:
    if max_duration_ms is not None and length_ms is not None and length_ms > max_duration_ms:
        text = f"{path} is longer than the {max_duration_ms / 60_000:g} minutes that are allowed; cut it into parts or raise the limit"
        raise FilmTooLong(text)


class _Progress:
    """Tells the listeners how far the run has come."""

    def __init__(self, on_progress: OnProgress | None, on_stage: OnStage | None) -> None:
        self._on_progress = on_progress
        self._on_stage = on_stage

    def probing(self) -> None:
        self._tell(StageProgress(Stage.PROBING, None, 0, None))

    def tagging(self, position_ms: int, duration_ms: int | None) -> None:
        if self._on_progress and position_ms:
            self._on_progress(position_ms, duration_ms)
        fraction = min(1.0, position_ms / duration_ms) if duration_ms else None
        self._tell(StageProgress(Stage.TAGGING, fraction, position_ms, duration_ms))

    def summarizing(self, duration_ms: int) -> None:
        self._tell(StageProgress(Stage.SUMMARIZING, 0.0, duration_ms, duration_ms))

    def _tell(self, progress: StageProgress) -> None:
        if self._on_stage:
            self._on_stage(progress)
