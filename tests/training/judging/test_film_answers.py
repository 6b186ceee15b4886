import numpy as np
import pytest

from tests.clips import flat, write
from tests.fakes import COLOURS, ColourTagger, colour_bundle
from training.errors import DataError
from training.judging.film_answers import FilmTagger, film_answers, find_films


class Broken(ColourTagger):
    """Networks that must not be asked."""

    def predict(self, views):
        assert not len(views), "the film was decoded again"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    pictures = list(flat(90, 20))
    for picture in pictures:
        picture[..., 0] = 250
    return write(tmp_path_factory.mktemp("films") / "red.mp4", pictures)


@pytest.fixture
def bundle():
    return colour_bundle(aggregation={"most_tags": 1})


def test_films_are_tagged_by_the_services_own_stages(film, bundle, tmp_path):
    answers = film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], ["green", "red"])
    assert answers.scores[0, 1] > 0.5 > answers.scores[0, 0]
    assert answers.chosen.tolist() == [[False, True]]


def test_what_the_backbone_saw_is_kept(film, bundle, tmp_path):
    first = film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], COLOURS.ids)
    second = film_answers(FilmTagger(bundle, COLOURS, tmp_path, Broken()), [film], COLOURS.ids)
    assert np.array_equal(first.scores, second.scores)
    assert len(list(tmp_path.iterdir())) == 1


def test_another_backbone_looks_anew(film, bundle, tmp_path):
    film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], COLOURS.ids)
    other = colour_bundle(backbone_sha256="9" * 64)
    with pytest.raises(AssertionError, match="decoded again"):
        film_answers(FilmTagger(other, COLOURS, tmp_path, Broken()), [film], COLOURS.ids)


def test_a_torn_file_is_made_anew(film, bundle, tmp_path):
    film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], COLOURS.ids)
    next(tmp_path.iterdir()).write_bytes(b"torn")
    assert film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], ["red"]).chosen.all()


def test_a_vocabulary_may_have_more_tags_than_are_asked_for(film, bundle, tmp_path):
    assert film_answers(FilmTagger(bundle, COLOURS, tmp_path, ColourTagger()), [film], ["blue"]).scores.shape == (1, 1)


def test_films_are_found_by_name_or_by_path(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").write_bytes(b"")
    assert find_films(["clips/a.mp4"], tmp_path) == find_films(["clips/a.mp4"], tmp_path / "clips")


def test_missing_films_are_named(tmp_path):
    with pytest.raises(DataError, match=r"lacks 1 of 1 films: clips/b\.mp4"):
        find_films(["clips/b.mp4"], tmp_path)
