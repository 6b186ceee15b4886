"""Choose the threshold on labelled films, judged on films of other groups: python -m training.tune --help."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

FOLDS, REPEATS = 5, 10  # of the cross-fit; groups are dealt to folds anew in each repeat
EMPTY_LIMIT = 0.45  # tags on films without a theme; the promise is 0.5
LEVELS = np.linspace(0.10, 0.90, 81)  # thresholds tried, one for all tags: most tags are shown by too few films for one of their own

FOUND = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True)
class TaggedFilm:
    """What `movietags tag` found in one film."""

    scores: Scores  # (frames, tags)
    seconds: NDArray[np.float64]  # that each frame stands for
    shot_of_frame: NDArray[np.intp]


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


def thresholds(level: float, fixed: Scores) -> Scores:
    """A threshold for each tag: its fixed one, or the level where that is NaN."""
    return np.asarray(np.where(np.isnan(fixed), level, fixed), np.float32)


def compact_sets(scores: Scores, limits: Scores, aggregation: Aggregation) -> Flags:
    """`compact_set` of many films at once, as flags (films, tags)."""
    holds = scores >= limits
    held = np.where(holds, scores, -1.0)
    rank = np.argsort(np.argsort(-held, axis=1, kind="stable"), axis=1)
    return np.asarray(holds & (rank < aggregation.most_tags), bool)


def choose_level(scores: Scores, labels: FilmLabels, rows: NDArray[np.intp], fixed: Scores, aggregation: Aggregation) -> float:
    """The best level on the films `rows`; `fixed` (tags,) holds thresholds that are not chosen here and NaN for the rest."""
    part = subset(labels, rows)

    def value(level: float) -> float:
        f1, tags_without_theme = set_measures(part, compact_sets(scores[rows], thresholds(level, fixed), aggregation))
        return f1 - max(0.0, tags_without_theme - EMPTY_LIMIT)

    return float(max(LEVELS, key=value))


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


def cross_fit(scores: Scores, labels: FilmLabels, fixed: Scores, aggregation: Aggregation, seed: int) -> Measures:
    """Every fold's films are tagged by the level chosen on the other folds; measured all together."""
    fold = folds(labels.groups, seed)
    chosen = np.zeros(scores.shape, bool)
    for left_out in range(FOLDS):
        level = choose_level(scores, labels, np.flatnonzero(fold != left_out), fixed, aggregation)
        judged = np.flatnonzero(fold == left_out)
        chosen[judged] = compact_sets(scores[judged], thresholds(level, fixed), aggregation)
    return film_measures(labels, scores, chosen)


@click.command()
@click.option("--results", type=FOUND, required=True, help="What `movietags tag --out` wrote.")
@click.option("--labels", "labels_file", type=FOUND, required=True, help="films.csv")
@click.option("--bundle", "bundle_folder", type=FOUND, required=True, help="Its bundle.json is rewritten.")
@click.option("--best-share", default=Aggregation().best_share, help="Share of a long film's frames; films this short do not tell it.")
@click.option("--dry-run", is_flag=True, help="Measure and leave the bundle as it is.")
def main(results: Path, labels_file: Path, bundle_folder: Path, best_share: float, dry_run: bool) -> None:
    """Cross-fit, print the figures, then choose the threshold on all films and write it into the bundle."""
    vocabulary = load_vocabulary()
    bundle = load_tagger_bundle(vocabulary, bundle_folder)
    labels = read_film_labels(labels_file, vocabulary.ids)
    films = read_results(results, labels.files, vocabulary)
    sensitive = [vocabulary.index(tag) for tag in bundle.sensitive.tags]
    fixed = np.array([bundle.thresholds[tag] if tag in bundle.sensitive.tags else np.nan for tag in vocabulary.ids], np.float32)
    aggregation = Aggregation(best_share=best_share)
    scores = pooled(films, aggregation, sensitive, bundle.sensitive.key_frames)
    measured = [cross_fit(scores, labels, fixed, aggregation, seed) for seed in range(REPEATS)]
    figures = {name: round(float(np.mean([getattr(item, name) for item in measured])), 3) for name in vars(measured[0])}
    click.echo("cross-fitted: " + "  ".join(f"{name} {value}" for name, value in figures.items()))
    level = choose_level(scores, labels, np.arange(len(films)), fixed, aggregation)
    limits = thresholds(level, fixed)
    click.echo(f"chosen on all films: {level:.2f}")
    click.echo(f"fitted, not judged, with it: {film_measures(labels, scores, compact_sets(scores, limits, aggregation))}")
    if not dry_run:
        metrics = json.loads((bundle_folder / "bundle.json").read_text(encoding="utf-8"))["metrics"]
        metrics["films"] = {"films": len(films), "cross_fitted": figures, "tags": film_figures(labels, scores, vocabulary)}
        rewrite_facts(bundle_folder, _changes(aggregation, limits, vocabulary, metrics))


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


def _changes(aggregation: Aggregation, limits: Scores, vocabulary: Vocabulary, metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        "thresholds": {tag: round(float(limit), 4) for tag, limit in zip(vocabulary.ids, limits, strict=True)},
        "aggregation": vars(aggregation),
        "metrics": metrics,
    }


if __name__ == "__main__":
    main()
