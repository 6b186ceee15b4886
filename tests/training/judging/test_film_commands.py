import json
import shutil

import pytest
from click.testing import CliRunner

from service.predictors.bundle import SHIPPED_TAGGER, load_tagger_bundle
from service.tags import load_vocabulary
from tests.clips import scenes, write
from training.cli import main

ROWS = "file,title,kind,tags,maybe_tags,group\na.mp4,A,film,war|drama,,a\nb.mp4,B,film,war,drama,b\nc.mp4,C,film,,,c\n"


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Three short films and their table."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "films.csv").write_text(ROWS)
    for place, name in enumerate("abc", start=1):
        write(folder / f"{name}.mp4", scenes(*[3] * place))
    return folder / "films.csv"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("features")


@pytest.fixture
def bundle(tmp_path):
    """The shipped bundle with a bundle.json that may be rewritten."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for path in SHIPPED_TAGGER.iterdir():
        if path.name == "bundle.json":
            shutil.copyfile(path, folder / path.name)
        else:
            (folder / path.name).symlink_to(path)
    return folder


def run(*words):
    return CliRunner().invoke(main, ["--quiet", *map(str, words)])


def test_a_bundle_is_measured_on_films_alone_and_against_another(films, cache):
    result = run("evaluate", "shipped", "--films", films, "--against", "shipped", "--features", cache, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["films"]
    assert found["films"] == 3
    assert 0 < found["mean_ap"]["value"] <= 1
    assert found["against"]["mean_ap"]["value"] == 0


def test_tuning_writes_threshold_and_figures_into_the_bundle(films, cache, bundle):
    result = run("tune", bundle, "--films", films, "--features", cache)
    assert result.exit_code == 0, result.output
    assert "cross-fitted: mean_ap" in result.stdout
    before, tuned = load_tagger_bundle(load_vocabulary()), load_tagger_bundle(load_vocabulary(), bundle)
    assert all(tuned.thresholds[tag] != before.thresholds[tag] for tag in tuned.labels)
    assert all(tuned.thresholds[tag] == before.thresholds[tag] for tag in tuned.sensitive.tags)
    metrics = json.loads((bundle / "bundle.json").read_text())["metrics"]
    assert metrics["films"]["films"] == 3
    assert "validation" in metrics


def test_a_dry_run_leaves_the_bundle_as_it_is(films, cache, bundle):
    before = (bundle / "bundle.json").read_bytes()
    assert run("tune", bundle, "--films", films, "--features", cache, "--best-share", "0.5", "--dry-run").exit_code == 0
    assert (bundle / "bundle.json").read_bytes() == before


def test_missing_films_are_said_in_one_line(tmp_path):
    (tmp_path / "films.csv").write_text(ROWS)
    result = run("evaluate", "shipped", "--films", tmp_path / "films.csv")
    assert result.exit_code == 1
    assert "lacks 3 of 3 films: a.mp4, b.mp4, c.mp4" in result.stderr


def test_the_tables_of_the_model_card_are_printed():
    result = run("report", SHIPPED_TAGGER, "--model-card")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2].startswith("| action | 635 | 76 | 0.28 (0.20 to 0.38) |")


def test_the_model_card_of_a_run_is_that_of_its_bundle(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "bundle").symlink_to(SHIPPED_TAGGER)
    assert run("report", tmp_path / "run", "--model-card").stdout == run("report", SHIPPED_TAGGER, "--model-card").stdout
    refused = run("report", tmp_path, "--model-card")
    assert refused.exit_code == 1
    assert "holds no bundle" in refused.stderr


def test_a_file_that_cannot_be_read_is_said_in_one_line(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").mkdir()
    (tmp_path / "run" / "judged.npz").mkdir()
    refused = run("report", tmp_path / "run")
    assert refused.exit_code == 1
    assert "judged.npz: Is a directory." in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
