import json

import pytest

from service.errors import BundleError
from service.predictors.facts import facts_sha256, must_name, read_facts, understood

FACTS = {"schema_version": 1, "name": "own", "version": "1", "task": "digits", "labels": ["0", "1"], "files": {"a.xml": "0" * 64}}


def written(folder, content):
    (folder / "bundle.json").write_text(json.dumps(content))
    return folder


def test_any_task_is_read_and_a_certain_one_can_be_asked_for(tmp_path):
    folder = written(tmp_path, FACTS)
    assert read_facts(folder) == read_facts(folder, "digits", ["labels"]) == FACTS
    with pytest.raises(BundleError, match="task 'digits'; here schema_version 1 and task 'objects' can be read"):
        read_facts(folder, "objects")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "holds no JSON object"),
        ({}, "lacks name, version, task, labels, files"),
        ({**FACTS, "task": "songs"}, "task 'tagger' or 'objects' or 'digits'"),
        ({**FACTS, "labels": []}, "labels: one or more, each once"),
        ({**FACTS, "labels": ["0", "0"]}, "labels: one or more, each once"),
        ({**FACTS, "labels": [0, 1]}, "labels: a list of texts"),
        ({**FACTS, "files": {"../a.xml": "0"}}, "names the file"),
        ({**FACTS, "metrics": {"test": {"mean_ap": "good"}}}, r"metrics\.test\.mean_ap: a number"),
    ],
)
def test_what_no_bundle_may_say(tmp_path, content, message):
    with pytest.raises(BundleError, match=message):
        read_facts(written(tmp_path, content))


def test_entries_and_files_of_a_task_are_asked_for(tmp_path):
    folder = written(tmp_path, FACTS)
    with pytest.raises(BundleError, match="lacks calibration"):
        read_facts(folder, "digits", ["labels", "calibration"])
    with pytest.raises(BundleError, match=r"does not name b\.xml, b\.bin"):
        must_name(folder, FACTS, ["a.xml", "b.xml", "b.bin"])
    with pytest.raises(BundleError, match="cannot be understood: KeyError"), understood(folder):
        FACTS["sizes"]


def test_the_hash_is_that_of_the_content_not_of_how_it_is_written():
    assert facts_sha256(FACTS) == facts_sha256(dict(reversed(FACTS.items())))
    assert facts_sha256(FACTS) != facts_sha256({**FACTS, "version": "2"})
