"""From a run to a bundle: what it says, what it keeps, and when nothing is written."""

import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from service.files import file_sha256
from service.models import model_at
from service.predictors.bundle import SHIPPED_TAGGER
from service.tags import load_vocabulary
from tests.bundles import SIDE, head_of, write_bundle
from training.cli import main
from training.config import config_from
from training.data.examples import Example
from training.data.split import write_split
from training.errors import ExportRefused, RunError
from training.export import _by_chance, add_figures, export_run
from training.runs import RunFacts, RunFolder

LABELS = ("dark", "light")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A small model that runs stand on, with our network for sensitive tags."""
    return write_bundle(tmp_path_factory.mktemp("base") / "base", ("war",), name="base", shipped=["sensitive"])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Ten pictures of each tag; they differ by their light."""
    folder = tmp_path_factory.mktemp("data")
    for tag, light in zip(LABELS, (60, 160), strict=True):
        (folder / tag).mkdir()
        for number in range(10):
            picture = np.random.default_rng(number).integers(light, light + 20, (SIDE, SIDE, 3), np.uint8)
            cv2.imwrite(str(folder / tag / f"{number}.png"), picture)
    return folder


def examples_of(data, *rows):
    return [Example(f"{tag}/{row}.png", data / tag / f"{row}.png", frozenset({tag})) for tag in LABELS for row in range(*rows)]


@pytest.fixture
def parts(data):
    return {"train": examples_of(data, 0, 6), "validation": examples_of(data, 6, 8), "test": examples_of(data, 8, 10)}


@pytest.fixture
def run(tmp_path, base, data):
    return run_in(tmp_path / "run", base, data)


def run_in(folder, base, data, tags=LABELS, labels=LABELS, **config):
    text = folder.with_suffix(".yaml")
    text.write_text("tags:\n" + "".join(f"- id: {tag}\n" for tag in tags))
    facts = RunFacts("head", labels, (str(data),), "base 1.0.0", "numpy", str(base))
    run = RunFolder.begin(folder, config_from({"name": "own", "version": "2.0.0", "seed": 7, **config}, "test"), facts, text)
    run.write_head(head_of(len(labels), 0))
    run.write_json("thresholds.json", dict.fromkeys(labels, 0.42))
    return run


def facts_of(bundle):
    return json.loads((bundle / "bundle.json").read_text())


def test_a_run_of_a_head_becomes_a_model_on_the_same_backbone(run, parts, base):
    model = model_at(export_run(run, parts))
    assert (model.title, model.vocabulary.ids, model.bundle.labels) == ("own@2.0.0", LABELS, LABELS)
    assert model.bundle.thresholds == {"dark": 0.42, "light": 0.42}
    assert model.bundle.backbone_sha256 == file_sha256(base / "backbone.bin")
    assert not model.bundle.sensitive.tags
    assert not (run.bundle / "sensitive.xml").exists()


def test_it_says_what_it_was_made_of(run, parts):
    facts = facts_of(export_run(run, parts))
    training = facts["training"]
    assert training["images"] == {"train": 12, "validation": 4, "test": 4}
    assert training["images_per_tag"] == {"dark": 6, "light": 6}
    assert (training["seed"], training["command"], training["fitted_on"]) == (7, "head", ["train"])
    assert training["versions"]["python"] and training["config"]["version"] == "2.0.0"
    assert facts["weak"] == ["dark", "light"]
    assert [entry["part"] for entry in facts["licences"]] == ["head", "backbone"]
    assert str(run.path.parent) not in (run.bundle / "bundle.json").read_text()


def test_sensitive_tags_of_its_vocabulary_keep_their_network(tmp_path, base, data, parts):
    run = run_in(tmp_path / "run", base, data, tags=(*LABELS, "nudity"))
    model = model_at(export_run(run, parts))
    assert list(model.bundle.sensitive.tags) == ["nudity"]
    assert model.bundle.thresholds["nudity"] == 0.5
    assert model.bundle.unverified == {"nudity"}
    assert (run.bundle / "sensitive.bin").exists()


def test_tags_beside_those_of_the_base_keep_the_bases_marks(tmp_path, base, data, parts):
    run = run_in(tmp_path / "run", base, data, tags=("war", "sex", *LABELS), labels=("war", *LABELS))
    assert model_at(export_run(run, parts)).bundle.weak == {"dark", "light"}


def test_tags_of_a_base_that_is_extended_keep_its_marks_and_counts_when_images_show_them(tmp_path, base, data, parts):
    run = run_in(tmp_path / "run", base, data, tags=("war", *LABELS), labels=("war", *LABELS))
    run.write_json("run.json", {**run.read_json("run.json"), "extends": True})
    parts = {**parts, "train": [*parts["train"], Example("war.png", data / "dark" / "0.png", frozenset({"war"}))]}
    bundle = export_run(run, parts)
    before = facts_of(base)["training"].get("images_per_tag", {})
    assert set(facts_of(bundle)["weak"]) == {"dark", "light"}
    assert facts_of(bundle)["training"]["images_per_tag"] == {"dark": 6, "light": 6, "war": before.get("war", 0)}


def test_figures_are_added_when_it_was_judged(run, parts):
    bundle = export_run(run, parts)
    run.write_json("metrics.json", {"mean_ap": 0.5, "images": 4})
    add_figures(run)
    assert facts_of(bundle)["metrics"]["validation"] == {"mean_ap": 0.5, "images": 4}
    assert model_at(bundle).title == "own@2.0.0"


def test_no_folder_of_this_machine_goes_with_the_bundle(tmp_path, base, data, parts):
    run = run_in(tmp_path / "run", base, data, finetune={"start": "~/anna/start.npz"})
    run.write_text("config.yaml", (run.path / "config.yaml").read_text().replace("split: null", "split: /srv/anna/split.csv"))
    export_run(run, parts)
    run.write_json("metrics.json", {"mean_ap": 0.5, "sources": [{"source": "/srv/anna/harbour.mkv"}, {"source": "C:\\anna\\storm.mkv"}]})
    add_figures(run)
    facts = facts_of(run.bundle)
    assert "anna" not in json.dumps(facts)
    assert (facts["training"]["config"]["data"], facts["training"]["config"]["finetune"]) == (
        {"split": "split.csv"},
        {"start": "start.npz"},
    )
    assert [item["source"] for item in facts["metrics"]["validation"]["sources"]] == ["harbour.mkv", "storm.mkv"]


def test_a_vocabulary_that_is_not_the_heads_is_refused(tmp_path, base, data, parts):
    run = run_in(tmp_path / "run", base, data, tags=(*LABELS, "fog"))
    with pytest.raises(RunError, match="only one of them has fog"):
        export_run(run, parts)
    assert not run.bundle.exists()


def test_a_base_that_is_another_model_by_now_is_refused(tmp_path, data, parts):
    base = write_bundle(tmp_path / "base", ("war",), name="base", version="3.0.0")
    with pytest.raises(RunError, match=r"of base 1\.0\.0, and .* is base 3\.0\.0"):
        export_run(run_in(tmp_path / "run", base, data), parts)


def test_a_base_that_was_made_anew_under_its_name_is_refused(run, parts, base):
    run.write_json("run.json", {**vars(run.facts), "backbone_sha256": file_sha256(base / "backbone.bin")})
    export_run(run, parts)
    run.write_json("run.json", {**vars(run.facts), "backbone_sha256": "0" * 64})
    with pytest.raises(RunError, match="was made anew since"):
        export_run(run, parts)


def test_a_folder_of_something_else_is_left_alone(run, parts, tmp_path):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "film.mp4").write_text("")
    with pytest.raises(RunError, match="no bundle"):
        export_run(run, parts, tmp_path / "films")


def test_a_disk_that_takes_no_more_is_told(run, parts, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportRefused, match="cannot be written"):
        export_run(run, parts, tmp_path / "file" / "bundle")


def test_the_shipped_model_with_a_head_of_its_own_vocabulary(tmp_path, data, parts):
    """As `head` leaves it: the run names the shipped bundle by an empty folder."""
    run = run_in(tmp_path / "run", SHIPPED_TAGGER, data)
    run.write_json("run.json", {**vars(run.facts), "backbone": "movietags-tagger 1.1.0", "backbone_folder": ""})
    model = model_at(export_run(run, parts))
    assert model.bundle.backbone_sha256 == model_at(SHIPPED_TAGGER, check_files=False).bundle.backbone_sha256


# A fine-tuned backbone; the conversion from Keras is left to a stand-in.


@pytest.fixture
def tuned(tmp_path, base, data):
    return tuned_in(tmp_path / "run", base, data)


def tuned_in(folder, base, data, **config):
    run = run_in(folder, base, data, **config)
    run.write_json("run.json", {**vars(replace(run.facts, command="finetune", backbone="own", backbone_folder=""))})
    np.savez(run.path / "backbone.npz", kernel=np.zeros(1, np.float32))
    head = head_of(2, 0)
    # The mean light decides: the network's features are 2048 times some thousandths of it.
    head["dense_1/kernel"][:] = np.array([1, 0, 0, 0], np.float32) / 2048
    head["dense_1/bias"][0] = -0.1
    head["dense_2/kernel"][:] = 0
    head["dense_2/kernel"][0, :2] = [-10, 10]
    run.write_head(head)
    return run


def tiny_converter(base):
    def convert(_weights, network, _size):
        for kind in ("xml", "bin"):
            shutil.copyfile(base / f"backbone.{kind}", network.with_suffix(f".{kind}"))

    return convert


def test_a_fine_tuned_backbone_is_quantized_and_compared(tuned, parts, base):
    bundle = export_run(tuned, parts, convert=tiny_converter(base))
    figures = facts_of(bundle)["metrics"]["quantized"]
    assert (figures["images"], figures["tags"], figures["float_map"], figures["calibration_images"]) == (4, 2, 1.0, 12)
    assert figures["drop"] == figures["float_map"] - figures["int8_map"]
    assert model_at(bundle).bundle.backbone_sha256 != file_sha256(base / "backbone.bin")
    assert not list(bundle.glob("float*"))
    assert any("fine-tuned" in entry["note"] for entry in facts_of(bundle)["licences"])


def test_what_is_compared_and_calibrated_on_is_drawn_by_the_seed(data):
    """Data lies by its tags, so the first pictures would show one tag alone."""
    examples = examples_of(data, 0, 10)
    drawn = _by_chance(examples, 7)[:6]
    assert {tag for example in drawn for tag in example.tags} == set(LABELS)
    assert drawn == _by_chance(examples, 7)[:6] != _by_chance(examples, 8)[:6]


def test_a_head_that_cannot_be_written_leaves_nothing_behind(run):
    (run.path / "head.npz").unlink()
    (run.path / "head.npz").mkdir()
    with pytest.raises(IsADirectoryError):
        run.write_head(head_of(2, 0))
    assert not list(run.path.glob("head.new*"))


def test_a_drop_beyond_the_bound_writes_nothing(tmp_path, data, parts, base):
    """In 8 bits, over a range to 255, pictures that differ by a tenth of a step look alike."""
    run = tuned_in(tmp_path / "run", base, data)
    for row, example in enumerate(parts["validation"]):
        picture = np.full((SIDE, SIDE, 3), 120, np.uint8)
        picture[: 3 * (row + 1)] += 1
        cv2.imwrite(str(tmp_path / f"{row}.png"), picture)
        parts["validation"][row] = replace(example, path=tmp_path / f"{row}.png")
    white = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "white.png"), np.maximum(white, 250))
    parts["train"][0] = replace(parts["train"][0], path=tmp_path / "white.png")
    with pytest.raises(ExportRefused, match=r"falls from 1\.000 to .* more than export\.largest_drop = 0\.02; nothing was written"):
        export_run(run, parts, convert=tiny_converter(base))
    assert not run.bundle.exists()
    assert not [path.name for path in run.path.iterdir() if path.name.startswith(".")]


def test_pictures_that_do_not_decode_are_passed_over(tuned, parts, base, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    parts["train"][0] = replace(parts["train"][0], path=tmp_path / "broken.png")
    figures = facts_of(export_run(tuned, parts, convert=tiny_converter(base)))["metrics"]["quantized"]
    assert figures["calibration_images"] == 11
    with pytest.raises(RunError, match="needs training pictures"):
        export_run(tuned, {"validation": parts["validation"]}, convert=tiny_converter(base))


# The command


def invoke(*words):
    return CliRunner().invoke(main, ["--quiet", "export", *map(str, words)])


@pytest.fixture
def finished(run, parts):
    write_split(run.path / "split.csv", {example.name: part for part, found in parts.items() for example in found})
    run.write_json("metrics.json", {"mean_ap": 0.5})
    return run


def test_the_command_writes_the_bundle_anew_under_another_name(finished, tmp_path):
    done = invoke(finished.path, "--out", tmp_path / "elsewhere", "--name", "other", "--version", "2.1.0")
    assert done.exit_code == 0, done.output
    assert f"movietags models install {tmp_path / 'elsewhere'}" in done.output
    assert model_at(tmp_path / "elsewhere").title == "other@2.1.0"
    assert facts_of(tmp_path / "elsewhere")["metrics"]["validation"] == {"mean_ap": 0.5}
    assert load_vocabulary(tmp_path / "elsewhere" / "tags.yaml").ids == LABELS


def test_the_command_says_what_is_wrong_in_one_line(finished, tmp_path):
    assert "cannot" in invoke(finished.path, "--name", "Not A Name").output or "pattern" in invoke(finished.path, "--name", "A B").output
    finished.write_json("run.json", {**vars(finished.facts), "data": str(tmp_path / "gone")})
    done = invoke(finished.path)
    assert done.exit_code == 1
    assert "say with --data where it lies" in done.output
    assert "it is no finished run" in invoke(tmp_path).output
