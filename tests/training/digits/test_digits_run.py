"""The whole run on digits of fonts: few pictures, one epoch; what comes out is read as the service reads it."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from service.predictors.digits import SHIFTS, UNSURE, Digits
from service.predictors.digits_bundle import read_digits_bundle
from service.predictors.facts import read_facts
from training.cli import main
from training.digits.fonts import CALIBRATION, EVALUATION
from training.digits.mnist import load_mnist
from training.digits.not_digits import font_digits
from training.digits.run import DigitsOrder, run_digits

ORDER = DigitsOrder(members=("seven",), epochs=3, settle=1, batch=10, strange=20)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    path = tmp_path_factory.mktemp("mnist") / "digits.npz"
    pictures, digits = font_digits(CALIBRATION, count=600)
    test_pictures, test_digits = font_digits(EVALUATION, count=200)
    np.savez(path, x_train=pictures, y_train=digits.astype(np.uint8), x_test=test_pictures, y_test=test_digits.astype(np.uint8))
    return path


@pytest.fixture(scope="module")
def run(mnist, tmp_path_factory):
    """Ended by an error once the classifier was trained, and gone on with."""
    out = tmp_path_factory.mktemp("runs") / "digits"
    in_the_way = out / "autoencoder.npz"
    in_the_way.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        run_digits(out, load_mnist(mnist), ORDER)
    in_the_way.rmdir()
    before = times(out)
    assert run_digits(out, load_mnist(mnist), ORDER) == out / "bundle"
    assert before.keys() == {"seven.npz", "seven-settled.npz"}
    assert before.items() <= times(out).items()  # what was trained is not trained again
    return out


def times(out):
    return {path.name: path.stat().st_mtime_ns for path in out.glob("*.npz")}


def test_the_bundle_reads_digits_it_has_never_seen(run, mnist):
    reader, test = Digits(read_digits_bundle(run / "bundle")), load_mnist(mnist).test
    found = reader.read(test.pictures)
    assert (found.probabilities.argmax(axis=1) == test.digits).mean() > 0.6  # 0.1 by chance; three epochs of few fonts
    assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-4)


def test_its_figures_are_those_of_the_served_networks(run, mnist):
    facts, test = read_facts(run / "bundle", "digits", ()), load_mnist(mnist).test
    found = Digits(read_digits_bundle(run / "bundle")).read(test.pictures)
    assert facts["metrics"]["test"]["accuracy"] == pytest.approx((found.probabilities.argmax(axis=1) == test.digits).mean(), abs=1e-4)
    assert facts["metrics"]["test"].keys() >= {"accuracy of seven"}
    right = found.probabilities.argmax(axis=1) == test.digits
    for digit, figures in facts["metrics"]["test"]["tags"].items():
        shown = test.digits == int(digit)
        assert (figures["images"], figures["accuracy"]) == (shown.sum(), pytest.approx(right[shown].mean(), abs=1e-4))
    assert facts["seed"] == 1


def test_every_layer_is_shown(run):
    reader = Digits(read_digits_bundle(run / "bundle"))
    maps = reader.layers(np.zeros((28, 28), np.uint8))
    assert list(maps) == list(reader.bundle.layers)
    assert maps["first"].shape == (32, 22, 22)
    assert maps["logits"].shape == (10, 1, 1)


def test_the_ensemble_is_the_mean_of_its_members(run):
    from training.digits.learn import answers
    from training.digits.networks import classifier

    pictures, _ = font_digits(EVALUATION, count=8)
    places = [(0, 0), *SHIFTS]
    probabilities = np.zeros((len(places), len(pictures), 10))
    for member in ORDER.members:
        network = classifier(member)
        with np.load(run / f"{member}.npz") as arrays:
            network.set_weights([arrays[key] for key in arrays.files])
        odds = np.exp([answers(network, np.roll(pictures, place, axis=(1, 2))) for place in places])
        probabilities += odds / odds.sum(axis=2, keepdims=True) / len(ORDER.members)
    first = probabilities[0]
    expected = np.where(first.max(axis=1, keepdims=True) < UNSURE, probabilities.mean(axis=0), first)
    served = Digits(read_digits_bundle(run / "bundle")).read(pictures).probabilities
    assert np.allclose(served, expected, atol=1e-3)


def test_other_settings_in_the_same_folder_are_refused(run, mnist):
    done = CliRunner().invoke(main, ["digits", "--mnist", str(mnist), "--out", str(run), "--members", "seven,five"])
    assert done.exit_code == 1
    assert "name a new folder" in done.output
    assert json.loads((run / "run.json").read_text())["order"]["members"] == ["seven"]


@pytest.mark.parametrize("members", ["nine", "five,five", ""])
def test_members_that_are_none_are_refused(mnist, tmp_path, members):
    done = CliRunner().invoke(main, ["digits", "--mnist", str(mnist), "--out", str(tmp_path / "run"), "--members", members])
    assert done.exit_code == 1
    assert "allowed are five, three, seven" in done.output
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_not_mnist_is_refused(tmp_path):
    np.savez(tmp_path / "odd.npz", x_train=np.zeros((3, 9, 9), np.uint8))
    (tmp_path / "text.npz").write_text("no archive")
    for name in ("odd.npz", "text.npz", "none.npz"):
        done = CliRunner().invoke(main, ["digits", "--mnist", str(tmp_path / name), "--out", str(tmp_path / "run")])
        assert done.exit_code == 1
        assert "--mnist" in done.output
        assert not (tmp_path / "run").exists()
