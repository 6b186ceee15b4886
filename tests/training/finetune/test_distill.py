"""From a teacher's answers through weights to a bundle that is installed and tags."""

import json

import keras
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from service.cli import main as service_main
from tests import clips
from tests.training.finetune.small import TAGS, class_folders, pictures
from training.cli import main
from training.data.examples import Example
from training.distill import unlabelled
from training.errors import DataError, WeightsError
from training.runs import RunFolder
from training.teachers import KerasBackbone, soft_targets

HEAD = {"components": 4, "hidden": 8, "epochs": 2, "seeds": [0], "views": {"whole": 1.0}}


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A Keras file of one convolution."""
    image = keras.Input((32, 32, 3))
    model = keras.Model(image, keras.layers.Conv2D(5, 3, activation="relu")(image))
    path = tmp_path_factory.mktemp("teacher") / "teacher.keras"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Class folders of six pictures each with their split, and a folder of pictures without labels."""
    work = tmp_path_factory.mktemp("data")
    plain = work / "plain"
    plain.mkdir()
    pictures(plain, 1)
    return *class_folders(work, 6), plain


@pytest.fixture(scope="module")
def run(folders, teacher, tmp_path_factory):
    """What the command makes of them: a run's folder."""
    data, split, plain = folders
    work = tmp_path_factory.mktemp("work")
    config = work / "run.yaml"
    config.write_text(yaml.safe_dump({"name": "student", "data": {"split": str(split)}, "head": HEAD}))
    options = {
        "--data": data,
        "--images": plain,
        "--teacher": teacher,
        "--out": work / "run",
        "--config": config,
        "--features": work / "kept",
    }
    done = CliRunner().invoke(main, ["--quiet", "distill", *(str(word) for pair in options.items() for word in pair)])
    assert done.exit_code == 0, done.output
    assert "report.html" in done.stdout and "movietags models install" in done.stdout
    return RunFolder(work / "run")


def test_a_teachers_answers_become_weights(run):
    with np.load(run.path / "teacher.npz") as kept:
        assert kept["scores"].shape == (3, 3) and np.isfinite(kept["scores"]).all() and set(kept["tags"]) == set(TAGS)
    assert run.facts.command == "distill" and len(run.history()) == 2
    assert run.head()["dense_2/kernel"].shape[1] == 4
    assert set(json.loads((run.path / "thresholds.json").read_text())) == set(TAGS)


def test_the_student_is_judged_and_has_a_report(run):
    assert run.read_json("metrics.json")["images"] == 3
    assert "student" in (run.path / "report.html").read_text(encoding="utf-8")


def test_the_student_is_installed_and_tags_a_film(run, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIETAGS_DATA_DIR", str(tmp_path / "data"))
    film = clips.write(tmp_path / "film.mp4", clips.patched((200, 40, 40), 25))
    installed = CliRunner().invoke(service_main, ["models", "install", str(run.path)])
    assert "student@1.0.0 is in use" in installed.stdout, installed.output
    tagged = CliRunner().invoke(service_main, ["tag", "--json", "--min-score", "0", str(film)])
    assert tagged.exit_code == 0, tagged.output
    answer = json.loads(tagged.stdout)
    assert {tag["tag"] for tag in answer["tags"]} <= set(TAGS) and answer["tags"]


def test_a_keras_file_gives_pooled_features(teacher):
    forward = KerasBackbone(str(teacher)).open()
    assert forward(np.zeros((2, 299, 299, 3), np.uint8)).shape == (2, 5)


def test_a_teacher_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WeightsError, match="EfficientNetV2B0"):
        KerasBackbone("keras:NoSuchNetwork").open()
    (tmp_path / "teacher.keras").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        KerasBackbone(str(tmp_path / "teacher.keras")).open()


def test_what_the_teacher_does_not_know_does_not_count():
    wanted = soft_targets(np.array([[0.25, 0.75]], np.float32), [2, 0], 3)
    assert wanted.tolist() == [[0.75, 0, 0.25, 1, 0, 1]]


def test_images_without_labels_are_found_below_a_folder(folders, tmp_path):
    found = unlabelled([folders[2]], 2)
    assert len(found) == 3 and all(isinstance(example, Example) and not example.tags for example in found)
    with pytest.raises(DataError, match="no picture and no film"):
        unlabelled([tmp_path], 2)
