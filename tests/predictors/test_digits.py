import numpy as np
import pytest

from service.errors import BundleError
from service.predictors.digits import BATCH, Digits
from service.predictors.digits_bundle import Calibration, read_digits_bundle
from tests.digit_bundles import write_digits_bundle


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return Digits(read_digits_bundle(write_digits_bundle(tmp_path_factory.mktemp("rows"))))


def pictures(*rows):
    """Each with one bright row."""
    made = np.zeros((len(rows), 28, 28), np.uint8)
    for picture, row in zip(made, rows, strict=True):
        picture[row] = 255
    return made


@pytest.mark.parametrize("count", [1, 2, BATCH, 3 * BATCH + 1])
def test_any_number_of_digits_is_read_in_order(digits, count):
    truth = np.arange(count) * 7 % 10
    scores = digits.read(pictures(*truth))
    assert scores.probabilities.argmax(axis=1).tolist() == truth.tolist()
    assert scores.probabilities.sum(axis=1) == pytest.approx(np.ones(count))
    assert scores.energies.tolist() == [-1.0] * count
    assert scores.errors == pytest.approx(np.full(count, 1 / 28))
    assert scores.is_digit == pytest.approx(np.full(count, 1 / (1 + 28 * np.exp(-10))), abs=1e-4)


def test_what_is_unsure_is_looked_at_again_moved_by_a_pixel(digits):
    faint = pictures(3, 7)
    faint[0] //= 4
    scores = digits.read(faint)
    sure = np.exp(20 * 63 / 255)
    best, other = sure / (sure + 9), 1 / (sure + 9)
    assert scores.probabilities[0, [2, 3, 4, 5]] == pytest.approx(
        [(best + 4 * other) / 5, (3 * best + 2 * other) / 5, (best + 4 * other) / 5, other]
    )
    assert scores.probabilities[1].argmax() == 7 and scores.probabilities[1, 7] > 0.99


def test_no_picture_has_no_scores(digits):
    scores = digits.read(np.zeros((0, 28, 28), np.uint8))
    assert scores.probabilities.shape == (0, 10) and len(scores.is_digit) == 0


def test_pictures_of_another_size_are_refused(digits):
    with pytest.raises(ValueError, match=r"not \(1, 32, 32\)"):
        digits.read(np.zeros((1, 32, 32), np.uint8))


def test_the_maps_of_every_layer_come_with_channels_first(digits):
    layers = digits.layers(pictures(3)[0])
    assert list(layers) == ["halves", "dense"]
    assert layers["halves"].shape == (2, 28, 28) and layers["dense"].shape == (10, 1, 1)
    assert layers["halves"][:, 3].tolist() == [[1.0] * 28, [0.5] * 28]
    assert layers["dense"][:, 0, 0].argmax() == 3


def test_surer_and_better_rebuilt_is_more_of_a_digit():
    calibration = Calibration(bias=-1.0, energy=-0.5, error=-1.0)
    energies, errors = np.array([-9, -9, -1], np.float32), np.array([0.01, 0.5, 0.5], np.float32)
    likely = calibration.is_digit(energies, errors)
    assert likely[0] > likely[1] > likely[2]
    assert likely[1] == pytest.approx(1 / (1 + np.exp(-(-1 + 4.5 - np.log(0.5)))))


def test_an_odd_answer_of_a_network_is_still_a_probability():
    odd = Calibration(0.0, 1e6, 1e6).is_digit(np.array([1e9, -1e9], np.float32), np.array([0.0, -1.0], np.float32))
    assert ((odd >= 0) & (odd <= 1)).all()


def test_a_network_without_its_output_is_named(tmp_path):
    folder = write_digits_bundle(tmp_path)
    for part in ("xml", "bin"):
        (folder / f"digits.{part}").write_bytes((folder / f"autoencoder.{part}").read_bytes())
    with pytest.raises(BundleError, match=r"digits\.xml cannot be loaded"):
        Digits(read_digits_bundle(folder, check_files=False)).wait_until_loaded()
