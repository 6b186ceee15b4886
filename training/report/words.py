"""What the figures mean, in sentences: for a reader who has not met a mean average precision before."""

from collections.abc import Iterator

import numpy as np

from training.judging.bootstrap import Figure
from training.judging.judged import Judged
from training.judging.judgement import Judgement
from training.report.labels import Pair

FEW_IMAGES = 50  # that a model is judged on; of fewer a single image moves the figures
FEW_OF_A_TAG = 10  # validation images that show it
FEW_LEARNED = 30  # images of a tag in all
WEAK, STRONG = 0.5, 0.8  # average precision
NOT_CALIBRATED = 0.1
MOST_NAMED = 6  # tags that a sentence names


def spoken(tags: list[str]) -> str:
    """A list of tags as one reads it."""
    if len(tags) > MOST_NAMED:
        return ", ".join(tags[:MOST_NAMED]) + f" and {len(tags) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(tags[:-1]), tags[-1]])) if tags else ""


def ranged(figure: Figure) -> str:
    """0.93 (0.88 to 0.97)."""
    return "not measured" if np.isnan(figure.value) else f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def headline(judgement: Judgement) -> str:
    """The result in one sentence."""
    best = f"{judgement.top_1.value:.0%}"
    words = "a strong" if judgement.mean_ap.value >= STRONG else "a fair" if judgement.mean_ap.value >= WEAK else "a weak"
    seems = "this looks like" if judgement.images < FEW_IMAGES else "this is"
    return (
        f"On {judgement.images} images that it did not learn from, {seems} {words} tagger: "
        f"its first tag is right for {best} of them, and its mean average precision is {judgement.mean_ap.value:.2f}."
    )


def findings(judgement: Judgement, judged: Judged, confused: list[Pair]) -> Iterator[str]:
    """What stands out, the most useful first."""
    measured = [item for item in judgement.tags if item.images]
    strong = [item.tag for item in measured if item.ap.low >= STRONG and item.images >= FEW_OF_A_TAG]
    weak = sorted((item for item in measured if item.ap.value < WEAK), key=lambda item: item.ap.value)
    if judgement.images < FEW_IMAGES:
        mean = judgement.mean_ap
        yield (
            f"It was judged on {judgement.images} images only. Other images as good as these could give a mean AP anywhere from "
            f"{mean.low:.2f} to {mean.high:.2f}; take smaller differences between two runs for chance."
        )
    if strong:
        yield f"Surely good (the whole interval above {STRONG:.2f}): {spoken(strong)}."
    if weak:
        yield f"Weak (average precision below {WEAK:.2f}): {spoken([item.tag for item in weak])}. Look at their mistakes below first."
    if confused:
        pair = confused[0]
        yield f"Most often confused: {pair.second} is said first where the label is {pair.first} ({pair.share:.0%} of them)."
    yield from _about_scores(judgement)
    yield from _about_images(judgement, judged)


def _about_scores(judgement: Judgement) -> Iterator[str]:
    if judgement.ece > NOT_CALIBRATED:
        yield f"Its scores cannot be read as chances: they miss the share of right answers by {judgement.ece:.2f} on average."
    if judgement.said_without_tag > 1:
        yield (
            f"Images without any tag still get {judgement.said_without_tag:.1f} tags on average. "
            "More images that show none of the tags teach it to keep silent."
        )


def _about_images(judgement: Judgement, judged: Judged) -> Iterator[str]:
    few = [item.tag for item in judgement.tags if 0 < item.images < FEW_OF_A_TAG]
    counts = zip(judged.tags, judged.together.diagonal().tolist(), strict=True)
    learned = [tag for tag, count in counts if 0 < count < FEW_LEARNED]
    if few:
        yield f"Judged on fewer than {FEW_OF_A_TAG} images each, so their figures are rough: {spoken(few)}."
    if learned:
        yield f"Fewer than {FEW_LEARNED} images in all: {spoken(learned)}. More images, from other places, would help them most."
