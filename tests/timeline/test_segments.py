import numpy as np
import pytest

from service.records import Shot
from service.timeline.segments import Segment, coverage, segments


def shots_of(*lengths_ms: int) -> list[Shot]:
    ends = np.cumsum(lengths_ms).tolist()
    return [Shot(end - length, end) for end, length in zip(ends, lengths_ms, strict=True)]


def war(lengths_ms: list[int], scores: list[float]) -> list[Segment]:
    return segments(("war",), shots_of(*lengths_ms), np.array(scores, np.float32)[:, None], np.array([0.5], np.float32))


def ranges(parts: list[Segment]) -> list[tuple[int, int]]:
    return [(part.start_ms, part.end_ms) for part in parts]


def test_a_tag_holds_from_cut_to_cut():
    assert ranges(war([4000, 5000, 3000], [0.1, 0.9, 0.1])) == [(4000, 9000)]


def test_neighbouring_shots_make_one_segment_scored_by_their_length():
    parts = war([1000, 3000], [0.6, 0.8])
    assert ranges(parts) == [(0, 4000)]
    assert parts[0].score == pytest.approx(0.75)


def test_a_short_absence_is_bridged_and_does_not_count_in_the_score():
    parts = war([3000, 2000, 3000], [0.8, 0.0, 0.8])
    assert ranges(parts) == [(0, 8000)]
    assert parts[0].score == pytest.approx(0.8)


def test_a_long_absence_parts_two_segments():
    parts = war([3000, 2001, 3000], [0.8, 0.0, 0.8])
    assert ranges(parts) == [(0, 3000), (5001, 8001)]


def test_a_flash_is_dropped_beside_a_longer_segment():
    parts = war([3000, 5000, 999], [0.8, 0.0, 0.8])
    assert ranges(parts) == [(0, 3000)]


def test_a_flash_stays_when_the_tag_has_nothing_else():
    parts = war([3000, 400, 3000], [0.0, 0.8, 0.0])
    assert ranges(parts) == [(3000, 3400)]


def test_a_tag_that_never_reaches_its_threshold_has_no_segment():
    assert war([3000], [0.49]) == []


def test_coverage_is_the_share_of_the_film():
    parts = war([3000, 6000, 3000], [0.8, 0.0, 0.8])
    assert coverage(parts, 12000) == pytest.approx(0.5)
    assert coverage([], 12000) == 0.0
