from pathlib import Path

import numpy as np
import pytest

import service
from service.errors import BundleError
from service.images.reading import read_picture
from service.predictors.detector import Detector
from service.predictors.detector_bundle import read_detector_bundle
from service.predictors.detector_input import in_picture, network_picture
from tests.detectors import HEIGHT, WIDTH, blank, write_detector, write_facts
from tests.onnx_file import write_onnx

STILL = Path(service.__file__).parent.parent / "examples" / "stills" / "hospital" / "10178.jpg"
BOXES = {
    "boxes": np.array([[[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.52], [0.6, 0.6, 0.9, 0.9]]]),
    "scores": np.array([[[0, 0.6, 0], [0, 0.7, 0.02], [0.3, 0, 0]]]),
}
AS_BOXES = {"name": "boxes", "outputs": ["boxes", "scores"], "relative": True}


def detector(folder, outputs=BOXES, convention=AS_BOXES, **more):
    return Detector(read_detector_bundle(write_detector(folder, outputs, convention, **more)))


def test_objects_come_best_first_after_suppression(tmp_path):
    first, second = detector(tmp_path / "bundle").detect(blank(2))
    assert first.labels.tolist() == second.labels.tolist() == [1, 0]
    np.testing.assert_allclose(first.scores, [0.7, 0.3], atol=1e-3)
    np.testing.assert_allclose(first.boxes, [[0.1, 0.1, 0.4, 0.42], [0.6, 0.6, 0.3, 0.3]], atol=1e-3)


def test_a_network_that_suppresses_by_itself_is_believed(tmp_path):
    (found,) = detector(tmp_path / "bundle", overlap=None).detect(blank())
    assert found.labels.tolist() == [1, 1, 0]


def test_floor_and_most_bound_what_is_told(tmp_path):
    some = detector(tmp_path / "bundle", most=1)
    assert some.detect(blank(), 0.2)[0].labels.tolist() == [1]
    assert len(some.detect(blank(), 0.8)[0]) == 0
    assert some.detect(blank(0)) == []


def test_nanodet_from_the_network_to_fractions(tmp_path):
    cells = WIDTH * HEIGHT // 64
    scores = np.zeros((1, cells, 3))
    scores[0, 10, 1] = 0.9  # row 1, column 2
    distances = np.zeros((1, cells, 4, 8))
    distances[0, :, :, 1] = 50  # one stride to each side
    convention = {"name": "nanodet", "strides": [8], "scores": ["scores"], "distances": ["distances"]}
    (found,) = detector(tmp_path / "bundle", {"scores": scores, "distances": distances.reshape(1, cells, 32)}, convention).detect(blank())
    assert found.labels.tolist() == [1]
    np.testing.assert_allclose(found.boxes, [[12 / 64, 4 / 32, 16 / 64, 16 / 32]], atol=1e-2)


def test_yolox_from_the_network_to_fractions(tmp_path):
    rows = np.zeros((1, 8, 8))
    rows[0, 5] = (0.5, 0.5, 0, 0, 1, 0, 0, 0.8)  # stride 16, row 1, column 1
    (found,) = detector(tmp_path / "bundle", {"rows": rows}, {"name": "yolox", "strides": [16], "output": "rows"}).detect(blank())
    assert found.labels.tolist() == [2]
    np.testing.assert_allclose(found.boxes, [[16 / 64, 16 / 32, 16 / 64, 16 / 32]], atol=1e-2)


@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
@pytest.mark.parametrize(("colour", "shift"), [("RGB", 0.1), ("BGR", 0.2)])
def test_colours_are_brought_to_what_the_network_learned_with(tmp_path, layout, colour, shift):
    wanted = {"layout": layout, "colour": colour, "mean": [10, 0, 0], "std": [100, 1, 1]}
    picture = np.full((1, HEIGHT, WIDTH, 3), (20, 0, 30), np.uint8)
    (found,) = detector(tmp_path / "bundle", {**BOXES, "boxes": BOXES["boxes"] - shift}, seen=True, input=wanted).detect(picture, 0.6)
    assert found.scores[0] == pytest.approx(0.7 + shift, abs=0.01)


def test_a_network_that_asks_for_the_size_is_told_its_pictures(tmp_path):
    (found,) = detector(tmp_path / "bundle", size="orig_target_sizes").detect(blank())
    assert found.scores[0] == pytest.approx(0.7 + WIDTH / 1000, abs=0.01)


def test_a_network_in_onnx(tmp_path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    write_onnx(folder / "model.onnx", np.array([[[[16, 8, 48, 24, 0.75, 2]]]]))
    wanted = {"width": WIDTH, "height": HEIGHT, "layout": "NCHW"}
    write_facts(folder, {"network": "model.onnx", "input": wanted, "convention": {"name": "boxes", "outputs": ["rows"]}})
    (found,) = Detector(read_detector_bundle(folder)).detect(blank())
    assert found.labels.tolist() == [2]
    np.testing.assert_allclose(found.boxes, [[0.25, 0.25, 0.5, 0.5]], atol=1e-3)


def test_a_file_that_is_no_network_is_told(tmp_path):
    folder = write_detector(tmp_path / "bundle", BOXES, AS_BOXES)
    (folder / "objects.xml").write_text("<net/>")
    with pytest.raises(BundleError, match="cannot be loaded by OpenVINO"):
        Detector(read_detector_bundle(folder, check_files=False)).wait_until_loaded()


def test_an_output_that_the_network_lacks_is_told(tmp_path):
    with pytest.raises(BundleError, match="cannot be loaded"):
        detector(tmp_path / "bundle", convention={**AS_BOXES, "outputs": ["boxes", "chances"]}).wait_until_loaded()


def test_pictures_of_another_size_are_refused(tmp_path):
    with pytest.raises(ValueError, match="32, 64, 3"):
        detector(tmp_path / "bundle").detect(np.zeros((1, 64, 64, 3), np.uint8))


def test_the_shipped_detector_finds_the_doctor_at_the_left():
    shipped = read_detector_bundle()
    picture = read_picture(STILL)
    (seen,) = Detector(shipped).detect(network_picture(picture, shipped.input)[np.newaxis])
    best = in_picture(seen, picture.shape[1], picture.shape[0], shipped.input).at_least(shipped.min_score).first(1)
    assert [shipped.labels[label] for label in best.labels] == ["person"]
    np.testing.assert_allclose(best.boxes, [[0, 0.12, 0.48, 0.87]], atol=0.06)
