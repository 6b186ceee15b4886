"""Judge scores of labelled images: every figure of a tagger, each with its 90 % interval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.errors import DataError
from training.judging.bootstrap import (
    Draws,
    Figure,
    Unit,
    draw,
    drawn_micro_precision,
    drawn_precisions,
    drawn_share,
    interval,
    is_rough,
    mean_over_tags,
    unit_of,
)
from training.judging.measures import (
    Bin,
    Flags,
    Rates,
    Scores,
    average_precision,
    calibration,
    calibration_error,
    hits_among_best,
    image_precisions,
    rates,
)

DIGITS = 4  # of a figure in JSON
SMALL_SOURCE = 5  # images; of fewer nothing is told
MOST_SOURCES = 40  # that JSON keeps


@dataclass(frozen=True)
class TagFigures:
    """One tag."""

    tag: str
    images: int  # that show it
    known: int  # of which it is known whether they show it
    ap: Figure
    threshold: float
    said: int  # images whose score reaches the threshold
    rates: Rates


@dataclass(frozen=True)
class SourceFigures:
    """The images of one source."""

    source: str
    images: int
    top_1: float
    f1: float


@dataclass(frozen=True)
class Judgement:
    """How good scores are. Shares are 0..1."""

    images: int
    unit: Unit  # what the intervals draw anew
    rough: bool  # whether that is too few for intervals to be trusted
    mean_ap: Figure  # over the tags that an image shows
    micro_ap: Figure  # all pairs of image and tag in one list
    f1: Figure  # of all tags said, at the thresholds
    rates: Rates  # of all tags said, at the thresholds
    mean_f1: float  # over the tags that an image shows
    top_1: Figure  # of the images with a tag, those whose best tag is right
    top_3: Figure  # ... or one of the best three
    ece: float  # expected calibration error
    said_without_tag: float  # mean number of tags said of an image that shows none; NaN without such an image
    bins: tuple[Bin, ...]
    tags: tuple[TagFigures, ...]
    sources: tuple[SourceFigures, ...]  # largest first; none where there is one source alone

    def to_json(self) -> dict[str, Any]:
        """As JSON types, in the form that bundle.json keeps: figures rounded, None for what cannot be measured."""
        content = {
            "images": self.images,
            "drawn": self.unit,
            "rough": self.rough,
            **_with_interval("mean_ap", self.mean_ap),
            **_with_interval("micro_ap", self.micro_ap),
            **_with_interval("f1", self.f1),
            "precision": self.rates.precision,
            "recall": self.rates.recall,
            "mean_f1": self.mean_f1,
            **_with_interval("top_1", self.top_1),
            **_with_interval("top_3", self.top_3),
            "calibration_error": self.ece,
            "said_without_tag": self.said_without_tag,
            "tags": {item.tag: _tag_to_json(item) for item in self.tags if item.images},
            "unmeasured": [item.tag for item in self.tags if not item.images],
            "sources": [asdict(item) for item in self.sources[:MOST_SOURCES]],
            "calibration": [asdict(item) for item in self.bins],
        }
        return {name: plain(value) for name, value in content.items()}


def _with_interval(name: str, figure: Figure) -> dict[str, Any]:
    return {name: figure.value, f"{name}_interval_90": [figure.low, figure.high]}


def _tag_to_json(item: TagFigures) -> dict[str, Any]:
    return {
        "images": item.images,
        "ap": item.ap.value,
        "interval_90": [item.ap.low, item.ap.high],
        "threshold": item.threshold,
        "said": item.said,
        **asdict(item.rates),
    }


def judge(
    truth: Flags,
    known: Flags,
    scores: Scores,
    thresholds: Mapping[str, float],
    sources: Sequence[str],
    *,
    draws: Draws | None = None,
) -> Judgement:
    """Judge `scores` (images, tags) against `truth`; only where `known` says so. The tags are those of `thresholds`, in order.

    Raises DataError where there is nothing to judge by.
    """
    if not (truth & known).any():
        raise DataError(f"Nothing to judge by: none of the {len(truth)} images shows a tag of {', '.join(thresholds)}.")
    draws = draw(sources) if draws is None else draws
    said = known & (scores >= np.fromiter(thresholds.values(), np.float32))
    precisions, drawn = image_precisions(truth, scores, known), drawn_precisions(truth, known, scores, draws)
    shown = (truth & known).any(axis=1)
    tops = [_share(hits_among_best(truth, known, scores, count)[shown], draws[shown]) for count in (1, 3)]
    tags = tuple(_tags(truth & known, known, said, thresholds, [interval(*pair) for pair in zip(precisions, drawn, strict=True)]))
    bins = calibration(truth[known], scores[known])
    return Judgement(
        images=len(truth),
        unit=unit_of(sources),
        rough=is_rough(sources),
        mean_ap=interval(float(np.nanmean(precisions)), mean_over_tags(drawn)),
        micro_ap=interval(average_precision(truth[known], scores[known]), drawn_micro_precision(truth, known, scores, draws)),
        f1=_f1(truth & known, said, draws),
        rates=_rates(truth & known, said),
        mean_f1=float(np.mean([item.rates.f1 for item in tags if item.images])),
        top_1=tops[0],
        top_3=tops[1],
        ece=calibration_error(bins),
        said_without_tag=float(said[~shown].sum(axis=1).mean()) if (~shown).any() else float("nan"),
        bins=bins,
        tags=tags,
        sources=tuple(_sources(truth & known, known, said, scores, sources)),
    )


def _share(flags: Flags, draws: Draws) -> Figure:
    return interval(float(flags.mean()), drawn_share(flags, draws))


def _rates(there: Flags, said: Flags) -> Rates:
    return rates(float((there & said).sum()), float(said.sum()), float(there.sum()))


def _f1(there: Flags, said: Flags, draws: Draws) -> Figure:
    right = (there & said).sum(axis=1).astype(np.float32) @ draws
    either = (there.sum(axis=1) + said.sum(axis=1)).astype(np.float32) @ draws
    return interval(_rates(there, said).f1, np.asarray(np.where(either > 0, 2 * right / np.maximum(either, 1), np.nan), np.float64))


def _tags(there: Flags, known: Flags, said: Flags, thresholds: Mapping[str, float], precisions: list[Figure]) -> Iterator[TagFigures]:
    for place, (tag, threshold) in enumerate(thresholds.items()):
        yield TagFigures(
            tag=tag,
            images=int(there[:, place].sum()),
            known=int(known[:, place].sum()),
            ap=precisions[place],
            threshold=float(threshold),
            said=int(said[:, place].sum()),
            rates=_rates(there[:, place], said[:, place]),
        )


def _sources(there: Flags, known: Flags, said: Flags, scores: Scores, sources: Sequence[str]) -> Iterator[SourceFigures]:
    """Sources with enough images, largest first."""
    names = np.asarray(sources)
    found, counts = np.unique(names, return_counts=True)
    if len(found) < 2:
        return
    for place in np.argsort(-counts, kind="stable"):
        rows = names == found[place]
        shown = rows & there.any(axis=1)
        if counts[place] >= SMALL_SOURCE and shown.any():
            top_1 = hits_among_best(there[shown], known[shown], scores[shown], 1).mean()
            yield SourceFigures(str(found[place]), int(counts[place]), float(top_1), _rates(there[rows], said[rows]).f1)


def plain(value: Any) -> Any:
    """JSON has no NaN, and nobody needs sixteen digits."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, DIGITS)
    return value
