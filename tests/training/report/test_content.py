import numpy as np
import pytest

from training.judging.judged import Judged
from training.report import choice, learning, words
from training.report.labels import confusion, pairs, together
from training.report.pictures import heated

TAGS = ("war", "food", "dance")
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.8], [0.7, 0.6, 0.1], [0.6, 0.1, 0.2], [0.1, 0.1, 0.1]], np.float32)


@pytest.fixture
def judged(tmp_path):
    names = tuple("abcde")
    shown = TRUTH.astype(np.int64)
    paths = tuple(tmp_path / name for name in names)
    return Judged(names, paths, ("",) * 5, dict.fromkeys(TAGS, 0.5), TRUTH, np.ones_like(TRUTH), SCORES, shown.T @ shown)


def history(rows):
    return [{"seed": "0", "epoch": str(place), **{name: str(value) for name, value in row.items()}} for place, row in enumerate(rows, 1)]


def test_false_alarms_come_surest_first(judged):
    assert [(item.row, TAGS[item.column]) for item in choice.false_alarms(judged)] == [(1, "dance"), (2, "war"), (3, "war")]


def test_misses_come_farthest_below_their_threshold_first(judged):
    assert [(item.row, TAGS[item.column]) for item in choice.misses(judged)] == [(1, "war"), (3, "dance")]


def test_a_tag_that_is_rightly_said_is_shown_by_its_surest_image(judged):
    assert [(item.row, TAGS[item.column]) for item in choice.right_ones(judged)] == [(0, "war"), (2, "food")]


def test_what_is_not_known_is_no_mistake(judged):
    judged.known[1] = False
    assert all(item.row != 1 for item in [*choice.false_alarms(judged), *choice.misses(judged)])


def test_an_image_of_two_tags_is_right_with_either_and_wrong_in_parts(judged):
    table = confusion(judged)
    assert table.tags == TAGS
    assert table.counts.tolist() == [[1, 0, 0.5], [1, 0, 0.5], [1, 0, 0]]
    assert pairs(table, both_ways=False)[0].second == "war"


def test_labels_that_go_together_are_told_once(judged):
    found = pairs(together(judged), both_ways=True)
    assert [(item.first, item.second, item.count, item.share) for item in found] == [("war", "food", 1, 0.5)]


def test_many_tags_are_cut_to_the_frequent_ones(judged):
    count = 80
    large = Judged(
        judged.names, judged.paths, judged.sources, {f"t{place}": 0.5 for place in range(count)},
        np.zeros((5, count), bool), np.ones((5, count), bool), np.zeros((5, count), np.float32), np.diag(np.arange(count)),
    )  # fmt: skip
    assert together(large).tags[-1] == "t79"
    assert len(together(large).tags) == 60


def test_an_image_that_is_surely_learned_by_heart_is_told_of():
    rows = history({"loss": 2 / place, "validation_loss": 1 + abs(place - 3) / 4, "validation_map": 0.5} for place in range(1, 9))
    text = " ".join(learning.told(rows))
    assert "by heart" in text
    assert "best in epoch 1" in text


def test_a_loss_that_still_falls_asks_for_more_epochs():
    rows = history({"loss": 2 / place, "validation_loss": 3 / place} for place in range(1, 9))
    assert "more epochs" in " ".join(learning.told(rows))


def test_charts_are_drawn_of_what_the_history_has():
    rows = history(
        {"loss": 1.0, "validation_loss": "", "stage": "head" if place < 3 else "top", "learning_rate": 1e-3} for place in range(6)
    )
    assert [name for name, _ in learning.learning_charts(rows)] == ["loss", "learning-rate"]
    assert ">top</text>" in learning.learning_charts(rows)[0][1]
    assert learning.learning_charts([]) == []


def test_findings_name_what_matters(judged):
    judgement = judged.judge()
    text = " ".join(words.findings(judgement, judged, pairs(confusion(judged), both_ways=False)))
    assert "judged on 5 images only" in text
    assert "Most often confused: war is said first where the label is" in text
    assert "5 images" in words.headline(judgement)


@pytest.mark.parametrize(
    ("tags", "text"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c"), (list("abcdefgh"), "a, b, c, d, e, f and 2 more")]
)
def test_lists_are_spoken(tags, text):
    assert words.spoken(tags) == text


def test_a_heat_map_leaves_the_cold_places_grey():
    picture = np.full((40, 60, 3), (200, 40, 40), np.uint8)
    heat = np.zeros((8, 8), np.float32)
    heat[:, 4:] = 1
    made = heated(picture, heat).astype(int)
    assert np.ptp(made[:, :20], axis=2).max() < 12
    assert made[:, -10:].mean() > made[:, :10].mean()
