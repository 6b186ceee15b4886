"""The report's charts: precision over recall, calibration, matrices, intervals."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from training.judging.bootstrap import Figure
from training.judging.judged import Judged
from training.judging.judgement import Judgement
from training.judging.measures import Bin, Flags, Scores, precision_recall
from training.report.svg import Axis, Line, axis, dot, line_chart, path, picture, segment, text

SHARE = axis("", (0, 1), low=0.0, high=1.0)
MOST_POINTS = 120  # of a curve
PANEL = 120  # side of a tag's own small panel
FEW_TAGS = 16  # up to which a matrix shows its numbers
BAR = 120  # width of an interval's bar


def _named(share: Axis, label: str) -> Axis:
    return Axis(label, share.low, share.high, share.ticks)


def steps(truth: Flags, scores: Scores) -> list[tuple[float, float]]:
    """A precision-recall curve as (recall, precision), thinned."""
    recall, precision = precision_recall(truth, scores)
    if not len(recall):
        return []
    kept = np.unique(np.linspace(0, len(recall) - 1, MOST_POINTS).astype(int))
    points = [(float(recall[place]), float(precision[place])) for place in kept]
    return [(0.0, points[0][1]), *points]


def precision_recall_chart(judged: Judged, judgement: Judgement) -> Markup:
    """All pairs of image and tag in one curve, and where the thresholds stand."""
    points = steps(judged.truth[judged.known], judged.scores[judged.known])
    spot = (judgement.rates.recall, judgement.rates.precision)
    lines = [Line("all tags in one list", points, "first")]
    if not np.isnan(spot).any():
        lines.append(Line("at the thresholds", [spot], "second", dots=True))
    told = f"Average precision {judgement.micro_ap.value:.2f}; at the thresholds precision {spot[1]:.2f} and recall {spot[0]:.2f}."
    return line_chart("Precision over recall, all tags", told, lines, _named(SHARE, "recall"), _named(SHARE, "precision"))


def panel(tag: str, truth: Flags, scores: Scores, ap: Figure) -> Markup:
    """A tag's own curve, small; the axes run from 0 to 1."""
    points = [(a * PANEL, (1 - b) * PANEL) for a, b in steps(truth, scores)]
    chance = (1 - float(truth.mean())) * PANEL
    grid = [segment(0, place, PANEL, place, "grid") for place in (0, PANEL / 2, PANEL)]
    area = path([*points, (points[-1][0], PANEL), (0, PANEL)], "area first") if points else Markup("")
    content = Markup("").join([*grid, segment(0, chance, PANEL, chance, "mark"), area, path(points, "line first")])
    told = f"Average precision {ap.value:.2f}, from {ap.low:.2f} to {ap.high:.2f}."
    return picture(f"Precision over recall of {tag}", told, PANEL, PANEL, content, "panel")


def calibration_chart(bins: Sequence[Bin], error: float) -> Markup:
    """How often scores are right."""
    points = [(item.score, item.right) for item in bins]
    lines = [Line("perfect", [(0, 0), (1, 1)], "third"), Line("this model", points, "first", dots=True)]
    chart = line_chart(
        "Calibration",
        f"Expected calibration error {error:.3f}. "
        + "; ".join(f"scores near {item.score:.2f} are right in {item.right:.0%} of {item.count}" for item in bins),
        lines,
        _named(SHARE, "score"),
        _named(SHARE, "share that is right"),
    )
    return chart


def matrix(
    title: str, told: str, rows: Sequence[str], columns: Sequence[str], shares: NDArray[np.float64], counts: NDArray[np.float64]
) -> Markup:
    """Squares that are the fuller, the larger their share; of few tags with numbers in them."""
    few = len(columns) <= FEW_TAGS
    side = 42.0 if len(columns) <= FEW_TAGS // 2 else 34.0 if few else 15.0
    left = 12 + 6.6 * max(map(len, rows))
    top = 12 + 5.0 * max(map(len, columns))
    parts = [text(left - 6, top + (place + 0.5) * side + 4, name, "tick end") for place, name in enumerate(rows)]
    parts += [_column_name(name, left + (place + 0.5) * side, top - 6) for place, name in enumerate(columns)]
    for row in range(len(rows)):
        for column in range(len(columns)):
            where = left + column * side, top + row * side
            parts.append(_cell(*where, side, shares[row, column], counts[row, column], few, f"{rows[row]}, {columns[column]}"))
    width = left + len(columns) * side + 5.0 * max(map(len, columns))
    return picture(title, told, width, top + len(rows) * side + 4, Markup("").join(parts), "matrix few" if few else "matrix")


def _column_name(name: str, x: float, y: float) -> Markup:
    return Markup('<text class="tick" transform="translate({:.1f} {:.1f}) rotate(-50)">{}</text>').format(x, y, name)


def _cell(x: float, y: float, side: float, share: float, count: float, few: bool, name: str) -> Markup:
    if not count and not few:
        return Markup("")
    told = Markup("<title>{}: {:g} ({:.0%})</title>").format(name, round(count, 1), share)
    square = Markup('<rect class="cell" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.2f}">{}</rect>').format(
        x + 1, y + 1, side - 2, side - 2, 0.05 + 0.95 * share, told
    )
    style = "count middle over" if share > 0.5 else "count middle"
    return square + (text(x + side / 2, y + side / 2 + 4, f"{round(count, 1):g}", style) if few and count else Markup(""))


def interval_bar(figure: Figure) -> Markup:
    """A figure between 0 and 1 with its interval; the numbers stand beside it, so a screen reader passes it by."""
    parts = [segment(0, 8, BAR, 8, "grid"), segment(figure.low * BAR, 8, figure.high * BAR, 8, "range")]
    return _bar([*parts, dot(figure.value * BAR, 8, "dot first", 4)])


def difference_bar(figure: Figure, reach: float, style: str) -> Markup:
    """A difference between -reach and +reach with its interval."""

    def across(value: float) -> float:
        return (0.5 + 0.5 * max(-1.0, min(1.0, value / reach))) * BAR

    parts = [segment(BAR / 2, 0, BAR / 2, 16, "axis"), segment(across(figure.low), 8, across(figure.high), 8, f"range {style}")]
    return _bar([*parts, dot(across(figure.value), 8, f"dot {style}", 4)])


def _bar(parts: Sequence[Markup]) -> Markup:
    content = Markup("").join(parts)
    return Markup('<svg class="bar" viewBox="-5 0 {} 16" aria-hidden="true">{}</svg>').format(BAR + 10, content)
