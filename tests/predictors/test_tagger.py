import numpy as np
import pytest

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER, load_tagger_bundle
from service.predictors.heads import Head, reweighed, weighed
from service.predictors.tagger import Tagger
from service.tags import load_vocabulary
from tests.bundles import write_bundle


@pytest.fixture(scope="module")
def vocabulary():
    return load_vocabulary()


@pytest.fixture(scope="module")
def tagger(vocabulary):
    return Tagger(load_tagger_bundle(vocabulary), vocabulary)


@pytest.fixture(scope="module")
def views():
    random = np.random.default_rng(0)
    small = random.integers(0, 255, (5, 1, 13, 13, 3), np.uint8)
    return small.repeat(23, axis=2).repeat(23, axis=3)


def test_every_frame_gets_a_score_from_0_to_1_for_every_tag(tagger, vocabulary, views):
    scores = tagger.predict(views).scores
    assert scores.shape == (5, len(vocabulary))
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_frame_scores_the_same_alone_and_among_others(tagger, views):
    together = tagger.predict(views).scores
    alone = np.concatenate([tagger.predict(views[place : place + 1]).scores for place in range(len(views))])
    assert np.allclose(together, alone, atol=1e-3)


def test_the_stored_head_weights_are_the_head(tagger, views):
    """What docs/design.md promises: scores of stored features can be computed without any framework."""
    features = tagger.features(views[:, 0])
    assert np.allclose(tagger.probabilities(features), Head(SHIPPED_TAGGER).probabilities(features), atol=2e-3)


def test_the_features_are_the_pooled_map(tagger, views):
    maps = tagger.maps(views[:, 0]).astype(np.float32)
    assert maps.shape == (5, 8, 8, 2048)
    features = tagger.features(views[:, 0])
    assert np.corrcoef(maps.mean(axis=(1, 2)).ravel(), features.ravel())[0, 1] > 0.999


def test_a_backbone_without_that_output_has_no_map(tmp_path, views):
    model = model_at(write_bundle(tmp_path / "own"))
    assert Tagger(model.bundle, model.vocabulary).maps(views[:2, 0]).shape == (2, 0, 0, 2048)


def test_without_the_sensitive_network_its_tags_score_zero(vocabulary, views):
    quiet = Tagger(load_tagger_bundle(vocabulary), vocabulary, sensitive=False)
    scores = quiet.predict(views).scores
    assert (scores[:, [vocabulary.index(tag) for tag in quiet.bundle.sensitive.tags]] == 0).all()


def test_a_single_call_can_leave_the_sensitive_network_out(tagger, vocabulary, views):
    columns = [vocabulary.index(tag) for tag in tagger.bundle.sensitive.tags]
    assert (tagger.predict(views, sensitive=False).scores[:, columns] == 0).all()
    assert (tagger.predict(views).scores[:, columns] > 0).any()


@pytest.mark.parametrize(("probability", "score"), [(0.0, 0.0), (0.9, 0.043), (0.995, 0.5), (1.0, 1.0)])
def test_a_sensitive_score_is_low_below_its_threshold(probability, score):
    assert weighed(np.array([probability], np.float32), 0.995)[0] == pytest.approx(score, abs=1e-3)


@pytest.mark.parametrize("probability", [0.0, 0.3, 0.9, 0.99, 0.999])
def test_a_sensitive_score_is_the_same_whether_weighed_anew_or_at_once(probability):
    given = np.array([probability], np.float32)
    assert reweighed(weighed(given, 0.995), 0.995, 0.9) == pytest.approx(weighed(given, 0.9), abs=1e-5)


def test_several_views_of_a_frame_are_averaged_and_their_features_kept(tagger, views):
    twice = tagger.predict(np.repeat(views, 2, axis=1))
    assert np.allclose(twice.scores, tagger.predict(views).scores, atol=1e-3)
    assert twice.features.shape == (5, 2, 2048)
