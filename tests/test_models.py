"""Installed models: whole or not at all, only what bundle.json names, never two contents under one name."""

import json
import os
import shutil
import zipfile

import numpy as np
import pytest

from service.errors import BundleError, ModelError
from service.model_in_use import ModelInUse
from service.model_install import install
from service.models import TAGGERS, Model, find_model, installed, model_at, open_model, remove, use
from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.requests import model_of
from tests.bundles import change_facts, head_of, write_bundle, write_facts, write_head

SHIPPED = "movietags-tagger@1.1.0"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("made") / "own")


@pytest.fixture
def own(original, tmp_path):
    """A bundle of a stranger's, to be spoilt."""
    return shutil.copytree(original, tmp_path / "own")


@pytest.fixture
def models(tmp_path):
    return tmp_path / "models"


def names_in(models):
    return sorted(path.name for path in models.iterdir() if path.name != ".lock")


def titles(models):
    """Of the taggers."""
    return [model.title for model in installed(models) if isinstance(model, Model)]


def spoil(bundle, name, content):
    """Other content, and bundle.json says so."""
    facts = json.loads((bundle / "bundle.json").read_text())
    (bundle / name).write_bytes(content)
    write_facts(bundle, facts)


def test_without_a_choice_the_model_of_the_package_is_in_use(models):
    for folder in (None, models):
        model = open_model(folder)
        assert (model.title, model.is_shipped, len(model.vocabulary)) == (SHIPPED, True, 50)


def test_an_installed_model_is_used_when_it_is_chosen(models, own):
    model = install(models, own)
    assert model.title == "own-tagger@1.0.0"
    assert open_model(models).title == SHIPPED
    use(models, model)
    assert open_model(models).vocabulary.ids == ("crowd", "empty street")
    assert open_model(models).vocabulary["crowd"].name["es"] == "crowd (es)"
    use(models, find_model(models, "movietags-tagger"))
    assert open_model(models).is_shipped


def test_a_model_is_a_copy_of_the_named_files_alone(models, own):
    (own / "notes.txt").write_text("not named by bundle.json")
    (own / "link").symlink_to("/etc/passwd")
    install(models, own)
    shutil.rmtree(own)
    there = models / "own-tagger@1.0.0"
    assert {path.name for path in there.iterdir()} == {"bundle.json", *json.loads((there / "bundle.json").read_text())["files"]}
    assert (there.stat().st_mode & 0o777) == 0o755


def test_a_runs_folder_is_taken_by_its_bundle(models, own, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    own.rename(run / "bundle")
    assert install(models, run).title == "own-tagger@1.0.0"


def test_the_same_again_changes_nothing_and_mends_what_was_damaged(models, own):
    folder = install(models, own).bundle.folder
    before = (folder / "head.npz").stat().st_mtime_ns
    assert install(models, own).bundle.folder == folder
    assert (folder / "head.npz").stat().st_mtime_ns == before
    (folder / "head.npz").write_bytes(b"damaged")
    install(models, own)
    assert model_at(folder).title == "own-tagger@1.0.0"
    assert names_in(models) == ["own-tagger@1.0.0"]


def test_another_content_under_the_same_name_and_version_is_refused(models, own, tmp_path):
    install(models, own)
    other = write_bundle(tmp_path / "other", seed=1)
    with pytest.raises(ModelError, match="Another model is installed as own-tagger@1"):
        install(models, other)
    change_facts(other, name="movietags-tagger", version=SHIPPED.partition("@")[2])
    with pytest.raises(ModelError, match=f"Another model is installed as {SHIPPED}"):
        install(models, other)
    assert names_in(models) == ["own-tagger@1.0.0"]


def test_versions_stand_side_by_side(models, own, tmp_path):
    install(models, own)
    install(models, write_bundle(tmp_path / "other", seed=1, version="1.1.0"))
    assert titles(models) == [SHIPPED, "own-tagger@1.0.0", "own-tagger@1.1.0"]
    with pytest.raises(ModelError, match=r"say which of own-tagger@1\.0\.0, own-tagger@1\.1\.0"):
        find_model(models, "own-tagger")
    assert find_model(models, "own-tagger@1.1.0").bundle.version == "1.1.0"
    with pytest.raises(ModelError, match=r"no model 'none'; installed are movietags-tagger@1\.1\.0"):
        find_model(models, "none")


def test_the_model_in_use_and_the_shipped_one_stay(models, own):
    model = install(models, own)
    use(models, model)
    with pytest.raises(ModelError, match="is in use"):
        remove(models, "own-tagger")
    with pytest.raises(ModelError, match="came with the package"):
        remove(models, "movietags-tagger")
    use(models, find_model(models, SHIPPED))
    assert remove(models, "own-tagger@1.0.0") == "own-tagger@1.0.0"
    assert names_in(models) == []


def test_a_model_that_cannot_be_opened_is_told_and_can_be_removed(models, own):
    folder = install(models, own).bundle.folder
    (folder / "bundle.json").write_text("{")
    broken = installed(models)[-1]
    assert isinstance(broken, BundleError) and "own-tagger@1.0.0" in str(broken)
    assert remove(models, "own-tagger@1.0.0") == "own-tagger@1.0.0"


def test_what_was_damaged_since_is_not_put_in_use(models, own):
    model = install(models, own)
    (model.bundle.folder / "head.bin").write_bytes(b"")
    with pytest.raises(BundleError, match=r"head\.bin is not the file"):
        use(models, model)
    assert open_model(models).is_shipped


@pytest.mark.parametrize("content", ["gone@1.0.0", "../../own", "no version", "a/b@1"])
def test_a_choice_that_cannot_be_opened_says_what_to_do(models, content):
    models.mkdir()
    (models / "in-use").write_text(content)
    with pytest.raises(BundleError, match="movietags models use"):
        open_model(models)


def test_a_choice_that_cannot_be_read_is_told(models):
    (models / "in-use").mkdir(parents=True)
    with pytest.raises(BundleError, match="must hold NAME@VERSION"):
        open_model(models)


def test_a_living_process_takes_the_new_model_up_and_survives_a_broken_choice(models, own):
    in_use = ModelInUse(models, TAGGERS)
    shipped = in_use.now()
    assert in_use.now() is shipped
    use(models, install(models, own))
    in_use._look()
    taken = in_use.now()
    assert taken.title == "own-tagger@1.0.0"
    (models / "in-use").write_text("gone@2")
    in_use._look()
    assert in_use.now() is taken


def test_another_content_of_the_same_name_is_taken_up_by_a_process_that_was_idle(models, own):
    use(models, install(models, own))
    in_use = ModelInUse(models, TAGGERS)
    former = in_use.now()
    use(models, find_model(models, SHIPPED))
    remove(models, "own-tagger")
    spoil(own, "tags.yaml", b"tags: [{id: empty street}, {id: crowd}]")
    use(models, install(models, own))
    in_use._look()
    assert (former.vocabulary.ids, in_use.now().vocabulary.ids) == (("crowd", "empty street"), ("empty street", "crowd"))
    assert model_of(former.bundle) != model_of(in_use.now().bundle)


def test_a_model_that_could_not_be_opened_is_tried_again(models, own):
    use(models, install(models, own))
    chosen = (models / "in-use").read_text()
    (models / "in-use").unlink()
    in_use = ModelInUse(models, TAGGERS)
    there = models / "own-tagger@1.0.0"
    there.rename(models / "away")
    (models / "in-use").write_text(chosen)
    in_use._look()
    (models / "away").rename(there)
    in_use._look()
    assert in_use.now().is_shipped  # not again at once
    in_use._again_at = 0.0
    in_use._look()
    assert in_use.now().title == "own-tagger@1.0.0"


def test_what_a_killed_removal_left_is_not_listed_and_goes(models, own):
    folder = install(models, own).bundle.folder
    left = models / ".removed-own-tagger@1.0.0"
    folder.rename(left)
    assert titles(models) == [SHIPPED]
    assert not [model for model in installed(models) if isinstance(model, BundleError)]
    with pytest.raises(ModelError, match="no model"):
        remove(models, left.name)
    assert not left.exists()


def test_a_folder_called_otherwise_than_its_model_is_not_used(models, own):
    install(models, own).bundle.folder.rename(models / "other@1.0.0")
    assert "holds own-tagger@1.0.0" in str(installed(models)[-1])
    (models / "in-use").write_text("other@1.0.0")
    with pytest.raises(BundleError, match="holds own-tagger"):
        open_model(models)
    (models / "in-use").unlink()
    assert remove(models, "other@1.0.0") == "other@1.0.0"


def test_a_choice_that_cannot_be_written_is_told(models, own):
    model = install(models, own)
    (models / "in-use").mkdir()
    with pytest.raises(ModelError, match="cannot be written: Is a directory"):
        use(models, model)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ".hidden", "a/b", "a\\b", "", "x" * 200, "näme"])
def test_a_file_outside_or_of_an_odd_name_is_refused(models, own, name):
    change_facts(own, files={**json.loads((own / "bundle.json").read_text())["files"], name: "0" * 64})
    refused(models, own, "names the file")


def refused(models, bundle, message):
    with pytest.raises(BundleError, match=message) as refusal:
        install(models, bundle)
    assert ".unfinished" not in str(refusal.value)
    assert names_in(models) == []


def test_links_and_pipes_are_not_followed(models, own, tmp_path):
    real = tmp_path / "tags.yaml"
    (own / "tags.yaml").rename(real)
    (own / "tags.yaml").symlink_to(real)
    refused(models, own, "symbolic link")
    (own / "tags.yaml").unlink()
    os.mkfifo(own / "tags.yaml")
    refused(models, own, "no ordinary file")


def test_a_file_too_large_is_not_read_to_its_end(models, own):
    with (own / "tags.yaml").open("wb") as stream:
        stream.truncate(1 << 40)
    refused(models, own, "larger than 5,242,880 bytes")


def test_a_bundle_copied_half_is_refused_by_what_is_missing(models, own):
    (own / "head.npz").unlink()
    refused(models, own, r"head\.npz cannot be read: No such file")
    (own / "bundle.json").unlink()
    refused(models, own, r"bundle\.json cannot be read")


def test_an_altered_file_is_refused(models, own):
    (own / "backbone.xml").write_text("<net/>")
    refused(models, own, r"own/backbone\.xml is not the file that bundle\.json names")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"schema_version": 9}, "schema_version 9"),
        ({"name": "../../x"}, "the name"),
        ({"name": "Own Tagger"}, "the name"),
        ({"version": "1/2"}, "the version"),
        ({"labels": ["crowd"]}, "do not have the same tags"),
        ({"labels": 5}, "labels: a list of texts"),
        ({"weak": "crowd"}, "weak: a list of texts"),
        ({"metrics": [1]}, "metrics: an object of objects"),
        ({"metrics": {"validation": None}}, "metrics: an object of objects"),
        ({"metrics": {"validation": {"mean_ap": [1, 2]}}}, r"metrics\.validation\.mean_ap: a number"),
        ({"metrics": {"validation": {"mean_ap": float("nan")}}}, "not JSON compliant"),
        ({"metrics": {"validation": {"note": "\ud800"}}}, "no readable bundle"),
        ({"licences": ["part x"]}, "licences: a list of objects"),
        ({"input_size": float("inf")}, "not JSON compliant"),
        ({"aggregation": {"best_frames": "x"}}, "aggregation: numbers above 0"),
        ({"aggregation": {"most_tags": 2.5}}, "most_tags is a whole number"),
        ({"thresholds": {"crowd": 10**400, "empty street": 0.5}}, "cannot be understood"),
        ({"sensitive": {"outputs": ["a"], "tags": {"t": [["a"]]}, "threshold": {"t": 0.5}, "key_frames": 1}}, "does not name sensitive"),
        ({"thresholds": {"crowd": 0.5}}, "no threshold for empty street"),
        ({"thresholds": {"crowd": 0.5, "empty street": 7}}, "thresholds: from 0 to 1"),
        ({"aggregation": {"most_tags": -1}}, "aggregation"),
        ({"aggregation": {"run": 1}}, "cannot be understood"),
        ({"backbone_sha256": "0" * 64}, "backbone_sha256 is the SHA-256"),
        ({"input_size": 224}, "224 pixels"),
        ({"files": {}}, r"does not name backbone\.xml"),
        ({"files": 5}, "files must name"),
    ],
)
def test_a_bundle_json_that_does_not_fit_is_refused(models, own, facts, message):
    change_facts(own, **facts)
    refused(models, own, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tags: [", "cannot be read"),
        ("tags:\n- id: a,b\n", "the id 'a,b'"),
        ("tags: !!python/object:os.system x", "cannot be read"),
        ("a: &a [x]\ntags: [*a]", "aliases"),
    ],
)
def test_a_vocabulary_that_cannot_be_read_is_refused(models, own, text, message):
    spoil(own, "tags.yaml", text.encode())
    refused(models, own, message)


def test_networks_that_do_not_belong_together_are_refused(models, own, tmp_path):
    spoil(own, "head.npz", (write_bundle(tmp_path / "other", ("a", "b", "c")) / "head.npz").read_bytes())
    refused(models, own, r"head\.npz gives \(2, 4\), not \(2, 3\)")
    spoil(own, "head.npz", (write_bundle(tmp_path / "again", seed=5) / "head.npz").read_bytes()[:-400])
    refused(models, own, "cannot be read as the weights of a head")
    spoil(own, "head.xml", b"<net/>")
    refused(models, own, r"head\.(npz|xml) cannot be")


def test_a_head_that_is_another_as_arrays_or_answers_no_numbers_is_refused(models, own, tmp_path):
    other = head_of(2, 0)
    other["dense_2/bias"] = other["dense_2/bias"][::-1]
    np.savez(tmp_path / "head.npz", **other)  # type: ignore[arg-type]
    spoil(own, "head.npz", (tmp_path / "head.npz").read_bytes())
    refused(models, own, "are not the same head")
    other["dense_2/bias"] = np.full(3, np.nan, np.float32)
    np.savez(tmp_path / "head.npz", **other)  # type: ignore[arg-type]
    spoil(own, "head.npz", (tmp_path / "head.npz").read_bytes())
    refused(models, own, "what is no number")
    write_head(own, other)
    spoil(own, "head.npz", (own / "head.npz").read_bytes())
    refused(models, own, "what is no number")


def test_a_sensitive_network_of_fewer_classes_is_refused(models, tmp_path):
    bundle = write_bundle(tmp_path / "skin", shipped=["sensitive"])
    rule = json.loads((bundle / "bundle.json").read_text())["sensitive"]
    change_facts(bundle, sensitive=rule | {"outputs": [*rule["outputs"], "Sixth"], "tags": {**rule["tags"], "sex": ["Sixth"]}})
    refused(models, bundle, "cannot be run")


def test_a_head_that_unpacks_to_too_much_is_refused(models, own, tmp_path):
    with zipfile.ZipFile(tmp_path / "head.npz", "w") as archive:
        archive.writestr("dense_1/kernel.npy", b"x")
        archive.infolist()[0].file_size = 2 << 30  # as its list of contents says
    spoil(own, "head.npz", (tmp_path / "head.npz").read_bytes())
    refused(models, own, "unpacks to 2,147,483,648 bytes")


def test_a_bundle_of_too_many_files_is_refused(models, own):
    change_facts(own, files={**json.loads((own / "bundle.json").read_text())["files"], **{f"more-{n}": "0" for n in range(40)}})
    refused(models, own, "a bundle has at most 32")


def test_what_a_killed_installation_left_is_removed(models, own):
    (models / ".unfinished-1").mkdir(parents=True)
    install(models, own)
    assert names_in(models) == ["own-tagger@1.0.0"]


def test_a_folder_that_cannot_be_written_is_told(own, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        install(tmp_path / "file" / "models", own)


def test_the_shipped_bundle_is_installed_already(models):
    assert install(models, SHIPPED_TAGGER).is_shipped
    assert names_in(models) == []
