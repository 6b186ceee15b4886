"""A film's whole timeline: enough to cut its segments anew under any threshold, without asking again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.timeline.aggregate import Scores
from service.timeline.blurring import is_blurred
from service.timeline.segments import GAP_MS, MIN_SEGMENT_MS
from service.timeline.themes import FrameScores, agreed_frames, scores_by_shot
from service.timeline.view import refuse_earlier, stored_shots

STEPS = 10_000  # of a shot's score: whole numbers are shorter, and thresholds have as many digits
PEAKS = 6  # key frames that show a tag best


def overview(result: Mapping[str, Any], blurred: Collection[str]) -> dict[str, Any]:
    """What the timeline of a stored result is drawn from; `blurred` are the tags whose pictures are blurred.

    A tag holds in the shots whose score reaches its threshold, and one of the film's themes at least in its best shot;
    `service.timeline.segments` tells how shots become segments. Raises ResultError where the result is of a version that did
    not keep its thresholds.
    """
    refuse_earlier(result)
    tags, model, parameters = list(result["scores"]), result["model"], result["parameters"]
    shots = stored_shots(result, tags)
    sensitive = [column for column, tag in enumerate(tags) if tag in model["sensitive"]]
    by_shot = scores_by_shot(shots, sensitive, model["agreeing_key_frames"])
    peaks = _peaks(shots, by_shot, sensitive)
    rows = _steps(by_shot).T.tolist()
    chosen, min_score = {tag["tag"] for tag in result["tags"]}, parameters["min_score"]
    return {
        "duration_ms": result["film"]["duration_ms"],
        "min_score": min_score,
        "most_tags": model["most_tags"] if parameters["top"] is None else min(model["most_tags"], parameters["top"]),
        "gap_ms": GAP_MS,
        "min_segment_ms": MIN_SEGMENT_MS,
        "tags": [
            {
                "tag": tag,
                "threshold": model["thresholds"][tag] if min_score is None else min_score,
                "score": result["scores"][tag],
                "sensitive": column in sensitive,
                "chosen": tag in chosen,
                "scores": rows[column],
                "peaks": peaks[column],
            }
            for column, tag in enumerate(tags)
        ],
        "shots": _shots(shots),
        "frame_times_ms": [frame["time_ms"] for frame in result["frames"]],
        "blurred_frames": [number for number, frame in enumerate(result["frames"]) if is_blurred(frame, model, blurred)],
    }


def _steps(scores: Scores) -> NDArray[np.intp]:
    """How many steps each score reaches: it reaches a threshold of so many steps just when the number does."""
    steps = (np.arange(STEPS + 1) / STEPS).astype(np.float32)
    return np.searchsorted(steps, scores, side="right") - 1


def _peaks(shots: Sequence[FrameScores], by_shot: Scores, sensitive: Sequence[int]) -> list[list[int]]:
    """Of each tag the numbers of the key frames that show it best, best first, each of another shot."""
    order = np.argsort(-agreed_frames(shots, by_shot, sensitive), axis=0, kind="stable")
    shot_of_frame = np.repeat(np.arange(len(shots)), [len(item.times_ms) for item in shots]).tolist()
    return [_firsts_of_shots(frames, shot_of_frame) for frames in order.T.tolist()]


def _firsts_of_shots(frames: Sequence[int], shot_of_frame: Sequence[int]) -> list[int]:
    firsts: dict[int, int] = {}
    for frame in frames:
        firsts.setdefault(shot_of_frame[frame], frame)
        if len(firsts) == PEAKS:
            break
    return list(firsts.values())


def _shots(shots: Sequence[FrameScores]) -> list[dict[str, int]]:
    told, first = [], 0
    for item in shots:
        told.append({"start_ms": item.shot.start_ms, "end_ms": item.shot.end_ms, "first_frame": first, "frames": len(item.times_ms)})
        first += len(item.times_ms)
    return told
