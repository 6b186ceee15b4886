"""How far a figure would move with other images: images are drawn anew many times and the figure is taken of every draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.judging.measures import Flags, Scores, last_of_tie

Unit: TypeAlias = Literal["image", "source"]
Draws = NDArray[np.float32]  # (images, draws): how often each image is in each draw
Values = NDArray[np.float64]  # (draws,)

DRAWS = 500
INTERVAL = (0.05, 0.95)  # the middle 90 %
ENOUGH = 20  # sources or images; with fewer an interval is rough
TOGETHER = 50  # draws at once where every image counts once a tag; keeps memory small


@dataclass(frozen=True)
class Figure:
    """A figure and its 90 % interval; NaN where it cannot be taken."""

    value: float
    low: float
    high: float


def unit_of(sources: Sequence[str]) -> Unit:
    """What is drawn: whole sources, for pictures of one source resemble each other; images where each is a source of its own.

    Of a single source nothing but images can be drawn.
    """
    return "source" if 1 < units_in(sources) < len(sources) else "image"


def units_in(sources: Sequence[str]) -> int:
    """How many sources there are; an image without one is a source of its own."""
    return len({source for source in sources if source}) + sum(not source for source in sources)


def is_rough(sources: Sequence[str]) -> bool:
    """Whether too little is drawn for an interval to be trusted."""
    return units_in(sources) < ENOUGH


def draw(sources: Sequence[str], draws: int = DRAWS, seed: int = 0) -> Draws:
    """Draw as many units as there are, with putting back, `draws` times."""
    whole = unit_of(sources) == "source"
    own = [f"of {source}" if whole and source else str(place) for place, source in enumerate(sources)]
    units = np.unique(np.asarray(own, np.str_), return_inverse=True)[1]
    count = int(units.max(initial=-1)) + 1
    if not count:
        return np.zeros((0, draws), np.float32)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    return np.ascontiguousarray(drawn.T[units], np.float32)


def interval(value: float, values: Values) -> Figure:
    """A figure with the interval of what the draws gave; draws without it (NaN) do not count."""
    kept = values[~np.isnan(values)]
    low, high = np.quantile(kept, INTERVAL) if len(kept) else (np.nan, np.nan)
    return Figure(float(value), float(low), float(high))


def drawn_precisions(truth: Flags, known: Flags, scores: Scores, draws: Draws) -> NDArray[np.float64]:
    """Average precision (tags, draws); NaN for a draw that shows the tag nowhere."""
    found = np.full((truth.shape[1], draws.shape[1]), np.nan)
    for tag in range(truth.shape[1]):
        rows = np.flatnonzero(known[:, tag])
        if truth[rows, tag].any():
            found[tag] = _precisions(truth[rows, tag], scores[rows, tag], rows, draws)
    return found


def drawn_micro_precision(truth: Flags, known: Flags, scores: Scores, draws: Draws) -> Values:
    """Average precision (draws,) of all pairs of image and tag in one list."""
    images = np.nonzero(known)[0]
    parts = [draws[:, start : start + TOGETHER] for start in range(0, draws.shape[1], TOGETHER)]
    return np.concatenate([_precisions(truth[known], scores[known], images, part) for part in parts])


def _precisions(truth: Flags, scores: Scores, images: NDArray[np.intp], draws: Draws) -> Values:
    """An image that is k times in a draw holds k ranks; its hits are taken at the middle one. Images of one score hold one rank."""
    order = np.argsort(-scores, kind="stable")
    hits = np.flatnonzero(truth[order])
    if not len(hits):
        return np.full(draws.shape[1], np.nan)
    ends = last_of_tie(scores[order])[hits]
    ranked = draws[images[order[: ends[-1] + 1]]]
    times = ranked[hits]
    before = (times - 1) / 2
    seen = np.cumsum(ranked, axis=0)[ends] - before
    right = np.cumsum(times, axis=0)[np.searchsorted(hits, ends, side="right") - 1] - before
    drawn = times.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(drawn > 0, (times * right / seen).sum(axis=0) / drawn, np.nan), np.float64)


def drawn_share(flags: Flags, draws: Draws) -> Values:
    """Share (draws,) of the images that have a flag; `flags` and `draws` are of the same images."""
    total = draws.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, (flags.astype(np.float32) @ draws) / total, np.nan), np.float64)


def mean_over_tags(drawn: NDArray[np.float64]) -> Values:
    """Mean (draws,) over the tags that a draw shows; NaN for a draw that shows none."""
    there = ~np.isnan(drawn)
    count = there.sum(axis=0)
    return np.asarray(np.where(count > 0, np.where(there, drawn, 0).sum(axis=0) / np.maximum(count, 1), np.nan))
