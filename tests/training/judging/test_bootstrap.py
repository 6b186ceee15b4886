import numpy as np
import pytest

from training.judging.bootstrap import draw, drawn_micro_precision, drawn_precisions, drawn_share, interval, is_rough, unit_of
from training.judging.measures import average_precision

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.random((200, 3)) < 0.2
SCORES = (TRUTH * 0.4 + RANDOM.random((200, 3)) * 0.6).astype(np.float32)
ALL = np.ones_like(TRUTH)
IMAGES = [""] * 200


def test_an_interval_holds_the_value_it_is_about():
    values = drawn_precisions(TRUTH, ALL, SCORES, draw(IMAGES))
    for tag in range(3):
        value = average_precision(TRUTH[:, tag], SCORES[:, tag])
        found = interval(value, values[tag])
        assert found.low < value < found.high


def test_every_image_once_gives_the_figure_itself():
    once = np.ones((200, 1), np.float32)
    assert drawn_precisions(TRUTH, ALL, SCORES, once)[1, 0] == pytest.approx(average_precision(TRUTH[:, 1], SCORES[:, 1]), abs=1e-5)
    assert drawn_micro_precision(TRUTH, ALL, SCORES, once)[0] == pytest.approx(average_precision(TRUTH.ravel(), SCORES.ravel()), abs=1e-5)


def test_a_draw_is_near_what_copies_of_its_images_give():
    draws = draw(IMAGES, draws=5, seed=3)
    for place, values in enumerate(drawn_precisions(TRUTH, ALL, SCORES, draws)[0]):
        rows = np.repeat(np.arange(200), draws[:, place].astype(int))
        assert values == pytest.approx(average_precision(TRUTH[rows, 0], SCORES[rows, 0]), abs=0.005)


def test_the_same_seed_draws_the_same():
    assert np.array_equal(draw(IMAGES, 10), draw(IMAGES, 10))


def test_with_many_sources_whole_sources_are_drawn():
    sources = [f"film {place // 4}" for place in range(200)]
    draws = draw(sources, 20).reshape(50, 4, 20)
    assert unit_of(sources) == "source"
    assert (draws == draws[:, :1]).all()


def test_an_image_without_a_source_is_drawn_alone_and_the_others_stay_together():
    sources = [f"film {place // 4}" for place in range(196)] + ["", "", "0", "1"]
    draws = draw(sources, 50)
    assert unit_of(sources) == "source"
    assert not is_rough(sources)
    assert (draws[:196].reshape(49, 4, 50)[:, 0] == draws[3:196:4]).all()
    assert not (draws[196] == draws[197]).all()


def test_of_few_sources_whole_ones_are_drawn_and_the_interval_is_rough():
    sources = [f"{place % 5}" for place in range(200)]
    assert unit_of(sources) == "source"
    assert is_rough(sources)
    assert (draw(sources, 20)[:5] == draw(sources, 20)[5:10]).all()


@pytest.mark.parametrize(
    ("sources", "rough"), [(IMAGES, False), ([str(place) for place in range(199)] + [""], False), (["one"] * 200, True)]
)
def test_without_sources_that_have_several_images_images_are_drawn(sources, rough):
    assert unit_of(sources) == "image"
    assert is_rough(sources) == rough


@pytest.mark.parametrize("positives", [slice(0, 5), slice(45, 50)])
def test_images_of_one_score_hold_one_rank_in_every_draw(positives):
    truth = np.zeros((50, 1), bool)
    truth[positives] = True
    scores = np.full((50, 1), 0.5, np.float32)
    once = np.ones((50, 1), np.float32)
    assert drawn_precisions(truth, np.ones_like(truth), scores, once)[0, 0] == pytest.approx(0.1)
    assert np.nanmean(drawn_precisions(truth, np.ones_like(truth), scores, draw([""] * 50))[0]) == pytest.approx(0.1, abs=0.02)


def test_a_draw_without_the_tag_does_not_count():
    truth = np.zeros((30, 1), bool)
    truth[0] = True
    values = drawn_precisions(truth, np.ones_like(truth), RANDOM.random((30, 1)).astype(np.float32), draw([""] * 30))
    assert np.isnan(values).any()
    assert not np.isnan(interval(0.5, values[0]).low)


def test_a_share_is_taken_of_the_images_of_a_draw():
    draws = np.array([[2, 0], [1, 0], [1, 0]], np.float32)
    found = drawn_share(np.array([True, False, False]), draws)
    assert found[0] == 0.5
    assert np.isnan(found[1])
