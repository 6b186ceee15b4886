"""Cuts and segment edges on a film whose joins are known (benchmarks/joined_film.py makes it).

usage: python -m benchmarks.cuts JOINED.mp4

Prints, for frame precision, precision, recall and F1 of the cuts within one frame, and for both precisions how far the
edges of tags are off: a tag counts that holds for a whole joined clip and in none of its neighbours; its edges are compared with the
clip's joins. For keyframe precision only joins at key frames are judged, in milliseconds.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.measure import MOVIETAGS, run

FRAME_MS = 40  # the joined films have 25 frames a second


def matched(found: list[int], true: list[int], tolerance_ms: int) -> int:
    """How many of the true times are met by a found one of their own."""
    left, hits = sorted(found), 0
    for time in true:
        near = [other for other in left if abs(other - time) <= tolerance_ms]
        if near:
            left.remove(min(near, key=lambda other: abs(other - time)))
            hits += 1
    return hits


def cut_quality(answer: dict[str, Any], joins: list[dict[str, Any]]) -> str:
    found = [shot["start_ms"] for shot in answer["shots"][1:]]
    true = [join["start_ms"] for join in joins[1:]]
    hits = matched(found, true, FRAME_MS)
    precision, recall = hits / max(len(found), 1), hits / len(true)
    missed = [time for time in true if not any(abs(time - other) <= FRAME_MS for other in found)]
    extra = [time for time in found if not any(abs(time - other) <= FRAME_MS for other in true)]
    return (
        f"cuts: {len(true)} true, {len(found)} found, precision {precision:.3f}, recall {recall:.3f}, "
        f"F1 {2 * precision * recall / max(precision + recall, 1e-9):.3f} within one frame; missed at {missed}, extra at {extra}"
    )


def edge_errors(answer: dict[str, Any], joins: list[dict[str, Any]], *, key_frames_only: bool) -> list[int]:
    """For tags that cover one clip alone: milliseconds between a segment's edge and the join.

    A segment belongs to the clip that it covers for more than half when it covers less than half of either neighbour.
    """
    errors = []
    for part in answer["segments"]:
        covered = [overlap(part, join) / (join["end_ms"] - join["start_ms"]) for join in joins]
        own = [place for place, share in enumerate(covered) if share > 0.5]
        if len(own) != 1 or any(share > 0 for place, share in enumerate(covered) if abs(place - own[0]) > 1):
            continue
        place = own[0]
        edges = [("start_ms", place), ("end_ms", place + 1)]
        for side, join in edges:
            if 0 < join < len(joins) and (joins[join]["key_frame"] or not key_frames_only):
                errors.append(abs(part[side] - joins[join]["start_ms"]))
    return errors


def overlap(part: dict[str, Any], join: dict[str, Any]) -> int:
    return int(max(0, min(part["end_ms"], join["end_ms"]) - max(part["start_ms"], join["start_ms"])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    given = parser.parse_args()
    joins = json.loads(Path(f"{given.film}.json").read_text())
    answers = {
        precision: json.loads(run([MOVIETAGS, "tag", "--json", "--precision", precision, str(given.film)]).output)
        for precision in ("frame", "keyframe")
    }
    print("frame precision", cut_quality(answers["frame"], joins))
    for precision, answer in answers.items():
        errors = edge_errors(answer, joins, key_frames_only=precision == "keyframe")
        if errors:
            off = f"off by median {statistics.median(errors):.0f} ms, at most {max(errors)} ms"
            print(f"{precision} precision: {len(errors)} edges of tags that hold for one clip, {off}")


if __name__ == "__main__":
    main()
