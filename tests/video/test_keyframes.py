import cv2
import numpy as np
import pytest

from service.records import Shot
from service.video.keyframes import MAX_CANDIDATES, Candidate, Candidates, candidate_step_ms, choose_key_frames
from tests import clips


def candidates(*pictures_at: tuple[int, np.ndarray]) -> list[Candidate]:
    return [Candidate(time_ms, picture) for time_ms, picture in pictures_at]


def texture(seed: int) -> np.ndarray:
    return next(clips.scene(seed, 1, (320, 192)))


BLACK, WHITE = next(clips.flat(0, 1)), next(clips.flat(255, 1))


def chosen(length_ms: int, *pictures_at: tuple[int, np.ndarray], film_ms: int | None = None) -> list[int]:
    return [each.time_ms for each in choose_key_frames(Shot(0, length_ms), candidates(*pictures_at), film_ms)]


@pytest.mark.parametrize(("length_ms", "count"), [(3999, 1), (4000, 2), (9999, 2), (10_000, 3), (30_000, 3)])
def test_longer_shots_get_more_key_frames(length_ms, count):
    everywhere = [(time_ms, texture(time_ms)) for time_ms in range(0, length_ms, 500)]
    assert len(chosen(length_ms, *everywhere)) == count


@pytest.mark.parametrize(("film_ms", "count"), [(3000, 12), (6000, 6), (30_000, 2), (7_200_000, 1), (None, 1)])
def test_a_shot_of_a_short_film_gets_its_share_of_twelve(film_ms, count):
    everywhere = [(time_ms, texture(time_ms)) for time_ms in range(0, 3000, candidate_step_ms(film_ms))]
    assert len(chosen(3000, *everywhere, film_ms=film_ms)) == count


def test_key_frames_stand_in_the_middle_of_their_parts():
    everywhere = [(time_ms, texture(time_ms)) for time_ms in range(0, 12_000, 500)]
    assert chosen(12_000, *everywhere) == [2000, 6000, 10_000]


@pytest.mark.parametrize("faulty", [BLACK, WHITE])
def test_an_empty_frame_is_passed_over(faulty):
    assert chosen(2000, (200, texture(1)), (1000, faulty)) == [200]


def test_a_blurred_frame_is_passed_over():
    sharp, other = (np.random.default_rng(seed).integers(0, 256, (96, 160, 3), np.uint8) for seed in (1, 2))
    blurred = np.asarray(cv2.GaussianBlur(sharp, (9, 9), 3), np.uint8)
    assert chosen(2000, (700, sharp), (1000, blurred), (1500, other)) == [700]


def test_a_duplicate_is_passed_over():
    assert chosen(6000, (1500, texture(1)), (4500, texture(1)), (5500, texture(2))) == [1500, 5500]


def test_a_still_shot_needs_no_second_key_frame():
    assert chosen(6000, (1500, texture(1)), (4500, texture(1))) == [1500]


def test_a_black_shot_still_has_one():
    assert len(chosen(6000, (0, BLACK), (1500, BLACK), (4500, BLACK))) == 1


def test_a_black_part_stands_for_nothing_beside_a_picture():
    assert chosen(6000, (1500, BLACK), (4500, texture(1))) == [4500]


def test_candidates_stay_few_and_keep_the_newest():
    kept = Candidates()
    for time_ms in range(0, 600_000, 400):
        kept.add(Candidate(time_ms, BLACK))
    taken = [each.time_ms for each in kept.take_before(600_000)]
    assert len(taken) <= MAX_CANDIDATES
    assert taken[-3:] == [598_800, 599_200, 599_600]


def test_taken_candidates_are_gone():
    kept = Candidates()
    for time_ms in (0, 400, 800):
        kept.add(Candidate(time_ms, BLACK))
    assert [each.time_ms for each in kept.take_before(800)] == [0, 400]
    assert [each.time_ms for each in kept.take_before(9000)] == [800]
