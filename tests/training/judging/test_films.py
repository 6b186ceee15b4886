import numpy as np
import pytest

from training.errors import DataError, UnknownTags
from training.judging.films import FilmLabels, compare_films, film_measures, film_precisions, judge_films, read_film_labels

TRUTH = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], bool)
NONE = np.zeros_like(TRUTH)
LABELS = FilmLabels(("a", "b", "c", "d"), ("a", "b", "c", "d"), TRUTH, NONE)
SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.4, 0.5], [0.1, 0.1, 0.1]], np.float32)


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


def test_intervals_hold_the_measures():
    random = np.random.default_rng(0)
    truth = random.random((60, 5)) < 0.25
    labels = FilmLabels(tuple(map(str, range(60))), tuple(str(film // 2) for film in range(60)), truth, np.zeros_like(truth))
    scores = (truth * 0.4 + random.random((60, 5)) * 0.6).astype(np.float32)
    for figure in judge_films(labels, scores, scores > 0.5).values():
        assert figure.low <= figure.value <= figure.high
    better = compare_films(labels, (scores, random.random((60, 5)).astype(np.float32)), (scores > 0.5, NONE[:1].repeat(60, 0)[:, [0] * 5]))
    assert better["mean_ap"].low > 0
    assert better["f1"].low > 0


def test_labels_are_read_by_vocabulary(tmp_path):
    (tmp_path / "films.csv").write_text("file,title,kind,tags,maybe_tags,group\nx.mp4,X,film,war|robot,food,x\n")
    labels = read_film_labels(tmp_path / "films.csv", ["food", "war"])
    assert labels.truth.tolist() == [[False, True]]
    assert labels.arguable.tolist() == [[True, False]]


def test_a_table_of_files_and_tags_is_enough(tmp_path):
    (tmp_path / "films.csv").write_text("file,tags\nx.mp4,war\ny.mp4,\n")
    labels = read_film_labels(tmp_path / "films.csv", ["food", "war"])
    assert labels.groups == ("x.mp4", "y.mp4")
    assert not labels.arguable.any()


@pytest.mark.parametrize("content", ["", "title,tags\nX,war\n"])
def test_a_table_without_the_columns_is_refused(tmp_path, content):
    (tmp_path / "films.csv").write_text(content)
    with pytest.raises(DataError, match=r"films\.csv .* columns file, tags"):
        read_film_labels(tmp_path / "films.csv", ["war"])


def test_tags_of_films_are_read_like_those_of_training_data(tmp_path, caplog):
    (tmp_path / "films.csv").write_text("file;tags;maybe_tags\nx.mp4;War | car chase;\ny.mp4;foood;War\n")
    labels = read_film_labels(tmp_path / "films.csv", ["car_chase", "food", "war"])
    assert labels.truth.tolist() == [[True, False, True], [False, False, False]]
    assert labels.arguable[1].tolist() == [False, False, True]
    assert "left out: foood (did you mean food?)" in caplog.text


def test_tags_that_the_vocabulary_lacks_are_refused(tmp_path):
    (tmp_path / "films.csv").write_text("file,tags\nx.mp4,war|food\n")
    assert read_film_labels(tmp_path / "films.csv", ["war"], ["food", "war"]).truth.tolist() == [[True]]
    (tmp_path / "films.csv").write_text("file,tags\nx.mp4,foood\n")
    with pytest.raises(UnknownTags, match=r"foood \(did you mean food\?\)"):
        read_film_labels(tmp_path / "films.csv", ["war"], ["food", "war"])
