"""Stored features tell what the film told."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.errors import NeedsDecoding, ResultError
from service.features import FeatureRows, StoredFeatures, read_features, read_source, source_of, stored_features, write_features
from service.pipeline import tag_film
from service.predictors.bundle import NO_SENSITIVE, load_tagger_bundle
from service.predictors.predictions import Predictions
from service.predictors.tagger import Tagger
from service.records import DecodeReport, FilmFacts, Shot
from service.results import Parameters
from service.retag import retag
from service.tags import load_vocabulary
from service.timeline.themes import FrameScores
from tests.fakes import COLOURS, ColourTagger, colour_bundle, vocabulary_of
from tests.test_summary import FACTS

EXAMPLE = Path(__file__).parents[1] / "examples" / "big-buck-bunny.mp4"
PARAMETERS = Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None)


def features_of(path: Path, tagger, parameters: Parameters = PARAMETERS):
    """The result of a film, and its features as they come out of a file."""
    files: list[io.BytesIO] = []

    def keep(stored: StoredFeatures) -> None:
        files.append(io.BytesIO())
        write_features(files[-1], stored)

    result = tag_film(path, tagger, parameters, on_features=keep)
    [file] = files
    file.seek(0)
    return result, read_features(file)


@pytest.fixture(scope="module")
def tagger():
    vocabulary = load_vocabulary()
    return Tagger(load_tagger_bundle(vocabulary), vocabulary)


@pytest.fixture(scope="module")
def bunny(tagger):
    return features_of(EXAMPLE, tagger)


def some_features(**changes) -> StoredFeatures:
    """Two shots with three frames, one of them sensitive."""
    rows = FeatureRows()
    scores = np.array([[0.6, 0.3, 0.1, 0.0], [0.1, 0.8, 0.1, 0.95], [0.2, 0.7, 0.1, 0.97]], np.float32)
    rows.add(Predictions(scores[:1], np.zeros((1, 1, 2048), np.float16)))
    rows.add(Predictions(scores[1:], np.ones((2, 1, 2048), np.float16)))
    shots = [FrameScores(Shot(0, 3000), (1000,), scores[:1]), FrameScores(Shot(3000, 9000), (4000, 8000), scores[1:])]
    facts: FilmFacts = FACTS
    source = source_of(colour_bundle(), COLOURS)
    return replace(stored_features(facts, "a" * 64, DecodeReport(225, 1, 9000, ("one",)), source, PARAMETERS, shots, rows), **changes)


def test_the_same_head_and_thresholds_give_the_same_answer(bunny, tagger):
    result, stored = bunny
    assert retag(stored, tagger.bundle, tagger.vocabulary, PARAMETERS).to_json() == result.to_json()


@pytest.mark.parametrize("thorough", [False, True])
def test_a_head_computed_anew_gives_the_same_themes_and_nearly_the_same_scores(tagger, thorough):
    parameters = replace(PARAMETERS, thorough=thorough)
    result, stored = features_of(EXAMPLE, tagger, parameters)
    assert stored.features.shape[1] == (3 if thorough else 1)
    other = replace(tagger.bundle, head_sha256="another")
    again = retag(stored, other, tagger.vocabulary, parameters)
    assert [tag.tag for tag in again.tags] == [tag.tag for tag in result.tags]
    assert [(part.tag, part.start_ms, part.end_ms) for part in again.segments] == [
        (part.tag, part.start_ms, part.end_ms) for part in result.segments
    ]
    assert np.allclose(list(again.scores.values()), list(result.scores.values()), atol=2e-3)


def test_new_thresholds_give_what_tagging_with_them_gives(bunny, tagger):
    parameters = replace(PARAMETERS, min_score=0.2, top=3, sensitive=False)
    quiet = Tagger(tagger.bundle, tagger.vocabulary, sensitive=False)
    expected = tag_film(EXAMPLE, quiet, parameters)
    assert retag(bunny[1], tagger.bundle, tagger.vocabulary, parameters).to_json() == expected.to_json()


def test_features_come_out_of_a_file_as_they_went_in(tmp_path):
    stored = some_features()
    write_features(tmp_path / "features.npz", stored)
    found = read_features(tmp_path / "features.npz")
    for name in ("features", "scores", "times_ms", "shot_of_frame"):
        ours, theirs = getattr(stored, name), getattr(found, name)
        assert ours.dtype == theirs.dtype and (ours == theirs).all()
    for name in ("film", "sha256", "report", "source", "parameters", "shots"):
        assert getattr(found, name) == getattr(stored, name)


def test_a_film_of_the_fakes_is_tagged_again_without_any_network():
    result = retag(some_features(), colour_bundle(), COLOURS, PARAMETERS)
    assert [tag.tag for tag in result.tags] == ["nudity", "green"]
    assert result.scores["nudity"] == pytest.approx(0.95)
    assert result.warnings == ("one",)
    stricter = retag(some_features(), colour_bundle(thresholds={"red": 0.9, "green": 0.9, "blue": 0.9, "nudity": 1.0}), COLOURS, PARAMETERS)
    assert stricter.tags == ()


def test_a_model_without_a_network_for_sensitive_tags_asks_for_none_and_goes_back_only_where_it_was_asked():
    own = colour_bundle(
        labels=("red", "green", "blue"), sensitive=NO_SENSITIVE, sensitive_sha256="", thresholds=dict.fromkeys(COLOURS.ids, 0.5)
    )
    three = vocabulary_of("red", "green", "blue")
    result = retag(some_features(), own, three, PARAMETERS)
    assert [tag.tag for tag in result.tags] == ["green"]
    assert (list(result.scores), result.model.sensitive) == (["red", "green", "blue"], ())
    scores = np.array([[0.6, 0.3, 0.1]] * 3, np.float32)
    without = some_features(source=source_of(own, three), scores=scores)
    with pytest.raises(NeedsDecoding, match="network for sensitive tags"):
        retag(without, colour_bundle(), COLOURS, PARAMETERS)
    back = retag(without, colour_bundle(), COLOURS, replace(PARAMETERS, sensitive=False))
    assert ([tag.tag for tag in back.tags], back.scores["nudity"]) == (["red"], 0)


def test_what_made_stored_features_is_read_without_them(tmp_path):
    stored = some_features()
    write_features(tmp_path / "features.npz", stored)
    with (tmp_path / "features.npz").open("rb") as stream:
        assert read_source(stream) == (stored.source, stored.parameters)
    with pytest.raises(ResultError, match="cannot be read"):
        read_source(io.BytesIO(b"torn"))


def test_another_weight_of_the_sensitive_network_counts_at_once():
    bundle = colour_bundle()
    lenient = replace(bundle, sensitive=replace(bundle.sensitive, threshold={"nudity": 0.5}))
    assert retag(some_features(), lenient, COLOURS, PARAMETERS).scores["nudity"] > 0.99


@pytest.mark.parametrize(
    ("bundle", "parameters", "message"),
    [
        ({"backbone_sha256": "f" * 64}, {}, "another backbone"),
        ({"sensitive_sha256": "f" * 64}, {}, "network for sensitive tags"),
        ({}, {"precision": "frame"}, "precision frame in place of keyframe"),
        ({}, {"thorough": True}, "thorough True in place of False"),
    ],
)
def test_what_was_not_looked_at_needs_decoding(bundle, parameters, message):
    with pytest.raises(NeedsDecoding, match=message):
        retag(some_features(), colour_bundle(**bundle), COLOURS, replace(PARAMETERS, **parameters))


def test_sensitive_tags_that_were_left_out_need_decoding():
    stored = some_features(parameters=replace(PARAMETERS, sensitive=False))
    with pytest.raises(NeedsDecoding, match="network for sensitive tags"):
        retag(stored, colour_bundle(), COLOURS, PARAMETERS)
    quiet = retag(stored, colour_bundle(sensitive_sha256="f" * 64), COLOURS, replace(PARAMETERS, sensitive=False))
    assert quiet.scores["nudity"] == 0


def test_a_new_head_may_have_other_tags(tmp_path):
    first, second = np.zeros((2048, 2), np.float32), np.array([[20.0, 0.0], [0.0, 0.0]], np.float32)
    first[0, 0] = 1
    none = np.zeros(2, np.float32)
    arrays = {"dense_1/kernel": first, "dense_1/bias": none, "dense_2/kernel": second, "dense_2/bias": none}
    np.savez(tmp_path / "head.npz", **arrays)  # type: ignore[arg-type]
    thresholds = {"orange": 0.9, "nudity": 0.9}
    bundle = colour_bundle(folder=tmp_path, labels=("orange",), thresholds=thresholds, head_sha256="f" * 64)
    result = retag(some_features(), bundle, vocabulary_of("orange", "nudity"), PARAMETERS)
    assert [(part.tag, part.start_ms) for part in result.segments] == [("orange", 3000), ("nudity", 3000)]


@pytest.mark.parametrize("content", [b"", b"no features", b"PK\x03\x04 torn"])
def test_what_is_no_file_of_features_is_refused_by_name(tmp_path, content):
    path = tmp_path / "features.npz"
    path.write_bytes(content)
    with pytest.raises(ResultError, match=r"features\.npz cannot be read"):
        read_features(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"times_ms": np.zeros(2, np.int64)},
        {"features": np.zeros((3, 1, 7), np.float16)},
        {"shot_of_frame": np.array([0, 0, 0])},
        {"shot_of_frame": np.array([1, 0, 1])},
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(changes):
    file = io.BytesIO()
    write_features(file, some_features(**changes))
    file.seek(0)
    with pytest.raises(ResultError, match="cannot be read"):
        read_features(file)


def test_a_torn_file_is_refused(tmp_path):
    path = tmp_path / "features.npz"
    write_features(path, some_features())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ResultError):
        read_features(path)


def test_features_can_be_kept_with_any_tagger():
    result, stored = features_of(EXAMPLE, ColourTagger())
    assert len(stored.features) == len(result.frames) == len(stored.times_ms)
    assert retag(stored, colour_bundle(), COLOURS, PARAMETERS).to_json() == result.to_json()
