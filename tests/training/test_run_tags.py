import pytest

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from service.tags import Vocabulary
from tests.training.examples import example
from training.config import DataConfig
from training.data.vocabulary import made_vocabulary
from training.errors import DataError
from training.run_tags import data_vocabulary, extending_tags, learned_tags

BASE = model_at(SHIPPED_TAGGER, check_files=False)
SENSITIVE = set(BASE.bundle.sensitive.tags)


def learned(vocabulary, examples, *, given=False, test=()):
    return learned_tags(vocabulary, BASE, examples, {item.name: "test" if item in test else "train" for item in examples}, given=given)


def test_a_vocabulary_is_narrowed_to_what_the_images_show():
    found = learned(BASE.vocabulary, [example(1, "war"), example(2, "food")])
    assert found.labels == found.vocabulary.ids == ("food", "war")
    assert found.vocabulary["war"].name == BASE.vocabulary["war"].name


def test_a_full_vocabulary_keeps_the_sensitive_tags_of_their_own_network():
    examples = [example(number, tag) for number, tag in enumerate(BASE.bundle.labels)]
    found = learned(BASE.vocabulary, examples)
    assert found.vocabulary == BASE.vocabulary
    assert set(found.labels) == set(BASE.vocabulary.ids) - SENSITIVE


def test_each_tag_of_a_given_vocabulary_needs_an_image():
    with pytest.raises(DataError, match="No training image shows lion"):
        learned(made_vocabulary(["lion", "tiger"]), [example(1, "tiger"), example(2)], given=True)


def test_an_image_of_another_part_teaches_nothing():
    lion = example(1, "lion")
    with pytest.raises(DataError, match="No training image shows lion"):
        learned(made_vocabulary(["lion", "tiger"]), [lion, example(2, "tiger"), example(3)], test=[lion])


def test_a_tag_on_every_image_cannot_be_told_from_anything():
    with pytest.raises(DataError, match="All 2 training images show lion"):
        learned(made_vocabulary(["lion", "tiger"]), [example(1, "lion"), example(2, "lion", "tiger")])


def test_images_without_any_tag_teach_nothing():
    with pytest.raises(DataError, match="nothing to learn"):
        learned(BASE.vocabulary, [example(1), example(2)])


def test_images_of_a_sensitive_tag_are_learned_from_only_where_the_vocabulary_was_given(caplog):
    tag = next(iter(SENSITIVE))
    examples = [example(1, tag), example(2, "war"), example(3, "food")]
    assert learned(BASE.vocabulary, examples).labels == ("food", "war")
    assert tag in caplog.text
    own = Vocabulary(tuple(BASE.vocabulary[name] for name in (tag, "war", "food")))
    assert set(learned(own, examples, given=True).labels) == {tag, "war", "food"}


def test_own_tags_come_behind_those_of_the_base():
    vocabulary = Vocabulary((*BASE.vocabulary.tags, *made_vocabulary(["lion"]).tags))
    found = extending_tags(vocabulary, BASE, [example(1, "lion"), example(2, "war")])
    assert found.labels == ("lion",)
    assert found.vocabulary.ids == (*BASE.vocabulary.ids, "lion")


def test_extending_by_nothing_of_ones_own_is_refused():
    with pytest.raises(DataError, match="--extend"):
        extending_tags(BASE.vocabulary, BASE, [example(1, "war")])


def test_a_vocabulary_file_extends_the_base(tmp_path):
    (tmp_path / "tags.yaml").write_text("tags:\n- id: lion\n- id: war\n")
    vocabulary = data_vocabulary([tmp_path], tmp_path / "tags.yaml", DataConfig(), BASE, extend=True)
    assert vocabulary.ids == (*BASE.vocabulary.ids, "lion")
