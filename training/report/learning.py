"""The learning curves of a run, and what they tell in words."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from training.report.svg import Line, Mark, axis, line_chart

Row = Mapping[str, str]


@dataclass(frozen=True)
class Course:
    """One column of the history, one line a seed."""

    column: str
    seeds: dict[str, list[tuple[float, float]]]  # seed -> (epoch, value)

    def values(self) -> Iterator[float]:
        for points in self.seeds.values():
            yield from (value for _, value in points)

    def epochs(self) -> Iterator[float]:
        for points in self.seeds.values():
            yield from (epoch for epoch, _ in points)


def course(history: Sequence[Row], column: str) -> Course:
    """The finite values of a column; epochs are counted on from 1, whatever stages there are."""
    seeds: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    counted: defaultdict[str, int] = defaultdict(int)
    for row in history:
        seed = row.get("seed", "")
        counted[seed] += 1
        try:
            value = float(row.get(column) or "nan")
        except ValueError:
            continue
        if math.isfinite(value):
            seeds[seed].append((counted[seed], value))
    return Course(column, dict(seeds))


def learning_charts(history: Sequence[Row]) -> list[tuple[str, Markup]]:
    """Name and chart: the losses, the validation mAP, the learning rate, as far as the history has them."""
    found: list[tuple[str, Markup]] = []
    losses = course(history, "loss"), course(history, "validation_loss")
    if losses[0].seeds:
        found.append(
            ("loss", _chart("Loss", "loss", (("training", losses[0], "second"), ("validation", losses[1], "first")), _stages(history)))
        )
    precision = course(history, "validation_map")
    if precision.seeds:
        best = best_epoch(precision)
        marks = [*_stages(history), *([Mark(best[0], f"best: {best[1]:.3f}")] if best else [])]
        found.append(
            ("validation-map", _chart("Mean AP of the validation images", "mean AP", (("validation", precision, "first"),), marks))
        )
    rate = course(history, "learning_rate")
    if rate.seeds:
        found.append(("learning-rate", _chart("Learning rate", "rate", (("learning rate", rate, "third"),), _stages(history))))
    return found


def _chart(title: str, label: str, courses: Sequence[tuple[str, Course, str]], marks: Sequence[Mark]) -> Markup:
    lines = [
        Line(name if place == 0 else "", points, style, dots=len(points) == 1)
        for name, item, style in courses
        for place, points in enumerate(item.seeds.values())
    ]
    last = max([2.0, *(epoch for _, item, _ in courses for epoch in item.epochs())])
    x = axis("epoch", [], low=1, high=last, whole=True)
    y = axis(label, [value for _, item, _ in courses for value in item.values()])
    told = "; ".join(
        f"{name}: from {points[0][1]:.3f} to {points[-1][1]:.3f} in {len(points)} epochs"
        for name, item, _ in courses
        for points in item.seeds.values()
        if points
    )
    return line_chart(title, told, lines, x, y, marks)


def _stages(history: Sequence[Row]) -> list[Mark]:
    """Where another stage begins."""
    seed = history[0].get("seed", "") if history else ""
    rows = [row for row in history if row.get("seed", "") == seed]
    return [
        Mark(place + 0.5, row["stage"])
        for place, (former, row) in enumerate(itertools.pairwise(rows), 1)
        if row.get("stage", "") != former.get("stage", "")
    ]


def best_epoch(precision: Course) -> tuple[float, float] | None:
    """Epoch and value of the best one where there is one seed; of several there is no one epoch."""
    if len(precision.seeds) != 1:
        return None
    return max(next(iter(precision.seeds.values())), key=lambda point: point[1])


def told(history: Sequence[Row]) -> Iterator[str]:
    """The curves in words: how long it learned, whether it began to learn the training images by heart."""
    precision, training, validation = (course(history, name) for name in ("validation_map", "loss", "validation_loss"))
    for seed, points in precision.seeds.items():
        epoch, value = max(points, key=lambda point: point[1])
        name = f"Seed {seed}" if len(precision.seeds) > 1 else "The model"
        yield f"{name} learned for {len(points)} epochs; its mean AP was best in epoch {epoch:.0f} ({value:.3f})."
    if any(_learned_by_heart(training.seeds.get(seed, []), points) for seed, points in validation.seeds.items()):
        yield (
            "In the end the training loss went on falling while the validation loss rose: it began to learn the training images by heart "
            "(overfitting). That is what early stopping, dropout and augmentation are for; more images would help most."
        )
    elif validation.seeds and _still_falling(validation):
        yield "The validation loss was still falling at the end: more epochs may make it better."


def _learned_by_heart(training: Sequence[tuple[float, float]], validation: Sequence[tuple[float, float]]) -> bool:
    if len(training) < 2 or len(validation) < 2:
        return False
    lowest = min(range(len(validation)), key=lambda place: validation[place][1])
    rise = validation[-1][1] - validation[lowest][1]
    return rise > 0.02 * abs(validation[lowest][1]) and training[-1][1] < training[min(lowest, len(training) - 1)][1]


def _still_falling(validation: Course) -> bool:
    """Over the last quarter of every seed, by more than a hundredth."""
    for points in validation.seeds.values():
        former = points[-max(2, len(points) // 4)][1] if len(points) > 1 else points[-1][1]
        if points[-1][1] > 0.99 * former:
            return False
    return True
