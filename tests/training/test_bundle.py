import json

import numpy as np
import pytest

from service.predictors.bundle import load_tagger_bundle
from service.tags import load_vocabulary
from training.bundle import rewrite_facts, write_bundle

HEAD = {
    "dense_1/kernel": np.ones((4, 2), np.float32),
    "dense_1/bias": np.zeros(2, np.float32),
    "dense_2/kernel": np.ones((2, 3), np.float32),
    "dense_2/bias": np.zeros(3, np.float32),
}
FACTS = {
    "name": "tiny", "version": "0.0.1", "labels": ["war", "food"], "background": True, "input_size": 16,
    "sensitive": {"outputs": ["calm", "bare"], "tags": {"nudity": ["bare"]}, "threshold": {"nudity": 0.99}, "key_frames": 2},
    "thresholds": {"war": 0.5, "food": 0.5, "nudity": 0.99}, "weak": [], "unverified": ["nudity"], "aggregation": {},
}  # fmt: skip


@pytest.fixture
def bundle(tmp_path):
    networks = tmp_path / "networks"
    networks.mkdir()
    for name in ("backbone", "sensitive"):
        (networks / f"{name}.xml").write_text("<net/>")
        (networks / f"{name}.bin").write_bytes(name.encode())
    write_bundle(tmp_path / "bundle", networks, HEAD, FACTS)
    return tmp_path / "bundle"


@pytest.fixture
def vocabulary(tmp_path):
    (tmp_path / "tags.yaml").write_text("tags:\n- id: war\n- id: food\n- id: nudity\n")
    return load_vocabulary(tmp_path / "tags.yaml")


def test_a_written_bundle_of_three_tags_loads(bundle, vocabulary):
    loaded = load_tagger_bundle(vocabulary, bundle)
    assert loaded.labels == ("war", "food")
    assert loaded.thresholds["nudity"] == 0.99


def test_the_heads_weights_lie_beside_it(bundle):
    with np.load(bundle / "head.npz") as weights:
        assert weights["dense_1/kernel"].shape == (4, 2)


def test_changed_facts_leave_a_bundle_that_loads(bundle, vocabulary):
    rewrite_facts(bundle, {"thresholds": {"war": 0.7, "food": 0.5, "nudity": 0.99}})
    assert load_tagger_bundle(vocabulary, bundle).thresholds["war"] == 0.7


def test_nothing_else_is_left_behind(bundle):
    assert sorted(path.name for path in bundle.parent.iterdir()) == ["bundle", "networks"]
    assert set(json.loads((bundle / "bundle.json").read_text())["files"]) == {path.name for path in bundle.iterdir()} - {"bundle.json"}


def test_a_new_bundle_takes_the_place_of_the_old_one(bundle, vocabulary):
    write_bundle(bundle, bundle.parent / "networks", HEAD, {**FACTS, "version": "0.0.2"})
    assert load_tagger_bundle(vocabulary, bundle).version == "0.0.2"
