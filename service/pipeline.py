"""The order of the stages: probe -> shots -> key frames -> predictions -> aggregation -> segments."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.files import file_sha256
from service.predictors.predictions import Predictions, Predictor
from service.records import Decoder, Precision, ShotFrames
from service.results import FilmResult, Parameters
from service.summary import FrameScores, summarize
from service.video.decode import DecodedFilm, DecodeOptions, open_film

BATCH_FRAMES = 16  # frames that go to the networks at once


@dataclass(frozen=True)
class TaggedShot:
    """A shot, its key frames and what the networks say of them."""

    frames: ShotFrames
    predictions: Predictions  # rows are the shot's key frames


OnShot = Callable[[TaggedShot], None]
OnProgress = Callable[[int, int | None], None]


def tag_film(
    path: Path,
    predictor: Predictor,
    parameters: Parameters,
    *,
    sha256: str | None = None,
    thumbnail_side: int | None = None,
    on_shot: OnShot | None = None,
    on_progress: OnProgress | None = None,
) -> FilmResult:
    """Tag one film while it is decoded.

    `sha256` spares hashing the film again; with `thumbnail_side` (pixels) key frames carry a thumbnail. `on_shot` gets
    every shot with its pictures as soon as it is scored, in time order; `on_progress` the film time up to which the film
    is scored and the film's duration (None where its container does not say), in milliseconds. Raises FilmError.
    """
    options = DecodeOptions(Precision(parameters.precision), Decoder(parameters.decoder), parameters.thorough, thumbnail_side)
    kept: list[FrameScores] = []
    # The hash is begun when the film has been opened: what cannot be opened may not end either, as a named pipe.
    with open_film(path, options) as film, ThreadPoolExecutor(1) as hasher:
        digest = hasher.submit(lambda: sha256 or file_sha256(path))
        for shot in tagged_shots(film, predictor):
            key_frames = shot.frames.key_frames
            kept.append(FrameScores(shot.frames.shot, tuple(frame.time_ms for frame in key_frames), shot.predictions.scores))
            if on_shot:
                on_shot(shot)
            if on_progress:
                on_progress(shot.frames.shot.end_ms, film.facts.duration_ms)
        return summarize(film.facts, digest.result(), film.report, kept, predictor.bundle, predictor.vocabulary, parameters)


def tagged_shots(shots: DecodedFilm | Iterable[ShotFrames], predictor: Predictor) -> Iterator[TaggedShot]:
    """Score the key frames of shots as they come, several shots at once."""
    waiting: list[ShotFrames] = []
    for shot in shots:
        waiting.append(shot)
        if sum(len(item.key_frames) for item in waiting) >= BATCH_FRAMES:
            yield from _predict(waiting, predictor)
            waiting = []
    if waiting:
        yield from _predict(waiting, predictor)


def _predict(shots: list[ShotFrames], predictor: Predictor) -> Iterator[TaggedShot]:
    predictions = predictor.predict(np.stack([frame.views for shot in shots for frame in shot.key_frames]))
    start = 0
    for shot in shots:
        rows = slice(start, start + len(shot.key_frames))
        start = rows.stop
        yield TaggedShot(shot, Predictions(predictions.scores[rows], predictions.features[rows]))
