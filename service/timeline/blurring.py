"""Which key frames are shown blurred until somebody asks for them."""

from collections.abc import Collection, Mapping
from typing import Any


def is_blurred(frame: Mapping[str, Any], model: Mapping[str, Any], blurred: Collection[str]) -> bool:
    """Whether a frame of a stored result shows one of the `blurred` tags; `model` is the result's.

    Stricter than its tags: one that reaches its threshold behind the best three counts too, and one of the sensitive tags
    where the other key frames of its shot do not agree. To blur too much costs a click.
    """
    thresholds = model.get("thresholds", {})
    return any(tag in blurred for tag, _score in frame["tags"]) or any(
        frame["scores"].get(tag, 0.0) >= thresholds[tag] for tag in blurred if tag in thresholds
    )
