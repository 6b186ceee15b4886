"""From the scores of key frames to the answer for the film."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import TaggerBundle
from service.records import DecodeReport, FilmFacts, Shot
from service.results import FRAME_TAGS, FilmResult, FilmTag, FrameResult, ModelFacts, Parameters
from service.tags import Vocabulary
from service.timeline.aggregate import Aggregation, compact_set, film_scores, shot_scores
from service.timeline.segments import Segment, coverage, segments
from service.timeline.sensitive import agreed_scores


@dataclass(frozen=True)
class FrameScores:
    """A shot and the scores (key frames, tags) of its key frames."""

    shot: Shot
    times_ms: tuple[int, ...]
    scores: NDArray[np.float32]


def summarize(
    facts: FilmFacts,
    sha256: str,
    report: DecodeReport,
    shots: list[FrameScores],
    bundle: TaggerBundle,
    vocabulary: Vocabulary,
    parameters: Parameters,
) -> FilmResult:
    """Aggregate the key frames' scores to shots and film, choose the compact set and cut the segments."""
    thresholds = _thresholds(bundle, vocabulary, parameters.min_score)
    by_shot, by_film = _aggregate(shots, bundle, vocabulary)
    ranges = [item.shot for item in shots]
    chosen = compact_set(by_film, thresholds, Aggregation(**bundle.aggregation))[: parameters.top]
    # A theme of the film holds somewhere: where no shot as a whole reaches the threshold, in its best one.
    reached = thresholds.copy()
    reached[chosen] = np.minimum(thresholds[chosen], by_shot[:, chosen].max(axis=0))
    parts = segments(vocabulary.ids, ranges, by_shot, reached)
    return FilmResult(
        film=facts,
        sha256=sha256,
        duration_ms=report.duration_ms,
        model=ModelFacts(bundle.name, bundle.version, tuple(sorted(bundle.weak)), tuple(sorted(bundle.unverified))),
        parameters=parameters,
        scores=dict(zip(vocabulary.ids, by_film.tolist(), strict=True)),
        tags=tuple(_film_tag(vocabulary.ids[column], float(by_film[column]), parts, report.duration_ms) for column in chosen),
        segments=tuple(parts),
        shots=tuple(ranges),
        frames=tuple(_frames(shots, by_shot, bundle, vocabulary, thresholds)),
        warnings=report.warnings,
    )


def _thresholds(bundle: TaggerBundle, vocabulary: Vocabulary, min_score: float | None) -> NDArray[np.float32]:
    return np.array([bundle.thresholds[tag] if min_score is None else min_score for tag in vocabulary.ids], np.float32)


def _aggregate(shots: list[FrameScores], bundle: TaggerBundle, vocabulary: Vocabulary) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores of the shots (shots, tags) and of the film (tags,)."""
    rows = np.concatenate([item.scores for item in shots])
    counts = np.array([len(item.times_ms) for item in shots])
    seconds = np.array([(item.shot.end_ms - item.shot.start_ms) / 1000 for item in shots])
    by_shot = shot_scores(rows, np.repeat(np.arange(len(shots)), counts))
    by_film = film_scores(rows, np.repeat(seconds / counts, counts), Aggregation(**bundle.aggregation))
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    by_shot[:, sensitive] = [agreed_scores(item.scores[:, sensitive], bundle.sensitive.key_frames) for item in shots]
    by_film[sensitive] = by_shot[:, sensitive].max(axis=0)
    return by_shot, by_film


def _film_tag(tag: str, score: float, parts: list[Segment], duration_ms: int) -> FilmTag:
    own = [part for part in parts if part.tag == tag]
    return FilmTag(tag, score, coverage(own, duration_ms), own[0].start_ms if own else 0)


def _frames(
    shots: list[FrameScores], by_shot: NDArray[np.float32], bundle: TaggerBundle, vocabulary: Vocabulary, thresholds: NDArray[np.float32]
) -> list[FrameResult]:
    """A frame shows its three best tags among those that reach their threshold; sensitive ones only where the shot agrees."""
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    found = []
    for place, item in enumerate(shots):
        for time_ms, scores in zip(item.times_ms, item.scores, strict=True):
            shown = scores.copy()
            shown[sensitive] = np.minimum(shown[sensitive], by_shot[place, sensitive])
            best = [column for column in np.argsort(-shown, kind="stable")[:FRAME_TAGS] if shown[column] >= thresholds[column]]
            found.append(FrameResult(time_ms, place, scores, tuple((vocabulary.ids[column], float(shown[column])) for column in best)))
    return found
