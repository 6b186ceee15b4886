import json
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest
from click.testing import CliRunner
from PIL import Image

from service.files import file_sha256
from service.predictors.detections import Detections
from service.predictors.detector import Detector
from service.predictors.detector_bundle import read_detector_bundle
from tests.detectors import LABELS, write_detector
from training.cli import main
from training.errors import ConfigError, DataError
from training.objects.bundle import read_model_facts, write_bundle
from training.objects.evaluate import judged
from training.objects.labels import LabelledPicture, read_labels

SIDE = 32


def labelled(*rows):
    values = np.array(rows, np.float64).reshape(-1, 5)
    return LabelledPicture(Path("picture.jpg"), values[:, 0].astype(np.int64), values[:, 1:])


def found(*rows):
    values = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(values[:, 2:], values[:, 1], values[:, 0].astype(np.int64))


TRUTH = [labelled((0, 0.1, 0.1, 0.4, 0.4), (1, 0.5, 0.5, 0.4, 0.4)), labelled((0, 0.2, 0.2, 0.5, 0.5))]
SIZES = [(200, 100), (300, 300)]


def test_finding_all_is_an_average_precision_of_one():
    told = [found((1, 0.9, 0.5, 0.5, 0.4, 0.4), (0, 0.8, 0.1, 0.1, 0.4, 0.4)), found((0, 0.7, 0.2, 0.2, 0.5, 0.5))]
    figures = judged(TRUTH, SIZES, told, LABELS)
    assert (figures["mean_ap"], figures["ap50"]) == (1, 1)
    assert figures["ap_small"] is None
    assert figures["tags"] == {LABELS[0]: {"images": 2, "objects": 2, "ap": 1}, LABELS[1]: {"images": 1, "objects": 1, "ap": 1}}


def test_finding_one_class_of_two_is_half_and_nothing_is_nothing():
    told = [found((1, 0.9, 0.5, 0.5, 0.4, 0.4)), found()]
    half, nothing = judged(TRUTH, SIZES, told, LABELS), judged(TRUTH, SIZES, [found(), found()], LABELS)
    assert (half["mean_ap"], [one["ap"] for one in half["tags"].values()]) == (0.5, [0, 1])
    assert (nothing["mean_ap"], [one["ap"] for one in nothing["tags"].values()]) == (0, [0, 0])


def test_a_box_that_fits_roughly_counts_for_the_lenient_overlaps_alone():
    told = [found((1, 0.9, 0.5, 0.5, 0.4, 0.4), (0, 0.8, 0.1, 0.1, 0.4, 0.4)), found((0, 0.7, 0.2, 0.2, 0.5, 0.36))]  # 0.72 of the object
    figures = judged(TRUTH, SIZES, told, LABELS)
    assert figures["ap50"] == 1
    assert figures["ap75"] == pytest.approx(0.75, abs=0.02)


def pictures(folder, count, labels=False):
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for number in range(count):
        Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(folder / "images" / f"{number}.png")
        if labels:
            (folder / "labels" / f"{number}.txt").write_text("1 0.5 0.5 0.4 0.4\n\n")
    return folder


def test_labels_are_read_as_corners_and_sizes(tmp_path):
    folder = pictures(tmp_path, 2, labels=True)
    (folder / "labels" / "1.txt").unlink()
    first, second = read_labels(folder, 3)
    np.testing.assert_allclose(first.boxes, [[0.3, 0.3, 0.4, 0.4]])
    assert first.classes.tolist() == [1]
    assert second.boxes.shape == (0, 4)


@pytest.mark.parametrize("line", ["3 0.5 0.5 0.1 0.1", "0.5 0.5 0.5 0.1 0.1", "1 0.5 0.5 0.1", "1 50 50 10 10", "a b c d e"])
def test_a_label_that_is_none_is_told_with_its_line(tmp_path, line):
    folder = pictures(tmp_path, 1)
    (folder / "labels" / "0.txt").write_text(f"1 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(DataError, match=r"0\.txt, line 2"):
        read_labels(folder, 3)


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(DataError, match="holds no picture"):
        read_labels(tmp_path, 3)


def test_facts_of_a_detector_must_be_an_object(tmp_path):
    assert len(read_model_facts()["labels"]) == 80
    (tmp_path / "facts.json").write_text("[1]")
    with pytest.raises(ConfigError, match="holds no JSON object"):
        read_model_facts(tmp_path / "facts.json")


def test_what_is_no_bundle_is_not_written_over(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is no bundle"):
        write_bundle(tmp_path, {}, Path.mkdir)


def write_network(path):
    """Convolutions, each with zeros around and pooling of maxima, and a head as NanoDet's: 8x8 cells, 3 labels, 3 bins a side."""
    rng = np.random.default_rng(0)
    pictures = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="pictures")
    layer = pictures
    for channels, given in ((8, 3), (8, 8)):
        kernel = ops.constant(rng.normal(0, 0.3, (channels, given, 3, 3)).astype(np.float32))
        layer = ops.relu(ops.convolution(layer, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
        layer = ops.pad(layer, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), "constant", np.float32(0))
        layer = ops.max_pool(layer, [2, 2], [1, 1], [0, 0], [0, 0], [3, 3], "floor", "explicit").output(0)
    kernel = ops.constant(rng.normal(0, 0.3, (15, 8, 1, 1)).astype(np.float32))
    cells = ops.convolution(layer, kernel, [1, 1], [0, 0], [0, 0], [1, 1])
    cells.output(0).set_names({"cells"})
    ov.save_model(ov.Model([ops.result(ops.relu(cells))], [pictures], "detector"), path, compress_to_fp16=False)


def run(*arguments):
    done = CliRunner().invoke(main, ["--quiet", "objects", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A float bundle, and twice one in 8 bits of it."""
    folder = tmp_path_factory.mktemp("made")
    write_network(folder / "net.xml")
    facts = {
        "name": "small",
        "version": "1",
        "labels": list(LABELS),
        "input": {"width": SIDE, "height": SIDE, "colour": "BGR", "layout": "NCHW", "mean": [100, 110, 120], "std": [60, 60, 60]},
        "convention": {"name": "nanodet", "strides": [4], "scores": ["cells"], "logits": True, "channels_first": True},
        "min_score": 0.4,
        "overlap": 0.6,
        "most": 100,
        "metrics": {"published": {"mean_ap": 0.2}},
    }
    (folder / "facts.json").write_text(json.dumps(facts))
    (folder / "LICENCE").write_text("free")
    run("bundle", folder / "net.xml", "--facts", folder / "facts.json", "--out", folder / "float")
    calibration = pictures(folder / "calibration", 8)
    for name in ("first", "second"):
        run("quantize", folder / "float", "--images", calibration / "images", "--out", folder / name, "--licence", folder / "LICENCE")
    return folder


def test_a_bundle_in_8_bits_finds_what_the_float_one_finds(made):
    shown = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    floating, ours = (Detector(read_detector_bundle(made / name)).detect(shown, 0.0) for name in ("float", "first"))
    for before, after in zip(floating, ours, strict=True):
        assert abs(before.scores[0] - after.scores[0]) < 0.05
        assert abs(len(before) - len(after)) <= 0.1 * len(before)


def test_the_network_in_8_bits_takes_bytes_and_pools_in_8_bits(made):
    network = ov.Core().read_model(made / "first" / "objects.xml")
    kinds = {node.get_type_name() for node in network.get_ordered_ops()}
    assert network.input(0).element_type == ov.Type.u8
    assert "FakeQuantize" in kinds or "FakeConvert" in kinds
    assert "Pad" not in kinds
    bundle = read_detector_bundle(made / "first")
    assert (bundle.input.colour, bundle.input.mean, bundle.input.layout) == ("RGB", (0, 0, 0), "NHWC")


def test_the_same_seed_gives_the_same_weights_and_ranges(made):
    first, second = (file_sha256(made / name / "objects.bin") for name in ("first", "second"))  # the .xml counts its layers' names up
    assert first == second


def test_licence_and_figures_come_along(made):
    facts = json.loads((made / "first" / "bundle.json").read_text())
    assert set(facts["files"]) == {"objects.xml", "objects.bin", "LICENSE.txt"}
    assert facts["metrics"] == {"published": {"mean_ap": 0.2}}


def test_figures_are_printed_and_written(tmp_path):
    outputs = {"boxes": np.array([[[0.3, 0.3, 0.7, 0.7]]]), "scores": np.array([[[0, 0.9, 0]]])}
    bundle = write_detector(tmp_path / "bundle", outputs, {"name": "boxes", "outputs": ["boxes", "scores"], "relative": True})
    told = json.loads(run("evaluate", bundle, "--images", pictures(tmp_path / "data", 2, labels=True), "--write", "mine"))
    assert (told["images"], told["objects"], told["ap50"]) == (2, 2, 1)
    assert json.loads((bundle / "bundle.json").read_text())["metrics"]["mine"] == told
    assert read_detector_bundle(bundle).name == "own-detector"
