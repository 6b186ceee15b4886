"""What is measured on labelled films: average precision, the best three tags, the compact set."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.tables import joined_tags, read_table
from training.data.vocabulary import ids_of, refuse_unknown, told_with_close
from training.errors import DataError
from training.judging.bootstrap import Draws, Figure, Values, draw, drawn_precisions, drawn_share, interval, mean_over_tags
from training.judging.measures import Flags, Scores, image_precisions

log = logging.getLogger(__name__)

FEWEST_FILMS = 2  # that show a tag; one alone tells nothing of its average precision
_COLUMNS = ("file", "tags", "maybe_tags", "group")


@dataclass(frozen=True)
class FilmLabels:
    """What labelled films show; rows are films, columns tags."""

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


MEASURES = ("mean_ap", "hit_at_3", "f1", "tags_without_theme")


def read_film_labels(path: Path, tags: Sequence[str], vocabulary: Sequence[str] | None = None) -> FilmLabels:
    """Read a table with the columns file and tags, perhaps maybe_tags and group; tags are joined by '|'. Raises DataError.

    Capitals and blanks of tags are forgiven. Tags that are not among `tags` are left out, as a tagger answers for its own alone; it is
    told, and with a `vocabulary` those that it does not have raise UnknownTags.
    """
    rows = read_table(path)
    if not rows or not {"file", "tags"} <= rows[0].keys():
        raise DataError(f"{path} is no table of films: it needs rows and the columns {', '.join(_COLUMNS)}; the last two may be missing.")
    cells = {column: [joined_tags(row.get(column, "")) for row in rows] for column in ("tags", "maybe_tags")}
    named = frozenset().union(*cells["tags"], *cells["maybe_tags"])
    ids = ids_of(named, tags if vocabulary is None else vocabulary)
    if vocabulary is not None:
        refuse_unknown((name for name, tag in ids.items() if tag not in vocabulary), vocabulary)
    elif others := [name for name, tag in ids.items() if tag not in tags]:
        log.warning("%s: tags that are not measured are left out: %s", path, told_with_close(others, tags))

    def flags(column: str) -> Flags:
        shown = [{ids[name] for name in names} for names in cells[column]]
        return np.array([[tag in film for tag in tags] for film in shown], bool).reshape(len(rows), len(tags))

    groups = tuple(row.get("group") or row["file"] for row in rows)
    return FilmLabels(tuple(row["file"] for row in rows), groups, flags("tags"), flags("maybe_tags"))


def subset(labels: FilmLabels, rows: Iterable[int] | NDArray[np.intp]) -> FilmLabels:
    """Some of the films."""
    rows = np.asarray(list(rows), np.intp)
    return FilmLabels(
        tuple(labels.files[row] for row in rows), tuple(labels.groups[row] for row in rows), labels.truth[rows], labels.arguable[rows]
    )


def measurable(labels: FilmLabels) -> Flags:
    """(films, tags): where a film counts for a tag's average precision."""
    sure: Flags = ~labels.arguable
    return np.asarray(sure & ((labels.truth & sure).sum(axis=0) >= FEWEST_FILMS), bool)


def film_precisions(labels: FilmLabels, scores: Scores) -> NDArray[np.float64]:
    """Average precision of each tag over the films where it is not arguable; NaN with fewer than two true films."""
    return image_precisions(labels.truth, scores, measurable(labels))


def film_measures(labels: FilmLabels, scores: Scores, chosen: Flags) -> Measures:
    """Measure film scores (films, tags) and compact sets given as flags (films, tags)."""
    precisions = film_precisions(labels, scores)
    themed = labels.truth.any(axis=1)
    f1, tags_without_theme = set_measures(labels, chosen)
    hits = _hits(labels, scores)
    return Measures(
        float(np.nanmean(precisions)) if not np.isnan(precisions).all() else float("nan"),
        float(hits[themed].mean()) if themed.any() else float("nan"),
        f1,
        tags_without_theme,
    )


def _hits(labels: FilmLabels, scores: Scores) -> Flags:
    """Films with a right tag among their three best; a score of 0 is no answer."""
    sure: Flags = ~labels.arguable
    best = np.argsort(-np.where(sure, scores, -1.0), axis=1, kind="stable")[:, :3]
    return np.asarray(np.take_along_axis(labels.truth & sure & (scores > 0), best, axis=1).any(axis=1), bool)


def _counts(labels: FilmLabels, chosen: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Of each film: tags that are rightly said, wrongly said, and missed; an arguable tag is neither."""
    right = (chosen & labels.truth).sum(axis=1)
    wrong = (chosen & ~labels.arguable & ~labels.truth).sum(axis=1)
    return right, wrong, (labels.truth & ~chosen).sum(axis=1)


def set_measures(labels: FilmLabels, chosen: Flags) -> tuple[float, float]:
    """F1 of the compact sets, and their mean size on films without a theme."""
    right, wrong, missed = (int(counts.sum()) for counts in _counts(labels, chosen))
    themeless = ~labels.truth.any(axis=1)
    extra = (chosen & ~labels.arguable)[themeless].sum()
    return 2 * right / max(2 * right + wrong + missed, 1), float(extra / max(themeless.sum(), 1))


def drawn_measures(labels: FilmLabels, scores: Scores, chosen: Flags, draws: Draws) -> dict[str, Values]:
    """The measures of every draw of films, each (draws,), NaN where one cannot be taken."""
    themed = labels.truth.any(axis=1)
    right, wrong, missed = (counts.astype(np.float32) @ draws for counts in _counts(labels, chosen))
    extra = (chosen & ~labels.arguable)[~themed].sum(axis=1).astype(np.float32) @ draws[~themed]
    there = draws[~themed].sum(axis=0)
    return {
        "mean_ap": mean_over_tags(drawn_precisions(labels.truth, measurable(labels), scores, draws)),
        "hit_at_3": drawn_share(_hits(labels, scores)[themed], draws[themed]),
        "f1": np.asarray(2 * right / np.maximum(2 * right + wrong + missed, 1), np.float64),
        "tags_without_theme": np.where(there > 0, extra / np.maximum(there, 1), np.nan),
    }


def judge_films(labels: FilmLabels, scores: Scores, chosen: Flags) -> dict[str, Figure]:
    """The measures with their 90 % intervals over groups of films."""
    drawn = drawn_measures(labels, scores, chosen, draw(labels.groups))
    return {name: interval(value, drawn[name]) for name, value in asdict(film_measures(labels, scores, chosen)).items()}


def compare_films(labels: FilmLabels, scores: tuple[Scores, Scores], chosen: tuple[Flags, Flags]) -> dict[str, Figure]:
    """Differences first - second of the measures, on the same draws."""
    draws = draw(labels.groups)
    first, second = (film_measures(labels, *pair) for pair in zip(scores, chosen, strict=True))
    drawn = [drawn_measures(labels, *pair, draws) for pair in zip(scores, chosen, strict=True)]
    return {name: interval(getattr(first, name) - getattr(second, name), drawn[0][name] - drawn[1][name]) for name in MEASURES}
