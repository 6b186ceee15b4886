"""Which boxes of a shot are one object."""

import pytest

from service.images.boxes import Box
from service.records import Shot
from service.timeline.tracks import FoundObject, shot_tracks

SHOT = Shot(1000, 13_000)
TIMES = (2000, 6000, 11_000)


def found(label: str, x: float, score: float = 0.8) -> FoundObject:
    return FoundObject(label, score, Box(x, 0.4, 0.2, 0.3))


def spans(tracks):
    return [(track.label, track.start_ms, track.end_ms, [each.box.x for each in track.sightings]) for track in tracks]


def test_an_object_that_moves_a_little_is_one_track_with_its_best_score():
    tracks = shot_tracks(SHOT, TIMES, [[found("horse", 0.1, 0.6)], [found("horse", 0.15, 0.9)], [found("horse", 0.2, 0.7)]])
    assert spans(tracks) == [("horse", 1000, 13_000, [0.1, 0.15, 0.2])]
    assert tracks[0].score == 0.9
    assert [(each.time_ms, each.score) for each in tracks[0].sightings] == [(2000, 0.6), (6000, 0.9), (11_000, 0.7)]


def test_a_track_holds_half_way_to_the_key_frames_without_it():
    assert spans(shot_tracks(SHOT, TIMES, [[], [found("dog", 0.5)], []])) == [("dog", 4000, 8500, [0.5])]
    assert spans(shot_tracks(SHOT, (5000,), [[found("dog", 0.5)]])) == [("dog", 1000, 13_000, [0.5])]


def test_an_object_that_was_missed_once_is_found_again():
    assert spans(shot_tracks(SHOT, TIMES, [[found("cat", 0.3)], [], [found("cat", 0.32)]])) == [("cat", 1000, 13_000, [0.3, 0.32])]


def test_other_labels_and_other_places_are_other_tracks():
    tracks = shot_tracks(SHOT, TIMES[:2], [[found("cat", 0.3)], [found("dog", 0.3), found("cat", 0.7)]])
    assert spans(tracks) == [("cat", 1000, 4000, [0.3]), ("dog", 4000, 13_000, [0.3]), ("cat", 4000, 13_000, [0.7])]


def test_of_several_alike_those_that_overlap_most_belong_together():
    first, second = [found("person", 0.10), found("person", 0.20)], [found("person", 0.19), found("person", 0.12)]
    assert [xs for *_, xs in spans(shot_tracks(SHOT, TIMES[:2], [first, second]))] == [[0.10, 0.12], [0.20, 0.19]]


def test_a_track_takes_one_box_of_a_key_frame():
    tracks = shot_tracks(SHOT, TIMES[:2], [[found("person", 0.1)], [found("person", 0.1), found("person", 0.11)]])
    assert sorted(xs for *_, xs in spans(tracks)) == [[0.1, 0.1], [0.11]]


def test_nothing_found_is_no_track():
    assert shot_tracks(SHOT, TIMES, [[], [], []]) == []
    with pytest.raises(ValueError, match="zip"):
        shot_tracks(SHOT, TIMES, [[]])
