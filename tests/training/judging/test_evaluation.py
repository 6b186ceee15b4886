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


@pytest.fixture(autouse=True)
def no_earlier_reads(tmp_path, monkeypatch):
    """Every test reads its test part for the first time."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data-home"))


@pytest.fixture
def run(data, tmp_path):
    """A run on the class folders: of each tag one picture is a training image, the other one a validation or test image."""
    run = fake_run(tmp_path / "run")
    facts = run.read_json("run.json")
    run.write_json("run.json", {**facts, "data": str(data)})
    write_split(run.path / "split.csv", split_of(("train", "validation", "train", "test")))
    return run


def split_of(parts):
    return {example.name: parts[place % len(parts)] for place, example in enumerate(still_examples(each=2))}


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


def test_a_second_reading_is_told_of_by_another_run_with_the_same_test_part(data, cache, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_split(tmp_path / name / "split.csv", split_of(("train", "test")))
    order = ("shipped", "--data", data, "--part", "test", "--features", cache, "--split")
    assert "WARNING" not in evaluate(*order, tmp_path / "one" / "split.csv").stderr
    assert "the test part was read once before" in evaluate(*order, tmp_path / "other" / "split.csv").stderr
    write_split(tmp_path / "other" / "split.csv", split_of(("test", "train")))
    (tmp_path / "other" / "test-reads.csv").unlink()
    assert "WARNING" not in evaluate(*order, tmp_path / "other" / "split.csv").stderr


@pytest.mark.parametrize("bundle", ["run", "run/bundle"])
@pytest.mark.parametrize("given", [True, False])
def test_a_run_is_judged_by_its_own_split(data, cache, run, bundle, given):
    result = evaluate(run.path.parent / bundle, *(("--data", data) if given else ()), "--features", cache, "--json")
    parts = [*split_of(("train", "validation", "train", "test")).values()]
    assert json.loads(result.stdout)["images"]["images"] == parts.count("validation")
    assert "training part" not in result.stderr


def test_training_and_test_images_among_those_judged_are_told_of(data, cache, run):
    result = evaluate(run.path, "--data", data, "--part", "all", "--features", cache)
    assert "WARNING: 5 of these 10 images are of the training part" in result.stderr
    assert (run.path / "test-reads.csv").read_text(encoding="utf-8").splitlines()[1].endswith(",2")


def test_training_images_among_other_images_are_told_of(data, cache, tmp_path, run):
    shutil.copytree(data, tmp_path / "more")
    names = list(split_of(("train",)))
    for name in names[1:]:
        (tmp_path / "more" / name).rename((tmp_path / "more" / name).with_suffix(".new.jpg"))
    result = evaluate(run.path, "--data", tmp_path / "more", "--features", cache, "--json")
    assert json.loads(result.stdout)["images"]["images"] == 10
    assert "WARNING: 1 of these 10 images are of the training part" in result.stderr
    refused = evaluate(run.path, "--data", tmp_path / "more", "--part", "test", "--features", cache)
    assert "gives no part to" in refused.stderr


def test_a_second_bundle_fitted_on_validation_images_is_told_of(data, cache, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(SHIPPED_TAGGER, own)
    facts = json.loads((own / "bundle.json").read_text(encoding="utf-8"))
    facts["training"]["fitted_on"] = ["train"]
    (own / "bundle.json").write_text(json.dumps({**facts, "name": "own"}), encoding="utf-8")
    write_split(tmp_path / "split.csv", split_of(("validation",)))
    order = (own, "--data", data, "--split", tmp_path / "split.csv", "--features", cache)
    assert "WARNING" not in evaluate(*order).stderr
    assert evaluate(*order, "--against", "shipped").stderr.count("was fitted on validation images too") == 1


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
