"""A head that learns from a teacher's answers; bundle and report are tested elsewhere."""

import keras
import numpy as np
import pytest

from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from tests.training.finetune.small import pictures
from training.config import DataConfig, HeadConfig, RunConfig
from training.data.examples import Example
from training.distill import DistillOrder, run_distill, unlabelled
from training.errors import DataError, WeightsError
from training.teachers import KerasBackbone, soft_targets

HEAD = HeadConfig(components=4, hidden=8, epochs=2, seeds=(0,), views={"whole": 1.0})


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
    """Class folders of three pictures each, their split, and pictures without labels."""
    data, plain, rows = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("plain"), ["name,part"]
    for number, example in enumerate(pictures(data, 3)):
        (data / min(example.tags)).mkdir(exist_ok=True)
        example.path.rename(data / min(example.tags) / example.name)
        rows.append(f"{min(example.tags)}/{example.name},{('train', 'validation', 'test')[number % 3]}")
    (plain / "split.csv").write_text("\n".join(rows) + "\n")
    pictures(plain, 1)
    return data, plain


@pytest.fixture(scope="module")
def order(folders, teacher, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    base = model_at(SHIPPED_TAGGER, check_files=False)
    return DistillOrder((folders[0],), (folders[1],), str(teacher), work / "run", base, work / "cache")


def test_a_head_learns_from_labels_and_from_a_teacher(order, folders):
    config = RunConfig(data=DataConfig(split=folders[1] / "split.csv"), head=HEAD)
    run, parts = run_distill(order, config)
    assert run.facts.command == "distill" and len(run.history()) == 2
    assert run.head()["dense_2/kernel"].shape[1] == 4 and len(parts["validation"]) == 3
    assert (run.path / "thresholds.json").exists() and (run.path / "answers.npz").exists()


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
    found = unlabelled([folders[1]], 2)
    assert len(found) == 3 and all(isinstance(example, Example) and not example.tags for example in found)
    with pytest.raises(DataError, match="no picture and no film"):
        unlabelled([tmp_path], 2)
