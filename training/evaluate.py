"""How good scores are: average precision of images, and the four figures of labelled films."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class FilmLabels:
    """What labelled films show; rows are films, columns the vocabulary's tags."""

    files: tuple[str, ...]
    groups: tuple[str, ...]  # films cut from one another share a group
    truth: Flags  # (films, tags)
    arguable: Flags  # (films, tags) neither right nor wrong


@dataclass(frozen=True)
class Measures:
    """What decides between two ways of tagging films."""

    mean_ap: float  # over the tags of two films or more
    hit_at_3: float  # share of the films with a theme that have a right tag among their three best
    f1: float  # of the compact sets, over all films together
    tags_without_theme: float  # mean size of the compact set of films without a theme


def read_film_labels(path: Path, tags: Sequence[str]) -> FilmLabels:
    """Read a table with the columns file, tags, maybe_tags and group; tags are joined by '|'."""
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    def flags(column: str) -> Flags:
        return np.array([[tag in row[column].split("|") for tag in tags] for row in rows])

    return FilmLabels(tuple(row["file"] for row in rows), tuple(row["group"] for row in rows), flags("tags"), flags("maybe_tags"))


def average_precision(truth: Flags, scores: Scores) -> float:
    """Area under the steps of precision over recall; 0 without a true row."""
    ranked = truth[np.argsort(-scores, kind="stable")]
    hits = np.flatnonzero(ranked)
    return float(np.mean(np.arange(1, len(hits) + 1) / (hits + 1))) if len(hits) else 0.0


def image_precisions(truth: Flags, scores: Scores) -> NDArray[np.float64]:
    """Average precision of each tag, (tags,), from (images, tags); NaN for a tag that no image shows."""
    return np.array([average_precision(truth[:, tag], scores[:, tag]) if truth[:, tag].any() else np.nan for tag in range(truth.shape[1])])


def film_precisions(labels: FilmLabels, scores: Scores) -> NDArray[np.float64]:
    """Average precision of each tag over the films where it is not arguable; NaN with fewer than two true films."""
    found = np.full(scores.shape[1], np.nan)
    for tag in range(scores.shape[1]):
        rows = ~labels.arguable[:, tag]
        if labels.truth[rows, tag].sum() >= 2:
            found[tag] = average_precision(labels.truth[rows, tag], scores[rows, tag])
    return found


def film_measures(labels: FilmLabels, scores: Scores, chosen: Flags) -> Measures:
    """Measure film scores (films, tags) and compact sets given as flags (films, tags)."""
    themed = labels.truth.any(axis=1)
    sure: Flags = ~labels.arguable
    best = np.argsort(-np.where(sure, scores, -1.0), axis=1, kind="stable")[:, :3]
    hits = np.asarray(np.take_along_axis(labels.truth & sure & (scores > 0), best, axis=1).any(axis=1))
    f1, tags_without_theme = set_measures(labels, chosen)
    return Measures(float(np.nanmean(film_precisions(labels, scores))), float(hits[themed].mean()), f1, tags_without_theme)


def set_measures(labels: FilmLabels, chosen: Flags) -> tuple[float, float]:
    """F1 of the compact sets, and their mean size on films without a theme."""
    themeless = np.asarray(~labels.truth.any(axis=1))
    extra: Flags = chosen & ~labels.arguable
    right = (chosen & labels.truth).sum()
    wrong = (extra & ~labels.truth).sum()
    missed = (labels.truth & ~chosen).sum()
    return float(2 * right / max(2 * right + wrong + missed, 1)), float(extra[themeless].sum() / max(themeless.sum(), 1))


def bootstrap(truth: Flags, scores: Scores, draws: int = 200, seed: int = 0) -> tuple[float, float]:
    """90 % interval of the average precision of one tag when rows are drawn anew."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, len(truth), (draws, len(truth)))
    values = [average_precision(truth[draw], scores[draw]) for draw in rows if truth[draw].any()]
    low, high = np.quantile(values, [0.05, 0.95]) if values else (np.nan, np.nan)
    return float(low), float(high)
