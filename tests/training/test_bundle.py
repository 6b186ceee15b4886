import json

import numpy as np
import pytest

from service.errors import BundleError
from service.models import model_at
from tests.bundles import head_of, write_bundle
from tests.fakes import vocabulary_of
from training.bundle import write_bundle as write_trained
from training.bundle_folder import rewrite_facts

VOCABULARY = vocabulary_of("war", "food")
FACTS = {
    "name": "tiny", "version": "0.0.1", "labels": ["war", "food"], "background": True, "input_size": 299, "sensitive": None,
    "thresholds": {"war": 0.5, "food": 0.6}, "weak": [], "unverified": [], "aggregation": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("made") / "own")


@pytest.fixture
def bundle(networks, tmp_path):
    write_trained(tmp_path / "bundle", networks, head_of(2, 0), FACTS, VOCABULARY)
    return tmp_path / "bundle"


def test_a_written_bundle_has_its_vocabulary_and_can_be_served(bundle):
    model = model_at(bundle)
    assert (model.title, model.vocabulary, model.bundle.labels) == ("tiny@0.0.1", VOCABULARY, ("war", "food"))
    assert model.bundle.thresholds["food"] == 0.6


def test_the_heads_weights_lie_beside_it(bundle):
    with np.load(bundle / "head.npz") as weights:
        assert weights["dense_1/kernel"].shape == (2048, 4)


def test_changed_facts_leave_a_bundle_that_can_be_served(bundle):
    rewrite_facts(bundle, {"thresholds": {"war": 0.7, "food": 0.5}})
    assert model_at(bundle).bundle.thresholds["war"] == 0.7


def test_nothing_else_is_left_behind(bundle):
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]
    assert set(json.loads((bundle / "bundle.json").read_text())["files"]) == {path.name for path in bundle.iterdir()} - {"bundle.json"}


def test_a_new_bundle_takes_the_place_of_the_old_one(bundle, networks):
    write_trained(bundle, networks, head_of(2, 0), {**FACTS, "version": "0.0.2"}, VOCABULARY)
    assert model_at(bundle).bundle.version == "0.0.2"


def test_what_could_not_be_served_leaves_the_old_one_there(bundle, networks):
    with pytest.raises(BundleError, match=r"gives \(2, 4\), not \(2, 3\)"):
        write_trained(bundle, networks, head_of(3, 0), FACTS, VOCABULARY)
    assert model_at(bundle).title == "tiny@0.0.1"
    assert [path.name for path in bundle.parent.iterdir()] == ["bundle"]
