from collections import Counter

import pytest

from tests.training.data.pictures import example, nearly, picture_file
from training.data.duplicates import NEAR_BITS, groups, near_pairs
from training.data.looking import looks_at


def test_a_picture_that_was_shrunk_darkened_and_compressed_is_nearly_the_same(tmp_path):
    files = [picture_file(tmp_path / "a.png", 1), nearly(tmp_path / "b.jpg", 1), picture_file(tmp_path / "c.png", 2)]
    fingerprints = [look.fingerprint for look in looks_at([*map(example, files)])]
    assert near_pairs(fingerprints) == [(0, 1)]


def test_no_two_of_many_different_pictures_are_nearly_the_same(tmp_path):
    files = [picture_file(tmp_path / f"{seed}.png", seed) for seed in range(60)]
    assert near_pairs([look.fingerprint for look in looks_at([*map(example, files)])]) == []


@pytest.mark.parametrize(("bits", "pairs"), [(NEAR_BITS, [(0, 1)]), (NEAR_BITS + 1, [])])
def test_how_many_bits_may_differ(bits, pairs):
    assert near_pairs([(1 << bits) - 1, 0]) == pairs


def test_what_cannot_be_read_is_like_nothing():
    assert near_pairs([None, 5, None, 5]) == [(1, 3)]
    assert near_pairs([None]) == []
    assert near_pairs([]) == []


def test_many_equal_pictures_make_few_pairs():
    assert near_pairs([7] * 2000) == [(place, place + 1) for place in range(1999)]


def test_pairs_are_found_beyond_one_block():
    far = [(number * 0x9E3779B97F4A7C15) % (1 << 64) for number in range(1200)]
    assert (5, 1200) in near_pairs([*far, far[5] ^ 1])


def test_groups_join_what_pairs_join():
    assert groups(6, [(0, 1), (4, 5), (1, 4)]) == [0, 0, 2, 3, 0, 0]
    assert Counter(groups(3, []))[0] == 1
