"""Choose a bundle's thresholds on labelled films and tell what the films say of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service.models import Model
from service.timeline.aggregate import Aggregation
from training.judging.bootstrap import draw, drawn_precisions, interval
from training.judging.film_answers import FilmTagger, film_answers, film_folder, find_films
from training.judging.films import FilmLabels, Measures, film_measures, film_precisions, measurable, read_film_labels
from training.judging.measures import Scores
from training.judging.tuning import REPEATS, choose_limits, compact_sets, cross_fit


@dataclass(frozen=True)
class Tuned:
    """What tuning found."""

    figures: dict[str, float]  # cross-fitted, the mean of all repeats
    chance: float  # that a tag must have, chosen on all films
    fitted: Measures  # with it, on the films that chose it
    thresholds: dict[str, float]  # of every tag
    aggregation: dict[str, Any]
    films: int
    tags: dict[str, Any]  # figures of each tag that films measure

    def changes(self, bundle: Path) -> dict[str, Any]:
        """What becomes of bundle.json."""
        metrics = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["metrics"]
        films = {"films": self.films, "cross_fitted": self.figures, "tags": self.tags}
        return {"thresholds": self.thresholds, "aggregation": self.aggregation, "metrics": {**metrics, "films": films}}


def tune_on_films(model: Model, table: Path, clips: Path, cache: Path | None = None) -> Tuned:
    """Tag the films with the model and tune the thresholds of all its tags but the sensitive ones."""
    bundle, tags = model.bundle, model.vocabulary.ids
    labels = read_film_labels(table, tags)
    tagger = FilmTagger(bundle, model.vocabulary, cache or film_folder())
    scores = film_answers(tagger, find_films(labels.files, clips), tags).scores
    fixed = np.array([bundle.thresholds[tag] if tag in bundle.sensitive.tags else np.nan for tag in tags], np.float32)
    aggregation = Aggregation(**bundle.aggregation)
    measured = [cross_fit(scores, labels, fixed, aggregation, seed) for seed in range(REPEATS)]
    chance, limits = choose_limits(scores, labels, np.arange(len(scores)), fixed, aggregation)
    return Tuned(
        figures={name: round(float(np.mean([getattr(item, name) for item in measured])), 3) for name in vars(measured[0])},
        chance=chance,
        fitted=film_measures(labels, scores, compact_sets(scores, limits, aggregation)),
        thresholds={tag: round(float(limit), 4) for tag, limit in zip(tags, limits, strict=True)},
        aggregation=vars(aggregation),
        films=len(scores),
        tags=tag_figures(labels, scores, tags),
    )


def tag_figures(labels: FilmLabels, scores: Scores, tags: tuple[str, ...]) -> dict[str, Any]:
    """Average precision and its 90 % interval of each tag that two films or more show."""
    rows = measurable(labels)
    drawn = drawn_precisions(labels.truth, rows, scores, draw(labels.groups))
    figures = {}
    for place, precision in enumerate(film_precisions(labels, scores)):
        if not np.isnan(precision):
            found = interval(float(precision), drawn[place])
            shown = int((labels.truth & rows)[:, place].sum())
            figures[tags[place]] = {"films": shown, "ap": round(found.value, 3), "interval_90": [round(found.low, 3), round(found.high, 3)]}
    return figures
