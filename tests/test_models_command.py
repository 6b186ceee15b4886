"""movietags models, and the other commands with the model that it puts in use."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from service.cli import main
from tests.bundles import write_bundle

ROOT = Path(__file__).parent.parent
FILM = ROOT / "examples" / "big-buck-bunny.mp4"
SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_text())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("made") / "own")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The program with a data folder of its own."""
    monkeypatch.setenv("MOVIETAGS_DATA_DIR", str(tmp_path / "data"))

    def run(*words, code=0):
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exit_code == code, done.output
        return done

    return run


def test_models_are_listed_with_a_mark_for_the_one_in_use(run, bundle):
    assert run("models", "list").stdout.startswith("* movietags-tagger@1.1.0 ")
    assert "own-tagger@1.0.0 is installed: 2 tags." in run("models", "install", bundle).stdout
    shipped, own = [line for line in run("models", "list").stdout.splitlines() if " tagger " in line]
    assert shipped.startswith("  movietags-tagger@1.1.0") and "50 tags" in shipped and "mAP 0.466" in shipped
    assert own.startswith("* own-tagger@1.0.0") and "2 tags" in own and "mAP 0.71" in own
    rows = [row for row in json.loads(run("models", "list", "--json").stdout) if row["task"] == "tagger"]
    assert [(row["name"], row["in_use"], row["tags"]) for row in rows] == [("movietags-tagger", False, 50), ("own-tagger", True, 2)]


def test_one_that_cannot_be_opened_is_told_beside_the_others(run, bundle, tmp_path):
    run("models", "install", bundle, "--no-use")
    (tmp_path / "data" / "models" / "own-tagger@1.0.0" / "bundle.json").write_text("{}")
    listed = run("models", "list")
    assert "* movietags-tagger@1.1.0" in listed.stdout
    assert "! own-tagger@1.0.0:" in listed.stderr
    run("models", "remove", "own-tagger@1.0.0")


def test_a_model_is_shown_by_name(run, bundle):
    run("models", "install", bundle, "--no-use")
    shown = run("models", "show", "own-tagger").stdout
    assert "# own-tagger 1.0.0\n\nA model for the task `tagger`" in shown and "- **validation**: images 40, mean_ap 0.71" in shown
    assert "2 tags  (" in shown and "  empty street          from 0.50" in shown
    assert json.loads(run("models", "show", "own-tagger@1.0.0", "--json").stdout)["labels"] == ["crowd", "empty street"]
    shipped = run("models", "show", "movietags-tagger").stdout
    assert "- **Weak**, for few images show them: " in shipped
    assert re.search(r"^  war +from 0\.60 +66 images +AP 0\.\d\d \(0\.\d\d to 0\.\d\d\)$", shipped, re.M)
    assert re.search(r"^  nudity +from 0\.50 +unverified$", shipped, re.M)


def test_films_are_tagged_with_the_model_in_use(run, bundle):
    run("models", "install", bundle)
    result = json.loads(run("tag", "--json", FILM).stdout)
    jsonschema.validate(result, SCHEMA)
    assert (result["model"]["name"], [tag["tag"] for tag in result["tags"]]) == ("own-tagger", ["crowd"])
    assert "Crowd" in run("tag", FILM).stdout
    assert "Empty Street" in run("vocabulary").stdout
    assert "crowd holds in 1 segments" in run("segments", "--tag", "crowd", FILM).stdout
    run("models", "use", "movietags-tagger")
    assert "Empty Street" not in run("vocabulary").stdout


def test_results_of_another_model_are_found_and_exported(run, bundle, tmp_path):
    run("models", "install", bundle)
    run("tag", "--out", tmp_path / "results", FILM)
    run("models", "use", "movietags-tagger")
    assert "big-buck-bunny.mp4" in run("search", "--tag", "crowd", tmp_path / "results").stdout
    assert "There is no tag 'crwd'" in run("search", "--tag", "crwd", tmp_path / "results", code=1).output
    exported = run("export", "--format", "vtt", "--tag", "crowd", tmp_path / "results" / "big-buck-bunny.json").stdout
    assert "crowd" in exported
    again = run("tag", "--out", tmp_path / "results", "--skip-existing", "--csv", tmp_path / "films.csv", FILM)
    assert "animal" in again.stdout.lower()  # that result was another model's


def test_what_cannot_be_done_is_told_in_one_line(run, bundle, tmp_path):
    assert "no model 'none'" in run("models", "use", "none", code=1).output
    (tmp_path / "empty").mkdir()
    assert "bundle.json cannot be read" in run("models", "install", tmp_path / "empty", code=1).output
    run("models", "install", bundle)
    assert "is in use" in run("models", "remove", "own-tagger", code=1).output
    run("models", "use", "movietags-tagger")
    assert "own-tagger@1.0.0 is removed." in run("models", "remove", "own-tagger").stdout


def test_a_choice_that_is_gone_says_what_to_do_and_can_be_left(run, bundle, tmp_path):
    run("models", "install", bundle)
    models = tmp_path / "data" / "models"
    (models / "own-tagger@1.0.0").rename(tmp_path / "away")
    assert "`movietags models use` takes another one" in run("vocabulary", code=1).output
    listed = run("models", "list")
    assert "cannot be opened" in listed.stderr and "  movietags-tagger@1.1.0" in listed.stdout
    run("models", "use", "movietags-tagger")
    run("vocabulary")
