import numpy as np
import pytest

from training.evaluate import FilmLabels, average_precision, bootstrap, film_measures, film_precisions, image_precisions, read_film_labels

TRUTH = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], bool)
NONE = np.zeros_like(TRUTH)
LABELS = FilmLabels(("a", "b", "c", "d"), ("a", "b", "c", "d"), TRUTH, NONE)
SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.4, 0.5], [0.1, 0.1, 0.1]], np.float32)


def test_average_precision_is_the_mean_precision_at_the_hits():
    truth = np.array([True, False, True, False])
    assert average_precision(truth, np.array([0.9, 0.8, 0.7, 0.1], np.float32)) == pytest.approx((1 + 2 / 3) / 2)


def test_a_tag_that_no_image_shows_has_no_precision():
    assert np.isnan(image_precisions(TRUTH, SCORES)[2])


def test_a_tag_of_one_film_has_no_film_precision():
    found = film_precisions(LABELS, SCORES)
    assert found[0] == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(found[1])


def test_films_are_measured_by_their_best_three_and_their_compact_set():
    measures = film_measures(LABELS, SCORES, SCORES >= 0.45)
    assert measures.hit_at_3 == 1.0
    assert measures.f1 == pytest.approx(2 / (2 + 2 + 2))
    assert measures.tags_without_theme == 0.0


def test_an_arguable_tag_is_neither_hit_nor_error():
    arguable = NONE.copy()
    arguable[1, 1] = arguable[3, 0] = True
    labels = FilmLabels(LABELS.files, LABELS.groups, TRUTH, arguable)
    measures = film_measures(labels, SCORES, SCORES >= 0.45)
    assert measures.f1 == pytest.approx(2 / (2 + 1 + 2))
    assert film_precisions(labels, SCORES)[0] == pytest.approx((1 + 2 / 3) / 2)


def test_a_score_of_zero_is_no_hit():
    assert film_measures(LABELS, np.zeros_like(SCORES), NONE).hit_at_3 == 0.0


def test_labels_are_read_by_vocabulary(tmp_path):
    (tmp_path / "films.csv").write_text("file,title,kind,tags,maybe_tags,group\nx.mp4,X,film,war|robot,food,x\n")
    labels = read_film_labels(tmp_path / "films.csv", ["food", "war"])
    assert labels.truth.tolist() == [[False, True]]
    assert labels.arguable.tolist() == [[True, False]]


def test_an_interval_holds_the_value_it_is_about():
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.2
    scores = (truth + rng.random(200)).astype(np.float32)
    low, high = bootstrap(truth, scores)
    assert low <= average_precision(truth, scores) <= high
