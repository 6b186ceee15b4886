"""Choose pooling, thresholds and filter on labelled films, judged on films of other groups: python -m training.tune --help."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from service.predictors.bundle import load_tagger_bundle
from service.tags import Vocabulary, load_vocabulary
from service.timeline.aggregate import Aggregation, film_scores
from service.timeline.sensitive import agreed_scores
from training.bundle import rewrite_facts
from training.evaluate import FilmLabels, Flags, Measures, Scores, bootstrap, film_measures, film_precisions, read_film_labels, set_measures

FOLDS, REPEATS = 5, 3  # of the cross-fit; groups are dealt to folds anew in each repeat
EMPTY_LIMIT = 0.35  # tags on films without a theme; the promise is 0.5
LEVELS = np.linspace(0.10, 0.90, 81)  # thresholds tried, before a tag's own factor
BEST_FRAMES = (3.0, 4.0, 5.0)
LONGEST_WEIGHTS = (1.0, 3.0)
RELATIVES = (0.6, 0.7, 0.8)
SHRINKS = (0.0, 0.25)  # how far a tag's threshold follows its own noise; 0: one threshold for all
NOISE_QUANTILE = 0.9  # of a tag's scores on films without it

FOUND = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True)
class TaggedFilm:
    """What `movietags tag` found in one film."""

    scores: Scores  # (frames, tags)
    seconds: NDArray[np.float64]  # that each frame stands for
    shot_of_frame: NDArray[np.intp]


@dataclass(frozen=True)
class Choice:
    """Everything that is chosen on films."""

    aggregation: Aggregation
    level: float
    shrink: float


def read_results(folder: Path, files: Sequence[str], vocabulary: Vocabulary) -> list[TaggedFilm]:
    """Read the answers of `movietags tag --out folder` for the named films."""
    return [_tagged_film(json.loads((folder / f"{Path(file).stem}.json").read_text(encoding="utf-8")), vocabulary) for file in files]


def _tagged_film(result: Any, vocabulary: Vocabulary) -> TaggedFilm:
    frames = result["frames"]
    shot = np.array([frame["shot"] for frame in frames], np.intp)
    lengths = np.array([(item["end_ms"] - item["start_ms"]) / 1000 for item in result["shots"]])
    counts = np.bincount(shot, minlength=len(lengths))
    scores = np.array([[frame["scores"][tag] for tag in vocabulary.ids] for frame in frames], np.float32)
    return TaggedFilm(scores, (lengths / np.maximum(counts, 1))[shot], shot)


def pooled(films: Iterable[TaggedFilm], aggregation: Aggregation, sensitive: Sequence[int], key_frames: int) -> Scores:
    """Scores (films, tags) as the service gives them."""
    rows = []
    for film in films:
        scores = film_scores(film.scores, film.seconds, aggregation)
        shots = [
            agreed_scores(film.scores[film.shot_of_frame == shot][:, list(sensitive)], key_frames) for shot in np.unique(film.shot_of_frame)
        ]
        scores[list(sensitive)] = np.max(shots, axis=0)
        rows.append(scores)
    return np.stack(rows)


def tag_noise(scores: Scores, labels: FilmLabels, rows: NDArray[np.intp]) -> Scores:
    """How high each tag scores on those of the films `rows` that do not show it."""
    absent = ~(labels.truth | labels.arguable)[rows]
    found = [np.quantile(scores[rows, tag][absent[:, tag]], NOISE_QUANTILE) for tag in range(scores.shape[1])]
    return np.maximum(np.array(found, np.float32), np.float32(1e-3))


def thresholds(noise: Scores, choice: Choice, fixed: Scores) -> Scores:
    """A threshold for each tag: the level, moved towards tags that score high where they are not; or the fixed one."""
    moved = choice.level * (noise / np.median(noise)) ** choice.shrink
    return np.asarray(np.where(np.isnan(fixed), np.clip(moved, 0.5 * choice.level, 0.95), fixed), np.float32)


def compact_sets(scores: Scores, limits: Scores, aggregation: Aggregation) -> Flags:
    """`compact_set` of many films at once, as flags (films, tags)."""
    holds = scores >= limits
    held = np.where(holds, scores, -1.0)
    near = holds & (held >= aggregation.relative * held.max(axis=1, keepdims=True))
    rank = np.argsort(np.argsort(-held, axis=1, kind="stable"), axis=1)
    return np.asarray(near & (rank < aggregation.most_tags), bool)


def choose(by_pooling: dict[Aggregation, Scores], labels: FilmLabels, rows: NDArray[np.intp], fixed: Scores) -> Choice:
    """The best choice on the films `rows`; `fixed` (tags,) holds thresholds that are not chosen here and NaN for the rest."""
    part = subset(labels, rows)
    pooling = max(by_pooling, key=lambda item: _ranking(film_measures(part, by_pooling[item][rows], np.zeros(part.truth.shape, bool))))
    scores = by_pooling[pooling]
    noise = tag_noise(scores, labels, rows)

    def value(choice: Choice) -> float:
        limits = thresholds(noise, choice, fixed)
        f1, tags_without_theme = set_measures(part, compact_sets(scores[rows], limits, choice.aggregation))
        return f1 - max(0.0, tags_without_theme - EMPTY_LIMIT)

    return max(_choices(pooling), key=value)


def _ranking(measures: Measures) -> float:
    return measures.mean_ap + measures.hit_at_3


def _choices(pooling: Aggregation) -> Iterator[Choice]:
    for relative, shrink, level in itertools.product(RELATIVES, SHRINKS, LEVELS):
        yield Choice(replace(pooling, relative=relative), float(level), shrink)


def subset(labels: FilmLabels, rows: NDArray[np.intp]) -> FilmLabels:
    return FilmLabels(
        tuple(labels.files[row] for row in rows), tuple(labels.groups[row] for row in rows), labels.truth[rows], labels.arguable[rows]
    )


def folds(groups: Sequence[str], seed: int) -> NDArray[np.intp]:
    """The fold of each film; films of one group share it."""
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    fold = {name: place % FOLDS for place, name in enumerate(names)}
    return np.array([fold[group] for group in groups], np.intp)


def cross_fit(by_pooling: dict[Aggregation, Scores], labels: FilmLabels, fixed: Scores, seed: int) -> Measures:
    """Every fold's films are scored and tagged by what was chosen on the other folds; measured all together."""
    fold = folds(labels.groups, seed)
    some = next(iter(by_pooling.values()))
    scores, chosen = np.zeros_like(some), np.zeros(some.shape, bool)
    for left_out in range(FOLDS):
        rows, judged = np.flatnonzero(fold != left_out), np.flatnonzero(fold == left_out)
        choice = choose(by_pooling, labels, rows, fixed)
        pooling = _pooling(choice.aggregation)
        limits = thresholds(tag_noise(by_pooling[pooling], labels, rows), choice, fixed)
        scores[judged] = by_pooling[pooling][judged]
        chosen[judged] = compact_sets(scores[judged], limits, choice.aggregation)
    return film_measures(labels, scores, chosen)


def _pooling(aggregation: Aggregation) -> Aggregation:
    """The part of an aggregation that scores depend on, as the key of `by_pooling`."""
    return replace(aggregation, relative=Aggregation().relative)


def poolings(share: float) -> list[Aggregation]:
    return [
        Aggregation(best_frames=best, best_share=share, longest_weight=longest)
        for best, longest in itertools.product(BEST_FRAMES, LONGEST_WEIGHTS)
    ]


@click.command()
@click.option("--results", type=FOUND, required=True, help="What `movietags tag --out` wrote.")
@click.option("--labels", "labels_file", type=FOUND, required=True, help="films.csv")
@click.option("--bundle", "bundle_folder", type=FOUND, required=True, help="Its bundle.json is rewritten.")
@click.option("--best-share", default=Aggregation().best_share, help="Share of a long film's frames; films this short do not tell it.")
@click.option("--dry-run", is_flag=True, help="Measure and leave the bundle as it is.")
def main(results: Path, labels_file: Path, bundle_folder: Path, best_share: float, dry_run: bool) -> None:
    """Cross-fit, print the figures, then choose on all films and write the choice into the bundle."""
    vocabulary = load_vocabulary()
    bundle = load_tagger_bundle(vocabulary, bundle_folder)
    labels = read_film_labels(labels_file, vocabulary.ids)
    films = read_results(results, labels.files, vocabulary)
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    fixed = np.array([bundle.thresholds[tag] if tag in bundle.sensitive.tags else np.nan for tag in vocabulary.ids], np.float32)
    by_pooling = {pooling: pooled(films, pooling, sensitive, bundle.sensitive.key_frames) for pooling in poolings(best_share)}
    measured = [cross_fit(by_pooling, labels, fixed, seed) for seed in range(REPEATS)]
    figures = {name: round(float(np.mean([getattr(item, name) for item in measured])), 3) for name in vars(measured[0])}
    click.echo("cross-fitted: " + "  ".join(f"{name} {value}" for name, value in figures.items()))
    choice = choose(by_pooling, labels, np.arange(len(films)), fixed)
    scores = by_pooling[_pooling(choice.aggregation)]
    limits = thresholds(tag_noise(scores, labels, np.arange(len(films))), choice, fixed)
    click.echo(f"chosen on all films: {choice}")
    click.echo(f"fitted, not judged, with it: {film_measures(labels, scores, compact_sets(scores, limits, choice.aggregation))}")
    if not dry_run:
        metrics = json.loads((bundle_folder / "bundle.json").read_text(encoding="utf-8"))["metrics"]
        metrics["films"] = {"films": len(films), "cross_fitted": figures, "tags": film_figures(labels, scores, vocabulary)}
        rewrite_facts(bundle_folder, _changes(choice, limits, vocabulary, metrics))


def film_figures(labels: FilmLabels, scores: Scores, vocabulary: Vocabulary) -> dict[str, Any]:
    """Average precision and its 90 % interval of each tag that two films or more show."""
    figures = {}
    for place, precision in enumerate(film_precisions(labels, scores)):
        if not np.isnan(precision):
            rows = ~labels.arguable[:, place]
            interval = [round(value, 3) for value in bootstrap(labels.truth[rows, place], scores[rows, place])]
            shown = int(labels.truth[rows, place].sum())
            figures[vocabulary.ids[place]] = {"films": shown, "ap": round(float(precision), 3), "interval_90": interval}
    return figures


def _changes(choice: Choice, limits: Scores, vocabulary: Vocabulary, metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        "thresholds": {tag: round(float(limit), 4) for tag, limit in zip(vocabulary.ids, limits, strict=True)},
        "aggregation": vars(choice.aggregation),
        "metrics": metrics,
    }


if __name__ == "__main__":
    main()
