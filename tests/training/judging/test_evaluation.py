import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from service.predictors.bundle import SHIPPED_TAGGER
from tests.training.fake_runs import fake_run, still_examples
from training.cli import main
from training.data.split import write_split
from training.judging.runs import judge_run
from training.judging.told import film_lines


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Class folders with two pictures of each of five tags."""
    folder = tmp_path_factory.mktemp("data")
    for example in still_examples(each=2):
        (folder / example.name).parent.mkdir(exist_ok=True)
        shutil.copyfile(example.path, folder / example.name)
    return folder


def evaluate(*words):
    return CliRunner().invoke(main, ["--quiet", "evaluate", *map(str, words)])


def test_a_bundle_is_measured_on_class_folders(data, cache):
    result = evaluate("shipped", "--data", data, "--features", cache)
    assert result.exit_code == 0, result.output
    assert "10 images" in result.stdout
    assert "mean AP" in result.stdout
    assert "hospital " in result.stdout


def test_two_bundles_are_compared_on_the_same_images(data, cache):
    result = evaluate("shipped", "--data", data, "--features", cache, "--against", SHIPPED_TAGGER, "--json")
    found = json.loads(result.stdout)["images"]
    assert found["against"]["verdict"] == "unclear"
    assert found["against"]["mean_ap"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_tags_that_the_data_never_names_are_not_judged(data, cache):
    found = json.loads(evaluate("shipped", "--data", data, "--features", cache, "--json").stdout)["images"]
    assert set(found["tags"]) == {"destruction", "family", "hospital", "military", "war"}


def test_a_second_reading_of_the_test_part_is_told_loudly(data, cache, tmp_path):
    split = tmp_path / "split.csv"
    write_split(split, {example.name: "test" for example in still_examples(each=2)})
    order = ("shipped", "--data", data, "--split", split, "--part", "test", "--features", cache)
    assert "WARNING" not in evaluate(*order).stderr
    assert "the test part was read once before" in evaluate(*order).stderr
    assert "the test part was read 2 times before" in evaluate(*order).stderr
    assert (tmp_path / "test-reads.csv").read_text(encoding="utf-8").splitlines()[1].endswith(",10")


def test_a_bundle_fitted_on_validation_images_is_told_of(data, cache, tmp_path):
    write_split(tmp_path / "split.csv", {example.name: "validation" for example in still_examples(each=2)})
    result = evaluate("shipped", "--data", data, "--split", tmp_path / "split.csv", "--features", cache)
    assert "was fitted on validation images too" in result.stderr


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("shipped",), "give --data, --films or both"),
        (("no-bundle", "--films", "films.csv"), "holds no bundle"),
        (("shipped", "--data", "DATA", "--part", "test"), "give it with --split"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(data, tmp_path, words, answer):
    (tmp_path / "films.csv").write_text("file,tags\n")
    given = [str(data) if word == "DATA" else str(tmp_path / word) if word == "films.csv" else word for word in words]
    result = evaluate(*given)
    assert result.exit_code == 1
    assert answer in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_part_without_images_is_refused(data, cache, tmp_path):
    write_split(tmp_path / "split.csv", {example.name: "train" for example in still_examples(each=2)})
    assert (
        "gives no image to the part 'test'"
        in evaluate("shipped", "--data", data, "--split", tmp_path / "split.csv", "--part", "test", "--features", cache).stderr
    )


def test_a_run_is_judged_on_its_validation_images_beside_the_shipped_model(cache, tmp_path):
    run = fake_run(tmp_path / "run")
    judgement = judge_run(run, still_examples(), cache)
    metrics = run.read_json("metrics.json")
    assert judgement.images == metrics["images"] == 15
    assert metrics["against_shipped"]["verdict"] == "unclear"
    assert len(json.dumps(metrics)) < 100_000


def test_answers_that_the_training_left_are_taken(cache, tmp_path):
    run, tags = fake_run(tmp_path / "run"), ("war", "family")
    names = [example.name for example in still_examples()]
    scores = np.array([[tag in example.tags for tag in tags] for example in still_examples()], np.float32)
    np.savez(run.path / "answers.npz", names=np.array(names), tags=np.array(tags), scores=scores)
    judgement = judge_run(run, still_examples(), cache)
    assert judgement.mean_ap.value == judgement.top_1.value == 1.0


def test_films_are_told_with_what_cannot_be_measured():
    none = {"value": None, "low": None, "high": None}
    figure = {"value": 0.5, "low": 0.25, "high": 0.75}
    found = {"films": 3, "mean_ap": none, "hit_at_3": figure, "f1": figure, "tags_without_theme": figure}
    text = "\n".join(film_lines({**found, "against": {"other": "shipped@1", **found}}))
    assert "0.50  (0.25 to 0.75)" in text
    assert "not measured" in text
    assert "against shipped@1" in text
