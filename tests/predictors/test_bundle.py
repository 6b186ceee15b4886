import json
import re
import shutil

import pytest

from service.errors import BundleError
from service.predictors.bundle import SHIPPED_TAGGER, load_tagger_bundle
from service.tags import load_vocabulary
from tests.fakes import vocabulary_of

MAX_FILE_BYTES = 30 * 2**20


@pytest.fixture
def copy(tmp_path):
    """A bundle of our own to spoil: bundle.json and the smaller files, the big ones as links."""
    for path in SHIPPED_TAGGER.iterdir():
        if path.suffix == ".bin":
            (tmp_path / path.name).symlink_to(path)
        else:
            shutil.copy(path, tmp_path)
    return tmp_path


def change(folder, **changes):
    path = folder / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_shipped_bundle_scores_the_vocabulary_and_nothing_else():
    vocabulary = load_vocabulary()
    bundle = load_tagger_bundle(vocabulary)
    assert sorted([*bundle.labels, *bundle.sensitive.tags]) == sorted(vocabulary.ids)
    assert list(bundle.labels) == [tag for tag in vocabulary.ids if tag in bundle.labels]
    assert bundle.unverified == set(bundle.sensitive.tags)


def test_the_shipped_bundle_names_every_file_and_its_backbone():
    content = json.loads((SHIPPED_TAGGER / "bundle.json").read_text())
    assert set(content["files"]) == {path.name for path in SHIPPED_TAGGER.iterdir()} - {"bundle.json"}
    assert content["backbone_sha256"] in content["files"].values()
    assert content["licences"] and content["metrics"] and content["training"]["seeds"]


def test_no_shipped_file_is_too_large_or_names_a_path_of_the_machine_that_made_it():
    for path in SHIPPED_TAGGER.iterdir():
        assert path.stat().st_size < MAX_FILE_BYTES
        if path.suffix in (".xml", ".json"):
            assert not re.findall(r'"/\w+/[^"]*', path.read_text()), path


def test_an_altered_file_is_refused_by_name(copy):
    (copy / "head.xml").write_text("<net/>")
    with pytest.raises(BundleError, match=r"head\.xml is not the file"):
        load_tagger_bundle(load_vocabulary(), copy)


def test_a_missing_file_is_refused_by_name(copy):
    (copy / "backbone.bin").unlink()
    with pytest.raises(BundleError, match=r"lacks backbone\.bin"):
        load_tagger_bundle(load_vocabulary(), copy)


def test_a_bundle_of_another_vocabulary_is_refused(copy):
    with pytest.raises(BundleError, match="do not have the same tags"):
        load_tagger_bundle(vocabulary_of("red", "war"), copy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"schema_version": 2}, "schema_version 2"), ({"task": "digits"}, "task 'digits'"), ({"thresholds": {}}, "no threshold for")],
)
def test_a_bundle_of_another_kind_is_refused(copy, changes, message):
    change(copy, **changes)
    with pytest.raises(BundleError, match=message):
        load_tagger_bundle(load_vocabulary(), copy)


def test_a_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"no readable bundle\.json"):
        load_tagger_bundle(load_vocabulary(), tmp_path)
