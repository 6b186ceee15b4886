"""The key frame that tells best what a film is about: its picture in lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.timeline.blurring import is_blurred
from service.timeline.themes import agreed_frames, scores_by_shot
from service.timeline.view import stored_shots

WEIGHTS = (1.0, 0.5, 0.25)  # of the film's first tags
NEARLY = 0.8  # of the best frame's points: from there on a picture that need not be blurred is preferred


@dataclass(frozen=True)
class TellingFrame:
    """A key frame by its number, and whether its picture is to be blurred until asked for."""

    frame: int
    blurred: bool


def telling_frame(result: Mapping[str, Any], blurred: Collection[str]) -> TellingFrame:
    """The frame of a stored result that shows the film's first tags best; `blurred` are the tags whose pictures are blurred.

    A film without tags is shown by those that come nearest.
    """
    scores, model = result["scores"], result["model"]
    tags = [tag["tag"] for tag in result["tags"]] or sorted(scores, key=lambda tag: -scores[tag])
    first = tags[: len(WEIGHTS)]
    shots = stored_shots(result, first)
    sensitive = [column for column, tag in enumerate(first) if tag in model["sensitive"]]
    by_shot = scores_by_shot(shots, sensitive, model["agreeing_key_frames"])
    points = agreed_frames(shots, by_shot, sensitive) @ np.array(WEIGHTS[: len(first)], np.float32)
    is_hidden = np.array([is_blurred(frame, model, blurred) for frame in result["frames"]])
    shown = np.where(is_hidden, -1.0, points)
    best = int((shown if shown.max() >= NEARLY * points.max() else points).argmax())
    return TellingFrame(best, bool(is_hidden[best]))
