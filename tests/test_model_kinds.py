"""Models for three tasks beside each other: each task has one in use, and none of them touches the others."""

import json

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest
from click.testing import CliRunner

from service.cli import main
from service.errors import BundleError, ModelError
from service.files import file_sha256
from service.model_in_use import ModelInUse
from service.model_install import install
from service.models import DETECTORS, DIGIT_READERS, find_model, installed, open_in_use, open_model, remove, use
from tests.detectors import write_detector, write_facts

OUTPUTS = {"boxes": np.array([[[0.1, 0.1, 0.5, 0.5]]]), "scores": np.array([[[0, 0.6, 0]]])}
FIGURES = {"float": {"mean_ap": 0.5}, "int8": {"mean_ap": 0.25}}
AS_BOXES = {"name": "boxes", "outputs": ["boxes", "scores"], "relative": True}


@pytest.fixture
def models(tmp_path):
    return tmp_path / "data" / "models"


@pytest.fixture
def detector(tmp_path):
    return write_detector(tmp_path / "detector", OUTPUTS, AS_BOXES, metrics=FIGURES)


@pytest.fixture
def digits(tmp_path):
    return write_digits(tmp_path / "digits")


def write_digits(folder, *, probability=0.1, **changes):
    """A bundle whose networks answer the same to any picture."""
    folder.mkdir()
    _write_network(folder / "digits.xml", {"probabilities": np.full((1, 10), probability), "energy": np.zeros((1, 1))})
    _write_network(folder / "autoencoder.xml", {"error": np.ones((1, 1))})
    _write_network(folder / "layers.xml", {"first": np.zeros((1, 4, 4, 2))})
    facts = {
        "schema_version": 1,
        "name": "own-digits",
        "version": "1.0.0",
        "task": "digits",
        "labels": list("0123456789"),
        "calibration": {"bias": 0.0, "energy": -1.0, "error": -1.0},
        "min_is_digit": 0.5,
        "layers": ["first"],
        "files": {path.name: file_sha256(path) for path in folder.iterdir()},
    }
    (folder / "bundle.json").write_text(json.dumps({**facts, **changes}))
    return folder


def _write_network(path, outputs):
    pictures = ops.parameter([-1, 28, 28, 1], np.uint8, name="pictures")
    nothing = ops.multiply(ops.reduce_mean(ops.convert(pictures, "f32"), np.array([1, 2, 3])), ops.constant(np.float32(0)))
    results = []
    for name, values in outputs.items():
        rows = ops.reshape(nothing, np.array([-1] + [1] * (values.ndim - 1)), special_zero=False)
        answer = ops.add(rows, ops.constant(values.astype(np.float32)))
        answer.output(0).set_names({name})
        results.append(ops.result(answer))
    ov.save_model(ov.Model(results, [pictures], path.stem), path, compress_to_fp16=False)


def in_use(models):
    return [open_in_use(models, DETECTORS).title, open_in_use(models, DIGIT_READERS).title]


def test_each_task_has_a_model_of_its_own_in_use(models, detector, digits):
    for bundle in (detector, digits):
        use(models, install(models, bundle))
    assert in_use(models) == ["own-detector@1.0.0", "own-digits@1.0.0"]
    assert open_model(models).is_shipped
    assert (models / "in-use-objects").read_text().startswith("own-detector@1.0.0\n")
    assert not (models / "in-use").exists()
    assert {"own-detector@1.0.0", "own-digits@1.0.0"} <= {model.title for model in installed(models) if not isinstance(model, BundleError)}


@pytest.mark.parametrize(("task", "made"), [("objects", "detector"), ("digits", "digits")])
def test_one_in_use_stays_and_another_can_go(models, request, task, made):
    model = install(models, request.getfixturevalue(made))
    use(models, model)
    with pytest.raises(ModelError, match="is in use"):
        remove(models, model.title)
    (models / f"in-use-{task}").unlink()
    assert remove(models, model.title) == model.title


def test_the_same_again_changes_nothing_and_another_content_is_refused(models, detector, tmp_path):
    folder = install(models, detector).bundle.folder
    assert install(models, detector).bundle.folder == folder
    with pytest.raises(ModelError, match="Another model is installed as own-detector@1"):
        install(models, write_detector(tmp_path / "other", OUTPUTS, AS_BOXES, min_score=0.7))
    (folder / "objects.bin").write_bytes(b"damaged")
    with pytest.raises(BundleError, match=r"objects\.bin is not the file"):
        use(models, find_model(models, "own-detector"))
    install(models, detector)
    use(models, find_model(models, "own-detector"))


def test_a_detector_whose_network_answers_otherwise_is_refused(models, tmp_path):
    odd = write_detector(tmp_path / "odd", {**OUTPUTS, "scores": np.zeros((1, 1, 5))}, AS_BOXES)
    with pytest.raises(BundleError, match=r"own-detector 1\.0\.0"):
        install(models, odd)
    without = write_detector(tmp_path / "without", {"boxes": OUTPUTS["boxes"]}, AS_BOXES)
    with pytest.raises(BundleError, match="scores"):
        install(models, without)
    no_number = write_detector(tmp_path / "infinite", {**OUTPUTS, "scores": np.full((1, 1, 3), np.inf)}, AS_BOXES)
    with pytest.raises(BundleError, match="what is no number"):
        install(models, no_number)
    assert not [path.name for path in models.iterdir() if path.name != ".lock"]


def test_a_reader_of_digits_whose_networks_answer_otherwise_is_refused(models, tmp_path):
    with pytest.raises(BundleError, match="do not add up to 1"):
        install(models, write_digits(tmp_path / "half", probability=0.05))
    with pytest.raises(BundleError, match="second"):
        install(models, write_digits(tmp_path / "layers", layers=["second"]))
    with pytest.raises(BundleError, match="what is no number"):
        install(models, write_digits(tmp_path / "nan", probability=float("nan")))


def test_a_task_without_a_model_says_how_to_come_by_one(models, tmp_path):
    none = type(DETECTORS)("objects", DETECTORS.bundle, tmp_path / "none", "in-use-objects", DETECTORS.read)
    with pytest.raises(BundleError, match="There is no model for objects; `movietags models install` takes one"):
        ModelInUse(models, none)


def test_another_detector_is_taken_up_by_a_living_process(models, detector, tmp_path):
    use(models, install(models, detector))
    choice = ModelInUse(models, DETECTORS)
    first = choice.now()
    choice._look()
    assert choice.now() is first
    use(models, install(models, write_detector(tmp_path / "next", OUTPUTS, AS_BOXES, version="2")))
    choice._look()
    assert choice.now().title == "own-detector@2"


def test_the_commands_know_the_tasks(detector, digits, tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIETAGS_DATA_DIR", str(tmp_path / "data"))

    def run(*words):
        done = CliRunner().invoke(main, ["models", *map(str, words)])
        assert done.exit_code == 0, done.output
        return done.stdout

    installed_detector = run("install", detector)
    assert "own-detector@1.0.0 is installed: 3 labels." in installed_detector
    assert "is in use for objects" in installed_detector
    assert "is in use" not in run("install", digits, "--no-use")
    lines = run("list").splitlines()
    assert [
        line
        for line in lines
        if line.startswith("* own-detector@1.0.0") and " objects " in line and "3 labels" in line and "mAP 0.25" in line
    ]
    assert [line for line in lines if line.startswith("  own-digits@1.0.0") and " digits " in line and "10 labels" in line]
    assert [line for line in lines if line.startswith("* movietags-tagger@")]
    assert "is in use for digits" in run("use", "own-digits")
    shown = run("show", "own-detector")
    assert "objects of 3 kinds" in shown
    assert [line.split()[0] for line in shown.splitlines() if "from 0.40" in line] == ["cat", "dog", "horse"]
    rows = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert (rows["own-detector"]["task"], rows["own-detector"]["labels"], rows["own-detector"]["in_use"]) == ("objects", 3, True)


def test_what_is_whole_and_cannot_be_loaded_any_more_is_not_put_in_use(models, detector, monkeypatch):
    monkeypatch.setenv("MOVIETAGS_MODELS_DIR", str(models))
    folder = install(models, detector).bundle.folder
    (folder / "objects.xml").write_text("<net/>")
    write_facts(folder, {"convention": AS_BOXES})
    done = CliRunner().invoke(main, ["models", "use", "own-detector"])
    assert done.exit_code == 1
    assert "cannot be loaded by OpenVINO" in done.output
    assert not (models / "in-use-objects").exists()
