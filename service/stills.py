"""The tags of a single picture, such as a poster or a photograph."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service.images.reading import MAX_PIXELS, ImageFacts, read_image
from service.predictors.predictions import Predictor
from service.video.geometry import Picture, network_input

DIGITS = 4  # of a score in JSON


@dataclass(frozen=True)
class Still:
    """A picture as the network sees it, and what is worth telling of its file."""

    facts: ImageFacts
    view: Picture


@dataclass(frozen=True)
class StillResult:
    """The answer for a picture."""

    facts: ImageFacts
    scores: dict[str, float]  # all tags of the vocabulary
    tags: tuple[tuple[str, float], ...]  # that reach their threshold, best first

    def to_json(self) -> dict[str, Any]:
        """As JSON types, scores rounded."""
        return {
            **self.facts.to_json(),
            "scores": {tag: round(score, DIGITS) for tag, score in self.scores.items()},
            "tags": [{"tag": tag, "score": round(score, DIGITS)} for tag, score in self.tags],
            "warnings": list(self.facts.warnings),
        }


def read_still(data: bytes | Path, max_pixels: int = MAX_PIXELS) -> Still:
    """Decode a picture, upright, and bring it to the form of a film's frames. Raises NotAPicture."""
    image = read_image(data, max_pixels=max_pixels)
    return Still(image.facts, network_input(image.picture))


def tag_still(still: Still, predictor: Predictor, *, min_score: float | None = None) -> StillResult:
    """Score one picture by all tags.

    A sensitive tag holds only where several frames of a shot agree, and a still is one frame: such tags have a score and
    are never among `tags`.
    """
    row = predictor.predict(still.view[None, None]).scores[0]
    scores = dict(zip(predictor.vocabulary.ids, row.tolist(), strict=True))
    bundle = predictor.bundle
    limits = {tag: bundle.thresholds[tag] if min_score is None else min_score for tag in scores if tag not in bundle.sensitive.tags}
    reached = [(tag, scores[tag]) for tag, limit in limits.items() if np.float32(scores[tag]) >= np.float32(limit)]
    return StillResult(still.facts, scores, tuple(sorted(reached, key=lambda pair: -pair[1])))
