"""From the scores of key frames to the answer for the film."""

from collections.abc import Iterator

import numpy as np

from service.predictors.bundle import TaggerBundle
from service.records import DecodeReport, FilmFacts
from service.results import FilmResult, FilmTag, FrameResult, ModelFacts, Parameters
from service.tags import Vocabulary
from service.timeline.aggregate import Aggregation, Scores, compact_set, film_scores
from service.timeline.segments import Segment, coverage
from service.timeline.themes import FrameScores as FrameScores
from service.timeline.themes import scores_by_shot, shown_tags, theme_segments


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
    aggregation = Aggregation(**bundle.aggregation)
    by_shot, by_film = _aggregate(shots, bundle, vocabulary, aggregation)
    chosen = compact_set(by_film, thresholds, aggregation)[: parameters.top]
    parts = theme_segments(vocabulary.ids, shots, by_shot, thresholds, chosen)
    return FilmResult(
        film=facts,
        sha256=sha256,
        duration_ms=report.duration_ms,
        model=_model(bundle, vocabulary),
        parameters=parameters,
        scores=dict(zip(vocabulary.ids, by_film.tolist(), strict=True)),
        tags=tuple(_film_tag(vocabulary.ids[column], float(by_film[column]), parts, report.duration_ms) for column in chosen),
        segments=tuple(parts),
        shots=tuple(item.shot for item in shots),
        frames=tuple(_frames(shots, by_shot, bundle, vocabulary, thresholds)),
        warnings=report.warnings,
    )


def _thresholds(bundle: TaggerBundle, vocabulary: Vocabulary, min_score: float | None) -> Scores:
    return np.array([bundle.thresholds[tag] if min_score is None else min_score for tag in vocabulary.ids], np.float32)


def _model(bundle: TaggerBundle, vocabulary: Vocabulary) -> ModelFacts:
    return ModelFacts(
        name=bundle.name,
        version=bundle.version,
        weak=tuple(sorted(bundle.weak)),
        unverified=tuple(sorted(bundle.unverified)),
        thresholds={tag: bundle.thresholds[tag] for tag in vocabulary.ids},
        most_tags=Aggregation(**bundle.aggregation).most_tags,
        sensitive=tuple(bundle.sensitive.tags),
        agreeing_key_frames=bundle.sensitive.key_frames,
    )


def _aggregate(shots: list[FrameScores], bundle: TaggerBundle, vocabulary: Vocabulary, aggregation: Aggregation) -> tuple[Scores, Scores]:
    """Scores of the shots (shots, tags) and of the film (tags,)."""
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    by_shot = scores_by_shot(shots, sensitive, bundle.sensitive.key_frames)
    counts = np.array([len(item.times_ms) for item in shots])
    seconds = np.array([(item.shot.end_ms - item.shot.start_ms) / 1000 for item in shots])
    by_film = film_scores(np.concatenate([item.scores for item in shots]), np.repeat(seconds / counts, counts), aggregation)
    by_film[sensitive] = by_shot[:, sensitive].max(axis=0)
    return by_shot, by_film


def _film_tag(tag: str, score: float, parts: list[Segment], duration_ms: int) -> FilmTag:
    own = [part for part in parts if part.tag == tag]
    return FilmTag(tag, score, coverage(own, duration_ms), own[0].start_ms if own else 0)


def _frames(
    shots: list[FrameScores], by_shot: Scores, bundle: TaggerBundle, vocabulary: Vocabulary, thresholds: Scores
) -> Iterator[FrameResult]:
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    for place, item in enumerate(shots):
        for time_ms, scores in zip(item.times_ms, item.scores, strict=True):
            best = shown_tags(scores, by_shot[place], sensitive, thresholds)
            yield FrameResult(time_ms, place, scores, tuple((vocabulary.ids[column], score) for column, score in best))
