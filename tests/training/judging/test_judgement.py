import json

import numpy as np
import pytest

from training.errors import DataError
from training.judging.comparison import compare, comparison_to_json
from training.judging.judgement import judge
from training.judging.told import comparison_lines, image_lines

RANDOM = np.random.default_rng(1)
TAGS = ("war", "food", "dance", "robot")
TRUTH = RANDOM.random((300, 4)) < (0.3, 0.2, 0.1, 0.0)
ALL = np.ones_like(TRUTH)
GOOD = np.clip(TRUTH * 0.5 + RANDOM.random((300, 4)) * 0.5, 0, 1).astype(np.float32)
POOR = np.clip(TRUTH * 0.1 + RANDOM.random((300, 4)) * 0.9, 0, 1).astype(np.float32)
LEVELS = dict.fromkeys(TAGS, 0.5)
NOWHERE = [""] * 300


@pytest.fixture(scope="module")
def judgement():
    return judge(TRUTH, ALL, GOOD, LEVELS, NOWHERE)


def test_scores_that_tell_the_truth_are_found_to(judgement):
    assert judgement.mean_ap.value == 1.0
    assert judgement.rates.precision == judgement.rates.recall == judgement.f1.value == 1.0
    assert judgement.top_1.value == 1.0


def test_worse_scores_are_judged_worse_within_their_intervals(judgement):
    poor = judge(TRUTH, ALL, POOR, LEVELS, NOWHERE)
    for figure in (poor.mean_ap, poor.micro_ap, poor.f1, poor.top_1, poor.top_3):
        assert figure.low <= figure.value <= figure.high
    assert poor.mean_ap.high < judgement.mean_ap.value


def test_a_tag_that_no_image_shows_is_not_measured(judgement):
    assert judgement.to_json()["unmeasured"] == ["robot"]


def test_tags_said_of_images_without_a_tag_are_counted():
    scores = GOOD.copy()
    scores[~TRUTH.any(axis=1)] = 0.9
    assert judge(TRUTH, ALL, scores, LEVELS, NOWHERE).said_without_tag == 4.0


def test_what_is_not_known_is_neither_right_nor_wrong():
    scores, known = GOOD.copy(), ALL.copy()
    wrong = np.flatnonzero(~TRUTH[:, 0])[:50]
    scores[wrong, 0], known[wrong, 0] = 0.99, False
    judgement = judge(TRUTH, known, scores, LEVELS, NOWHERE)
    assert judgement.rates.precision == 1.0
    assert judgement.tags[0].known == 250


def test_sources_are_told_largest_first():
    sources = ["archive" if place < 200 else "museum" for place in range(300)]
    found = judge(TRUTH, ALL, GOOD, LEVELS, sources).sources
    assert [(item.source, item.images) for item in found] == [("archive", 200), ("museum", 100)]


def test_an_interval_of_few_sources_is_told_to_be_rough(judgement):
    few = judge(TRUTH, ALL, GOOD, LEVELS, [f"film {place % 3}" for place in range(300)])
    assert "intervals are rough" in "\n".join(image_lines(few.to_json()))
    assert "rough" not in "\n".join(image_lines(judgement.to_json()))


def test_the_json_has_no_nan(judgement):
    text = json.dumps(judgement.to_json(), allow_nan=False)
    assert json.loads(text)["tags"]["war"]["interval_90"] == [1.0, 1.0]


def test_nothing_to_judge_by_is_refused():
    with pytest.raises(DataError, match="war"):
        judge(np.zeros_like(TRUTH), ALL, GOOD, LEVELS, NOWHERE)


def test_a_vocabulary_of_one_tag_is_judged():
    assert judge(TRUTH[:, :1], ALL[:, :1], POOR[:, :1], {"war": 0.5}, NOWHERE).images == 300


def test_better_means_that_the_interval_lies_above_zero():
    found = compare(TRUTH, ALL, (GOOD, POOR), TAGS, NOWHERE)
    assert found.verdict == "better"
    assert found.mean_ap.low > 0
    assert {item.tag for item in found.those("better")} == {"war", "food", "dance"}
    assert compare(TRUTH, ALL, (POOR, GOOD), TAGS, NOWHERE).verdict == "worse"


def test_a_tagger_is_not_better_than_itself():
    found = compare(TRUTH, ALL, (POOR, POOR), TAGS, NOWHERE)
    assert found.verdict == "unclear"
    assert found.mean_ap.value == found.top_1.value == 0


def test_a_comparison_is_told_in_words():
    text = "\n".join(comparison_lines(comparison_to_json(compare(TRUTH, ALL, (GOOD, POOR), TAGS, NOWHERE), "shipped@1")))
    assert "better than shipped@1 on the 3 tags" in text
    assert "worse: no tag" in text


def test_nothing_to_compare_by_is_refused():
    with pytest.raises(DataError, match="1 tags that both"):
        compare(TRUTH[:, 3:], ALL[:, 3:], (GOOD[:, 3:], POOR[:, 3:]), ["robot"], NOWHERE)
