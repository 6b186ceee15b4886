"""Two taggers on the same images: which is better, in all and tag by tag."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from training.errors import DataError
from training.judging.bootstrap import Draws, Figure, draw, drawn_precisions, drawn_share, interval, mean_over_tags
from training.judging.judgement import plain
from training.judging.measures import Flags, Scores, hits_among_best, image_precisions

Verdict: TypeAlias = Literal["better", "worse", "unclear"]


@dataclass(frozen=True)
class TagDifference:
    """One tag's average precision with both."""

    tag: str
    images: int  # that show it
    first: float
    second: float
    difference: Figure  # first - second

    @property
    def verdict(self) -> Verdict:
        return verdict(self.difference)


@dataclass(frozen=True)
class Comparison:
    """The first tagger against the second; figures are first - second."""

    images: int
    mean_ap: Figure
    top_1: Figure
    tags: tuple[TagDifference, ...]  # that an image shows; largest gain first

    @property
    def verdict(self) -> Verdict:
        return verdict(self.mean_ap)

    def those(self, wanted: Verdict) -> tuple[TagDifference, ...]:
        """The tags with one verdict."""
        return tuple(item for item in self.tags if item.verdict == wanted)


def verdict(difference: Figure) -> Verdict:
    """Better is only what stays better in 90 of 100 draws' middle: the interval of the difference lies above 0."""
    return "better" if difference.low > 0 else "worse" if difference.high < 0 else "unclear"


def compare(truth: Flags, known: Flags, scores: tuple[Scores, Scores], tags: Sequence[str], sources: Sequence[str]) -> Comparison:
    """Compare two arrays of scores (images, tags) on the same draws of images. Raises DataError without a tag to compare."""
    shown = (truth & known).any(axis=0)
    if not shown.any():
        raise DataError(f"Nothing to compare by: no image shows one of the {len(tags)} tags that both bundles have.")
    draws = draw(sources)
    precisions = [image_precisions(truth, item, known) for item in scores]
    drawn = [drawn_precisions(truth, known, item, draws) for item in scores]
    found = (
        TagDifference(
            tags[place],
            int((truth & known)[:, place].sum()),
            float(precisions[0][place]),
            float(precisions[1][place]),
            interval(float(precisions[0][place] - precisions[1][place]), drawn[0][place] - drawn[1][place]),
        )
        for place in np.flatnonzero(shown).tolist()
    )
    mean = float(np.nanmean(precisions[0]) - np.nanmean(precisions[1]))
    return Comparison(
        images=len(truth),
        mean_ap=interval(mean, mean_over_tags(drawn[0]) - mean_over_tags(drawn[1])),
        top_1=_top_1(truth, known, scores, draws),
        tags=tuple(sorted(found, key=lambda item: -item.difference.value)),
    )


def _top_1(truth: Flags, known: Flags, scores: tuple[Scores, Scores], draws: Draws) -> Figure:
    rows = (truth & known).any(axis=1)
    hits = [hits_among_best(truth, known, item, 1)[rows] for item in scores]
    return interval(float(hits[0].mean() - hits[1].mean()), drawn_share(hits[0], draws[rows]) - drawn_share(hits[1], draws[rows]))


def comparison_to_json(found: Comparison, other: str) -> dict[str, Any]:
    """As JSON types; the second tagger's name is `other`."""
    tags = {
        item.tag: {"images": item.images, "ap": item.first, "other_ap": item.second, "verdict": item.verdict, **asdict(item.difference)}
        for item in found.tags
    }
    content = {
        "other": other, "images": found.images, "verdict": found.verdict,
        "mean_ap": asdict(found.mean_ap), "top_1": asdict(found.top_1), "tags": tags,
    }  # fmt: skip
    result: dict[str, Any] = plain(content)
    return result
